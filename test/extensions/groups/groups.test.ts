import { decodeJwt } from "jose";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { clients } from "../../../entra/directory/clients.ts";
import { api } from "../../../entra/directory/directory.ts";
import { personas } from "../../../entra/directory/personas.ts";
import { createEntra, type Entra } from "../../../entra/entra.ts";
import type { AccessTokenOptions } from "../../../entra/tokens/issuer.ts";
import * as limits from "../../../src/base/common/limits.ts";
import { createRequirement } from "../../../src/core/policy/requirement.ts";
import { downstream } from "../../../src/extensions/downstream/downstream.ts";
import { groupsFromGraph } from "../../../src/extensions/groups/groups.ts";
import { mcp } from "../../../src/extensions/mcp/mcp.ts";
import { App, createGate, type GateOptions, origin, requireAuth } from "../../../src/index.ts";
import { environmentWith, plainLog } from "../../support/environment.ts";
import { createFakeIo, type FakeIo } from "../../support/io.ts";
import { reuseKeyPairs } from "../../support/key-pairs.ts";
import { createTokenCache } from "../../support/token-cache.ts";

/** In the directory of the local Entra, and the last of the list. */
const [member = "", other = ""] = [personas["many-groups"].groups[249], "96000000-0000-4000-8044-00000000eeee"];
const scopes = ["access_as_user"];
const environment = environmentWith({
  ...plainLog,
  ENTRA_CLIENT_ID: api.clientId,
  ENTRA_CLIENT_SECRET: clients.api.secret,
  ORIGIN_URL: "https://origin.contoso.example",
});
const routes = new App()
  .get("/group", { hooks: requireAuth({ scopes, anyGroup: [other, member] }) }, ({ state }) => ({
    status: 200,
    body: { groups: state.principal.groups },
  }))
  .get("/both", { hooks: requireAuth({ scopes, groups: [other, member] }) }, () => ({ status: 204 }))
  .get("/strict", { hooks: requireAuth({ scopes, anyGroup: [member], acrs: ["c1"] }) }, () => ({ status: 204 }))
  .get("/origin-for-apps", { hooks: requireAuth({ anyRole: ["Orders.Read.All"] }) }, origin())
  .get("/origin", { hooks: requireAuth({ scopes, anyGroup: [member] }) }, origin())
  .get("/scope", { hooks: requireAuth("access_as_user") }, () => ({ status: 204 }));

let io: FakeIo;
let entra: Entra;
let background: Promise<unknown>[];
/** Requests to Microsoft Graph. */
let graph: string[];
/** Headers that the origin got. */
let seen: Headers | undefined;
let answerOfOrigin: () => Response;
/** What Graph answers in place of the local one. */
let answer: ((request: Request) => Response | Promise<Response>) | undefined;

const create = (options: Partial<GateOptions> = {}) =>
  createGate({ routes, unlisted: "reject", downstream: downstream(), groups: groupsFromGraph(), ...options }, io);
let gate: ReturnType<typeof create>;

beforeAll(async () => {
  entra = createEntra({
    nowSeconds: () => Math.floor(io.now() / 1_000),
    sleepMs: () => new Promise(() => {}),
    makeKeyPair: reuseKeyPairs(),
  });
  io = createFakeIo();
  await entra.keys();
});

beforeEach(() => {
  background = [];
  graph = [];
  seen = undefined;
  answer = undefined;
  answerOfOrigin = () => new Response("ok");
  io = createFakeIo({
    fetch(request) {
      if (request.url.startsWith("https://origin.contoso.example/")) {
        seen = request.headers;
        return answerOfOrigin();
      }
      if (request.url.startsWith("https://graph.microsoft.com/")) {
        graph.push(`${request.method} ${request.url.slice("https://graph.microsoft.com".length)}`);
        return answer?.(request) ?? entra.fetch(request);
      }
      return entra.fetch(request);
    },
  });
  for (const endpoint of ["discovery", "token", "graph"] as const) entra.setOutage({ kind: "ok", endpoint });
  gate = create();
});

async function ask(
  path: string,
  options: AccessTokenOptions | string = { persona: "many-groups" },
  from = gate,
  env: object = environment,
) {
  const token = typeof options === "string" ? options : await entra.issueAccessToken(options);
  const request = new Request(`https://api.contoso.example${path}`, { headers: { authorization: `Bearer ${token}` } });
  return from.fetch(request, env, { waitUntil: (work) => void background.push(work) });
}

async function reasonOf(path: string, options?: AccessTokenOptions | string, from = gate) {
  const before = io.lines.length;
  const { status } = await ask(path, options, from);
  await Promise.all(background);
  const line = io.lines.slice(before).find(({ event }) => event === "refused");
  return [status, line?.reason];
}

/** Another user of the tenant. */
const another = { persona: "many-groups", claims: { oid: personas.member.oid } } as const;
const overage = { _claim_names: { groups: "src1" } };

const listed = (...ids: readonly string[]) =>
  Response.json({ value: ids.map((id) => ({ "@odata.type": "#microsoft.graph.group", id })) });

describe("a user in 250 groups", () => {
  it("passes with one of them, and Graph is asked once in five minutes", async () => {
    const token = await entra.issueAccessToken({ persona: "many-groups", claims: { exp: io.now() / 1_000 + 7_000 } });
    const response = await ask("/group", token);
    // Other test files name groups too.
    expect([response.status, await response.json()]).toEqual([200, { groups: expect.arrayContaining([member]) }]);
    expect(await reasonOf("/both", token)).toEqual([403, "group_missing"]);
    expect(graph).toEqual(["GET /v1.0/me/transitiveMemberOf?$select=id&$top=999"]);
    io.jump(limits.groupListMilliseconds);
    expect((await ask("/group", token)).status).toBe(200);
    expect(graph).toHaveLength(2);
  });

  it("is asked for again five minutes after the question to Graph, which counts and not the answer", async () => {
    answer = () => {
      io.jump(limits.groupReadMilliseconds - 1);
      return listed(member);
    };
    const token = await entra.issueAccessToken({ persona: "many-groups" });
    expect((await ask("/group", token)).status).toBe(200);
    io.jump(limits.groupListMilliseconds - limits.groupReadMilliseconds);
    expect((await ask("/group", token)).status).toBe(200);
    expect(graph).toHaveLength(1);
    io.jump(1);
    expect((await ask("/group", token)).status).toBe(200);
    expect(graph).toHaveLength(2);
  });

  it("sends no request to the address in _claim_sources", { tags: "graph-token" }, async () => {
    const token = await entra.issueAccessToken({ persona: "many-groups" });
    expect(decodeJwt(token)).toHaveProperty(
      "_claim_sources.src1.endpoint",
      expect.stringContaining("graph.windows.net"),
    );
    expect((await ask("/group", token)).status).toBe(200);
    const hosts = io.requests.map(({ url }) => new URL(url).host);
    expect([...new Set(hosts)].sort()).toEqual(["graph.microsoft.com", "login.microsoftonline.com"]);
  });

  it("is asked for again once a further group is named, which the list in memory lacks", async () => {
    const further = personas["many-groups"].groups[123] as string;
    expect((await ask("/group")).status).toBe(200);
    createRequirement({ scopes, anyGroup: [further] });
    const response = await ask("/group");
    expect(await response.json()).toEqual({ groups: expect.arrayContaining([member, further]) });
    expect(graph).toHaveLength(2);
  });

  it("is refused within five minutes after leaving", { tags: "graph-failure" }, async () => {
    const token = await entra.issueAccessToken({ persona: "many-groups", claims: { exp: io.now() / 1_000 + 7_000 } });
    expect((await ask("/group", token)).status).toBe(200);
    answer = () => listed();
    io.jump(limits.groupListMilliseconds - 1);
    expect((await ask("/group", token)).status).toBe(200);
    io.jump(1);
    expect(await reasonOf("/group", token)).toEqual([403, "group_missing"]);
  });

  it("reaches the origin with the groups of Graph, and never with those of the client", async () => {
    expect((await ask("/origin")).status).toBe(200);
    expect(seen?.get("x-entra-groups")?.split(" ")).toContain(member);
  });

  it.each([
    ["has no scope", "/group", { persona: "many-groups", scopes: ["orders.read"] }, "scope_missing"],
    ["lacks an authentication context", "/strict", { persona: "many-groups" }, "authentication_context_missing"],
    ["is an app", "/group", { client: "daemon" }, "kind_not_allowed"],
  ] as const)("is not asked for if groups do not decide: the caller %s", async (_, path, options, reason) => {
    expect(await reasonOf(path, options)).toEqual([403, reason]);
    expect(graph).toEqual([]);
  });

  it("is not asked for on routes without groups, and with a token that lists them", async () => {
    expect((await ask("/scope")).status).toBe(204);
    expect((await ask("/group", { claims: { groups: [member] } })).status).toBe(200);
    expect(await reasonOf("/group", { claims: { groups: [] } })).toEqual([403, "group_missing"]);
    expect(await reasonOf("/group", {})).toEqual([403, "groups_absent"]);
    expect(graph).toEqual([]);
  });
});

it("asks once for all isolates with TOKEN_CACHE, and once for each kind of call", async () => {
  const shared = { ...environment, ...createTokenCache() };
  for (const groups of [{}, {}, { securityEnabledOnly: true }, { source: "graph" }] as const) {
    gate = create({ groups: groupsFromGraph(groups) });
    expect((await ask("/group", undefined, gate, shared)).status).toBe(200);
    await Promise.all(background);
  }
  expect(graph).toEqual(["GET /v1.0/me/transitiveMemberOf?$select=id&$top=999", "POST /v1.0/me/getMemberGroups"]);
});

describe("a failure of Graph", () => {
  it.each([
    ["down", [503, "groups_unavailable"]],
    ["throttled", [503, "groups_throttled"]],
    ["denied", [403, "groups_denied"]],
    ["oversize", [503, "groups_unavailable"]],
    ["html", [503, "groups_unavailable"]],
    ["truncated", [503, "groups_unavailable"]],
    ["empty", [503, "groups_unavailable"]],
  ] as const)("has its own reason: %s", async (kind, refused) => {
    entra.setOutage({ kind, endpoint: "graph" });
    expect(await reasonOf("/group")).toEqual(refused);
    expect((await ask("/scope")).status).toBe(204);
  });

  it("can be a time-out, which ends the question", async () => {
    const question = new Promise<AbortSignal>((resolve) => {
      answer = ({ signal }) => {
        resolve(signal);
        return new Promise(() => {});
      };
    });
    const refused = reasonOf("/group");
    const signal = await question;
    expect(signal.aborted).toBe(false);
    await io.advance(limits.groupReadMilliseconds);
    expect(await refused).toEqual([503, "groups_unavailable"]);
    expect(signal.aborted).toBe(true);
  });

  it("has its own reason: more pages than the gate reads", async () => {
    answer = ({ url }) => Response.json({ value: [], "@odata.nextLink": url });
    expect(await reasonOf("/group")).toEqual([403, "groups_too_many_pages"]);
    expect(graph).toHaveLength(limits.groupPages);
  });

  it("has its own reason: more groups than Graph lists at once", async () => {
    gate = create({ groups: groupsFromGraph({ securityEnabledOnly: true }) });
    answer = () => Response.json({ error: { code: "Directory_ResultSizeLimitExceeded" } }, { status: 400 });
    expect(await reasonOf("/group")).toEqual([403, "groups_too_many_groups"]);
  });

  it("is never admitted in report mode, where a missing group is", { tags: "graph-failure" }, async () => {
    const hooks = requireAuth({ scopes, anyGroup: [other] });
    const reporting = create({ routes: new App().get("/group", { mode: "report", hooks }, () => ({ status: 204 })) });
    expect((await ask("/group", undefined, reporting)).status).toBe(204);
    await Promise.all(background);
    expect(io.lines.filter(({ event }) => event === "reported").map(({ reason }) => reason)).toEqual(["group_missing"]);
    io.jump(limits.groupListMilliseconds);
    entra.setOutage({ kind: "down", endpoint: "graph" });
    expect(await reasonOf("/group", undefined, reporting)).toEqual([503, "groups_unavailable"]);
  });

  it.each([
    ["newcomer", [403, "downstream_consent_needed"]],
    ["cautious", [403, "downstream_interaction_needed"]],
  ] as const)("of the exchange has the reason of the exchange: %s", async (persona, refused) => {
    expect(await reasonOf("/group", { persona, claims: overage })).toEqual(refused);
    expect(graph).toEqual([]);
  });

  it("can be a claims challenge, which the gate relays to a client that handles it", async () => {
    const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}';
    const challenge = `Bearer realm="", error="insufficient_claims", claims="${btoa(claims)}"`;
    answer = () => new Response(null, { status: 401, headers: { "www-authenticate": challenge } });
    const token = await entra.issueAccessToken({ persona: "many-groups", capabilities: ["cp1"] });
    const challenged = [401, expect.stringContaining('error="insufficient_claims"')];
    for (const requests of [1, 1, 2]) {
      const response = await ask("/group", token);
      expect([response.status, response.headers.get("www-authenticate")]).toEqual(challenged);
      expect(graph).toHaveLength(requests);
      io.jump(limits.graphFailureMilliseconds / 2);
    }
    // The token that meets the challenge is not refused with the earlier one.
    answer = undefined;
    expect((await ask("/group")).status).toBe(200);
  });

  it("names the permission of the call", async () => {
    entra.setOutage({ kind: "denied", endpoint: "graph" });
    for (const [options, permission] of [
      [{}, "User.Read"],
      [{ securityEnabledOnly: true }, "GroupMember.Read.All"],
    ] as const) {
      await reasonOf("/group", undefined, create({ groups: groupsFromGraph(options) }));
      expect(io.lines.findLast(({ event }) => event === "refused")).toMatchObject({
        permission,
        cause: "status 403 Authorization_RequestDenied",
      });
    }
  });

  it("lasts an hour: such routes answer 503 once their lists have expired, and all others work", {
    tags: "graph-failure",
  }, async () => {
    const token = await entra.issueAccessToken({ persona: "many-groups", claims: { exp: io.now() / 1_000 + 7_000 } });
    expect((await ask("/group", token)).status).toBe(200);
    entra.setOutage({ kind: "down", endpoint: "graph" });
    for (let minute = 0; minute < 60; minute += 1) {
      expect([minute, (await ask("/group", token)).status]).toEqual([minute, minute < 5 ? 200 : 503]);
      expect((await ask("/scope", token)).status).toBe(204);
      io.jump(60_000);
    }
    entra.setOutage({ kind: "ok", endpoint: "graph" });
    expect((await ask("/group", token)).status).toBe(200);
  });

  it("holds all users of the tenant if Graph throttles", async () => {
    entra.setOutage({ kind: "throttled", endpoint: "graph", retryAfterSeconds: 17 });
    const response = await ask("/group");
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "17"]);
    expect(await reasonOf("/group", another)).toEqual([503, "groups_throttled"]);
    expect(graph).toHaveLength(1);
    io.jump(5_000);
    expect((await ask("/group", another)).headers.get("retry-after")).toBe("12");
    io.jump(12_000);
    await ask("/group", another);
    expect(graph).toHaveLength(2);
  });

  it("holds no other user if Graph is down", async () => {
    entra.setOutage({ kind: "down", endpoint: "graph" });
    expect(await reasonOf("/group")).toEqual([503, "groups_unavailable"]);
    expect(await reasonOf("/group", another)).toEqual([503, "groups_unavailable"]);
    expect(graph).toHaveLength(2);
  });

  it("holds all users of the tenant for some seconds if the metadata fails", async () => {
    await ask("/scope");
    const countBefore = io.requests.length;
    entra.setOutage({ kind: "down", endpoint: "discovery" });
    expect(await reasonOf("/group")).toEqual([503, "groups_unavailable"]);
    expect(await reasonOf("/group", another)).toEqual([503, "groups_unavailable"]);
    expect(io.requests).toHaveLength(countBefore + 1);
    entra.setOutage({ kind: "ok", endpoint: "discovery" });
    io.jump(limits.graphFailureMilliseconds);
    expect((await ask("/group")).status).toBe(200);
  });
});

describe("a list of tools", () => {
  const tool = (name: string) => ({ name, inputSchema: { type: "object" } });
  const list = { jsonrpc: "2.0", id: 1, method: "tools/list", params: {} };
  const tools = { "*": requireAuth("access_as_user"), approve: requireAuth({ scopes, anyGroup: [member] }) };

  async function namesFor(options: AccessTokenOptions): Promise<readonly string[]> {
    const listing = new App().register(mcp("/mcp", { hooks: requireAuth("access_as_user"), tools }));
    const { fetch } = create({ routes: listing });
    answerOfOrigin = () => Response.json({ ...list, result: { tools: ["read", "approve"].map(tool) } });
    const authorization = `Bearer ${await entra.issueAccessToken(options)}`;
    const headers = { authorization, "content-type": "application/json" };
    const request = new Request("https://api.contoso.example/mcp", {
      method: "POST",
      headers,
      body: JSON.stringify(list),
    });
    const response = await fetch(request, { ...environment, GATE_URL: "https://api.contoso.example" });
    return ((await response.json()) as { result: { tools: { name: string }[] } }).result.tools.map(({ name }) => name);
  }

  it("has those that a group of Graph allows", async () => {
    expect(await namesFor({ persona: "many-groups" })).toEqual(["read", "approve"]);
    expect(graph).toHaveLength(1);
    answer = () => listed(other);
    expect(await namesFor({ persona: "many-groups" })).toEqual(["read"]);
  });

  it("lacks them if Graph fails, or the token says that the user is in no such group", async () => {
    expect(await namesFor({ claims: { groups: [other] } })).toEqual(["read"]);
    expect(graph).toEqual([]);
    entra.setOutage({ kind: "down", endpoint: "graph" });
    expect(await namesFor({ persona: "many-groups" })).toEqual(["read"]);
  });
});

describe("the options", () => {
  it("ask for security groups alone, with the permission of the call", async () => {
    gate = create({ groups: groupsFromGraph({ securityEnabledOnly: true }) });
    expect((await ask("/group")).status).toBe(200);
    expect(graph).toEqual(["POST /v1.0/me/getMemberGroups"]);
  });

  it("let the token's own list count as nothing", async () => {
    gate = create({ groups: groupsFromGraph({ source: "graph" }) });
    answer = () => listed(member);
    const response = await ask("/group", { claims: { groups: [other] } });
    expect([response.status, await response.json()]).toEqual([200, { groups: [member] }]);
    expect(await reasonOf("/both", { claims: { groups: [other, member] } })).toEqual([403, "group_missing"]);
  });

  it.each([
    [
      () => createGate({ groups: groupsFromGraph() } as GateOptions),
      "the option groups requires the option downstream",
    ],
    [() => create({ groups: {} as never }), "must be groupsFromGraph() of entra-gate/groups"],
    [() => groupsFromGraph({ source: "both" as never }), "source must be token or graph"],
    [() => groupsFromGraph({ securityOnly: true } as never), 'unknown option "securityOnly"'],
    [() => groupsFromGraph({ constructor: true } as never), 'groupsFromGraph: unknown option "constructor"'],
    [() => groupsFromGraph(JSON.parse('{"__proto__":["token"]}')), 'groupsFromGraph: unknown option "__proto__"'],
    [() => groupsFromGraph(Object.create({ source: "graph" })), "source must be an own enumerable property"],
    [() => groupsFromGraph({ securityEnabledOnly: "true" } as never), "securityEnabledOnly must be true or false"],
  ])("refuse a mistake: %#", (create, message) => {
    expect(create).toThrow(message);
  });
});

it("passes the groups in an application's token on, which no requirement counts", async () => {
  gate = create({ groups: groupsFromGraph({ source: "graph" }) });
  const claims = { groups: [member, "96000000-0000-4000-8544-0000000000ee"] };
  const token = await entra.issueAccessToken({ client: "daemon", claims });
  expect((await ask("/origin-for-apps", token)).status).toBe(200);
  expect(seen?.get("x-entra-groups")).toBe(member);
  expect(await reasonOf("/origin", token)).toEqual([403, "kind_not_allowed"]);
  expect(graph).toEqual([]);
});
