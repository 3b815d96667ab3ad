import { beforeEach, describe, expect, it } from "vitest";
import type { Denial } from "../../../src/base/common/denial.ts";
import * as limits from "../../../src/base/common/limits.ts";
import { fail, succeed } from "../../../src/base/common/result.ts";
import { createAuthority } from "../../../src/core/authority/authority.ts";
import type { Environment } from "../../../src/core/config/variables.ts";
import type { TokenCaller } from "../../../src/core/guard/downstream.ts";
import { type GroupDecision, readGroupsProvider } from "../../../src/core/guard/groups.ts";
import { decide } from "../../../src/core/policy/decision.ts";
import { createRequirement } from "../../../src/core/policy/requirement.ts";
import type { Requirement } from "../../../src/core/policy/rule.ts";
import type { Caller } from "../../../src/core/token/caller.ts";
import type { Identity } from "../../../src/core/token/identity.ts";
import { type GraphGroupsOptions, groupsFromGraph } from "../../../src/extensions/groups/groups.ts";
import { identityOf } from "../../support/claims.ts";
import { configWith } from "../../support/environment.ts";
import { createFakeIo, type FakeIo } from "../../support/io.ts";
import { createTokenCache } from "../../support/token-cache.ts";

// No other test names these.
const [member, other] = ["96000000-0000-4000-8544-0000000000a1", "96000000-0000-4000-8544-0000000000a2"];
const scopes = ["access_as_user"];
const ofGroups = createRequirement({ scopes, anyGroup: [other, member] });
const ofScopes = createRequirement({ scopes });

let io: FakeIo;
let background: Promise<unknown>[];
/** Questions to Microsoft Graph: their origins and tokens. */
let asked: string[];
/** Scopes of exchanged tokens. */
let exchanged: (readonly string[])[];
/** Why tokens cannot be exchanged. */
let refusal: Denial | undefined;
/** What Graph answers. */
let answer: (authorization: string) => Response | Promise<Response>;

beforeEach(() => {
  background = [];
  asked = [];
  exchanged = [];
  refusal = undefined;
  answer = () => listed(member);
  io = createFakeIo({
    fetch(request) {
      const { origin, pathname } = new URL(request.url);
      if (pathname.endsWith("openid-configuration"))
        return Response.json({ msgraph_host: `graph.microsoft.${origin.endsWith(".us") ? "us" : "com"}` });
      const authorization = request.headers.get("authorization") ?? "";
      asked.push(`${origin} ${authorization}`);
      return answer(authorization);
    },
  });
});

const listed = (...ids: readonly string[]) =>
  Response.json({ value: ids.map((id) => ({ "@odata.type": "#microsoft.graph.group", id })) });
const userWithOverage = (changes: Partial<Identity> = {}): Identity => ({
  ...identityOf("user", { scp: "access_as_user", _claim_names: { groups: "src1" } }),
  ...changes,
});
const callerOf = (identity: Identity) => ({ identity, keys: "hit", principal: { claims: {} } }) as unknown as Caller;

interface Parts {
  readonly cloud?: string;
  readonly environment?: Environment;
  readonly options?: GraphGroupsOptions;
}

/** A service whose tokens for Graph are the tenant and the user of a caller. */
function createService({ cloud = "public", environment = {}, options = {} }: Parts = {}) {
  const config = configWith({ ENTRA_CLOUD: cloud });
  const service = readGroupsProvider(groupsFromGraph(options))!.create({
    io,
    authority: createAuthority(config),
    config,
    environment,
    tokens: {
      async exchange({ identity }: TokenCaller, scopesOfGraph: readonly string[]) {
        exchanged.push(scopesOfGraph);
        if (refusal !== undefined) return fail(refusal);
        return succeed({ accessToken: `${identity?.tid} ${identity?.oid}`, expiresAtSeconds: 0 });
      },
    } as never,
  });
  const request = new Request("https://api.contoso.example/");
  const keep = (work: Promise<unknown>) => void background.push(work);
  return (caller: Caller, requirement: Requirement = ofGroups): GroupDecision | Promise<GroupDecision> =>
    service.decide(caller, { request, background: keep }, (identity) => decide(identity, requirement));
}

const groupsOf = ({ caller }: GroupDecision) => caller.identity.groups;

it.each([
  [{}, ["User.Read"]],
  [{ securityEnabledOnly: true }, ["User.Read", "GroupMember.Read.All"]],
])("exchanges the token for the permissions of the call: %j", async (options, permissions) => {
  answer = () => Response.json({ value: [] });
  expect((await createService({ options })(callerOf(userWithOverage()))).denial?.reason).toBe("group_missing");
  expect(exchanged).toEqual([permissions.map((permission) => `https://graph.microsoft.com/${permission}`)]);
});

it("decides without a promise if the list is in memory", async () => {
  const decideAbout = createService();
  const caller = callerOf(userWithOverage());
  const first = decideAbout(caller);
  expect(first).toBeInstanceOf(Promise);
  await first;
  expect(decideAbout(caller)).toMatchObject({ denial: undefined, caller: { identity: { groups: [member] } } });
});

it("keeps no refused exchange, unless Graph challenged the token", async () => {
  const decideAbout = createService();
  const caller = callerOf(userWithOverage());
  refusal = { reason: "downstream_refused", scopes: [], entra: { status: 400 } };
  expect((await decideAbout(caller)).denial).toEqual(refusal);
  refusal = undefined;
  expect(groupsOf(await decideAbout(caller))).toEqual([member]);
});

it("ignores the token's own list with the source graph", async () => {
  const decideAbout = createService({ options: { source: "graph" } });
  const caller = callerOf(identityOf("user", { scp: "access_as_user", groups: [other] }));
  expect(groupsOf(await decideAbout(caller, ofScopes))).toEqual([]);
  expect(groupsOf(await decideAbout(caller))).toEqual([member]);
  expect([groupsFromGraph().source, groupsFromGraph({ source: "graph" }).source]).toEqual(["token", "graph"]);
});

it.each(["token", "graph"] as const)("asks about no caller of another authority: %s", async (source) => {
  const decideAbout = createService({ options: { source } });
  const ofCustomers = createRequirement({ from: ["customers"], scopes, anyGroup: [member] });
  const decision = decideAbout(callerOf(userWithOverage({ authority: "customers" })), ofCustomers);
  expect(decision).toMatchObject({ denial: { reason: "groups_overage" } });
  expect([asked, exchanged]).toEqual([[], []]);
});

it("decides by the groups in a token of another authority", () => {
  const ofCustomers = createRequirement({ from: ["customers"], scopes, anyGroup: [member] });
  const identity = { ...identityOf("user", { scp: "access_as_user", groups: [member] }), authority: "customers" };
  expect(createService()(callerOf(identity), ofCustomers)).toMatchObject({ denial: undefined });
});

describe("the caller of a decision", () => {
  it("is the one of the request if the groups stay", async () => {
    const decideAbout = createService();
    const caller = callerOf(userWithOverage());
    expect(await decideAbout(caller, ofScopes)).toEqual({ denial: undefined, caller });
    expect((await decideAbout(caller, ofScopes)).caller).toBe(caller);
  });

  it.each(["token", "graph"] as const)("is not asked about again in the same request: %s", async (source) => {
    const decideAbout = createService({ options: { source } });
    const first = await decideAbout(callerOf(userWithOverage()));
    io.jump(limits.groupListMilliseconds);
    const second = await decideAbout(first.caller);
    expect([second.denial, groupsOf(second)]).toEqual([undefined, [member]]);
    expect(second.caller).toBe(first.caller);
    expect(asked).toHaveLength(1);
  });
});

it("asks again once a further group is named while a request with the same token runs", async () => {
  const further = "96000000-0000-4000-8544-00000000ffff";
  answer = () => listed(member, further);
  const [decideAbout, caller] = [createService(), callerOf(userWithOverage())];
  expect(groupsOf(await decideAbout(caller))).toEqual([member]);
  createRequirement({ scopes, anyGroup: [further] });
  expect(groupsOf(await decideAbout(caller))).toEqual([member, further]);
});

it("asks once for each authority that has the same user, with one TOKEN_CACHE", { tags: "graph-users" }, async () => {
  const environment = createTokenCache();
  for (const cloud of ["public", "usgov", "public", "usgov"]) {
    expect(groupsOf(await createService({ cloud, environment })(callerOf(userWithOverage())))).toEqual([member]);
    await Promise.all(background);
  }
  expect(asked.map((question) => question.split(" ")[0])).toEqual([
    "https://graph.microsoft.com",
    "https://graph.microsoft.us",
  ]);
});

it("gives up if Graph challenges the token that meets its challenge", async () => {
  const challenge = `Bearer realm="", error="insufficient_claims", claims="${btoa("{}")}"`;
  answer = () => {
    if (asked.length > 2) throw new Error("asks again and again");
    return new Response(null, { status: 401, headers: { "www-authenticate": challenge } });
  };
  const { denial } = await createService()(callerOf(userWithOverage()));
  expect(denial).toMatchObject({ reason: "groups_unavailable", cause: "challenged twice" });
});

it("forgets held tenants if there are too many, the host of each too", async () => {
  answer = () => new Response(null, { status: 429, headers: { "retry-after": "3600" } });
  const decideAbout = createService();
  const tidOf = (index: number) => `11111111-2222-3333-4444-${index.toString(16).padStart(12, "0")}`;
  const ask = async (index: number, oid: string) => decideAbout(callerOf(userWithOverage({ tid: tidOf(index), oid })));
  for (const index of [0, 1]) await ask(index, "a");
  for (const index of [0, 1]) expect((await ask(index, "b")).denial?.reason).toBe("groups_throttled");
  expect(asked).toHaveLength(2);
  for (let index = 2; index <= limits.graphHosts; index += 1) {
    expect((await ask(index, "a")).denial?.reason).toBe("groups_throttled");
  }
  expect(asked).toHaveLength(limits.graphHosts + 1);
  const metadata = io.requests.length - asked.length;
  await ask(limits.graphHosts, "c");
  expect(asked).toHaveLength(limits.graphHosts + 1);
  await ask(0, "c");
  expect(asked).toHaveLength(limits.graphHosts + 2);
  expect(io.requests.length - asked.length).toBe(metadata + 1);
});

describe("2,000 users of two tenants that have the same object IDs", () => {
  const groupOf = (tid: string, oid: string) =>
    (Number.parseInt(oid.slice(-4), 16) + (tid.endsWith("2") ? 1 : 0)) % 2 === 0 ? member : other;
  const tids = ["11111111-2222-3333-4444-555555555551", "11111111-2222-3333-4444-555555555552"];
  const users = Array.from({ length: 2_000 }, (_, index) => ({
    tid: tids[index % 2] as string,
    oid: `0b1ec700-0000-4000-8000-${(index >> 1).toString(16).padStart(12, "0")}`,
  }));

  it("get their own groups, interleaved, from Graph and from memory", { tags: "graph-users" }, async () => {
    const pending: (() => void)[] = [];
    answer = (authorization) => {
      const [, tid = "", oid = ""] = authorization.split(" ");
      return new Promise((resolve) => pending.push(() => resolve(listed(groupOf(tid, oid)))));
    };
    const decideAbout = createService();
    const callers = users.map((user) => callerOf(userWithOverage(user)));
    const decideAll = () => Promise.all(callers.map((caller) => decideAbout(caller)));
    const wanted = users.map(({ tid, oid }) => [groupOf(tid, oid)]);
    const first = decideAll();
    for (let step = 0; step < 100 && pending.length < users.length; step += 1) await io.advance(0);
    expect(pending).toHaveLength(users.length);
    for (const answerOne of pending.reverse()) answerOne();
    const fromGraph = await first;
    const fromMemory = await decideAll();
    expect([fromGraph.map(groupsOf), fromMemory.map(groupsOf)]).toEqual([wanted, wanted]);
    // Caches of headers recognize a token by its identity.
    const isSame = ({ caller }: GroupDecision, index: number) => caller.identity === fromGraph[index]?.caller.identity;
    expect(fromMemory.every(isSame)).toBe(true);
    expect(pending).toHaveLength(users.length);
  });
});
