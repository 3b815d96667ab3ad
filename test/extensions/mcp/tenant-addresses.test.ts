import { describe, expect, it } from "vitest";
import { listIssuers } from "../../../src/extensions/mcp/discovery/document.ts";
import { tenant } from "../../support/claims.ts";

const listAt = (login: string) => listIssuers({ login, tenants: { decided: "by-list", allowed: new Set([tenant]) } });

describe("the addresses of tenants in metadata", () => {
  it.each([
    "https://login.microsoftonline.com",
    "https://login.microsoftonline.us",
    "https://login.contoso.com",
    "http://127.0.0.1:8788",
  ])("are at the authority %s, whatever issuer its own metadata names", (login) => {
    expect(listAt(login)).toEqual([`${login}/${tenant}/v2.0`]);
  });

  it("are at the host of the tenant, if the authority is its name in External ID", () => {
    expect(listAt("https://contoso.ciamlogin.com")).toEqual([`https://${tenant}.ciamlogin.com/${tenant}/v2.0`]);
  });
});
