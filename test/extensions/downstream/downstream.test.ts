import { expect, it } from "vitest";
import { createAuthority } from "../../../src/core/authority/authority.ts";
import { readProvider } from "../../../src/core/guard/downstream.ts";
import { describeException } from "../../../src/core/guard/exception.ts";
import { downstream } from "../../../src/extensions/downstream/downstream.ts";
import { identityOf } from "../../support/claims.ts";
import { configWith, environmentWith } from "../../support/environment.ts";
import { createFakeIo } from "../../support/io.ts";

const scopes = ["https://graph.microsoft.com/User.Read"];

it("asks Entra for no token for a caller of another authority, and says why", async () => {
  const io = createFakeIo({
    fetch() {
      throw new Error("asked Entra");
    },
  });
  const config = configWith({});
  const parts = { io, authority: createAuthority(config), config, environment: environmentWith({}) };
  const service = readProvider(downstream())!.create(parts);
  const request = new Request("https://api.contoso.example/", { headers: { authorization: "Bearer x" } });
  const identity = { ...identityOf("user"), authority: "customers" };
  const { downstream: state, downstreamFetch } = service.stateOf({ identity, request, background: () => {} });
  for (const asked of [
    state.onBehalfOf(scopes),
    state.asApp("https://graph.microsoft.com"),
    downstreamFetch("https://graph.microsoft.com/v1.0/me", { scopes }),
  ]) {
    const error = await asked.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "Error", reason: "downstream_misconfigured" });
    expect(describeException(error)).toEqual({
      reason: "downstream_misconfigured",
      problem: "the caller is of customers, and tokens for other APIs are for callers of default only",
    });
  }
});
