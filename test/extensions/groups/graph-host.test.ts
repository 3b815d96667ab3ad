import { describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { createFindGraph } from "../../../src/extensions/groups/graph-host.ts";
import { otherTenant, tenant } from "../../support/claims.ts";
import { createFakeIo } from "../../support/io.ts";

const login = "https://login.microsoftonline.com";

async function find(named: unknown, config: object = {}, authority = login) {
  const io = createFakeIo({ fetch: () => Response.json({ msgraph_host: named }) });
  const graph = await createFindGraph(io, authority, { cloud: "public", authority: undefined, ...config })(tenant);
  expect(io.requests.map(({ url }) => url)).toEqual([`${authority}/${tenant}/v2.0/.well-known/openid-configuration`]);
  return graph.ok ? graph.value : graph.error;
}

describe("the host of Microsoft Graph", () => {
  it.each([
    ["graph.microsoft.com", "public"],
    ["graph.microsoft.us", "usgov"],
    ["dod-graph.microsoft.us", "usgov"],
    ["microsoftgraph.chinacloudapi.cn", "china"],
  ])("is that of the metadata: %s, cloud %s", async (host, cloud) => {
    expect(await find(host, { cloud })).toEqual({ origin: `https://${host}`, resource: `https://${host}` });
  });

  it.each([
    ["graph.microsoft.us", "public"],
    ["graph.microsoft.com", "usgov"],
    ["graph.microsoft.com", "china"],
    ["graph.microsoft.com.evil.example", "public"],
    ["graph.microsoft.com:444", "public"],
    ["GRAPH.microsoft.com", "public"],
    ["", "public"],
    [null, "public"],
    [["graph.microsoft.com"], "public"],
  ])("refuses a host that is not of the cloud: %s %s", { tags: "graph-token" }, async (host, cloud) => {
    expect(await find(host, { cloud })).toBe("metadata names no known Graph host");
  });

  it("is that of the public cloud for External ID, and its own for a local Entra", async () => {
    const external = "https://contoso.ciamlogin.com";
    expect(await find("graph.microsoft.com", { authority: external }, external)).toMatchObject({
      origin: "https://graph.microsoft.com",
    });
    expect(await find("graph.microsoft.com", { authority: external, cloud: "usgov" }, external)).toMatchObject({
      origin: "https://graph.microsoft.com",
    });
    expect(await find("contoso.ciamlogin.com", { authority: external }, external)).toContain("no known Graph host");
    const local = "http://localhost:8788";
    expect(await find("localhost:8788", { authority: local }, local)).toEqual({
      origin: local,
      resource: "https://graph.microsoft.com",
    });
    expect(await find("graph.microsoft.com", { authority: local }, local)).toContain("no known Graph host");
  });

  it("is kept for a day, and asked for again after a failure", async () => {
    const elsewhere = Response.json({ msgraph_host: "graph.microsoft.us" });
    const answers = [
      new Response(null, { status: 503 }),
      new Response("["),
      new Response("[".repeat(5_000)),
      elsewhere,
    ];
    const io = createFakeIo({ fetch: () => answers.shift() ?? Response.json({ msgraph_host: "graph.microsoft.com" }) });
    const findGraph = createFindGraph(io, login, { cloud: "public", authority: undefined });
    for (const problem of ["metadata: status 503", "metadata is not JSON", "metadata is not JSON", "no known"])
      expect(await findGraph(tenant)).toEqual({ ok: false, error: expect.stringContaining(problem) });
    for (const _ of ["asked", "kept"]) expect((await findGraph(tenant)).ok).toBe(true);
    expect(io.requests).toHaveLength(5);
    for (const either of [otherTenant, tenant]) await findGraph(either);
    expect(io.requests).toHaveLength(6);
    io.jump(limits.graphHostMilliseconds);
    await findGraph(tenant);
    expect(io.requests).toHaveLength(7);
  });
});
