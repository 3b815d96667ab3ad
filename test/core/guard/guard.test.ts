import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Denial } from "../../../src/base/common/denial.ts";
import { fail, succeed } from "../../../src/base/common/result.ts";
import type { Call, CalledRoute, RequestTarget } from "../../../src/base/http/call.ts";
import { type Admission, createGuard, findRefusal, stillHolds } from "../../../src/core/guard/guard.ts";
import { createBareSetup, type GateSetup } from "../../../src/core/guard/setup.ts";
import { createRequirement } from "../../../src/core/policy/requirement.ts";
import type { Access } from "../../../src/core/policy/rule.ts";
import { authoritiesOf } from "../../support/authority-setup.ts";
import { callerOf, client } from "../../support/claims.ts";
import { createFakeIo, type FakeIo, frozenNowMs } from "../../support/io.ts";

const caller = callerOf("user");
const { identity } = caller;
const denied: Denial = { reason: "expired" };
const required = (scope: string): Access => ({
  kind: "required",
  requirements: [createRequirement({ scopes: [scope] })],
});
const fits = required("access_as_user");
const missing = required("x");
const customers = createRequirement({ from: ["customers"], scopes: ["access_as_user"] });
const forCustomers: Access = { kind: "required", requirements: [customers] };

let io: FakeIo;
let decisions: Parameters<GateSetup["record"]>[0][];

beforeEach(() => {
  io = createFakeIo();
  decisions = [];
});

const setupWith = (changes: Partial<GateSetup> = {}): GateSetup => ({
  ...createBareSetup(io),
  authenticate: () => succeed(caller),
  authorities: authoritiesOf([client]),
  record: (decision) => void decisions.push(decision),
  recordsAllowed: true,
  ...changes,
});

const url = "https://api.contoso.example/orders";
const targetWith = (changes: Partial<RequestTarget>): Pick<Call, "target"> => ({
  target: { method: "GET", url, path: "/orders", fault: undefined, ...changes },
});
const routeWith = (changes: Partial<CalledRoute>): Pick<Call, "route"> => ({
  route: { name: "GET /orders", ...changes },
});

function callWith(changes: Partial<Call> = {}): Call {
  const request = new Request(url, { headers: { authorization: "Bearer x" } });
  const ofPlatform = { env: undefined, platform: undefined, background: () => {} };
  return { request, ...ofPlatform, ...targetWith({}), ...routeWith({}), ...changes };
}

describe("the guard", () => {
  it("allows a caller that meets the requirement, synchronously if it has nothing to wait for", () => {
    expect(createGuard(io)(callWith(), setupWith(), fits)).toEqual({ caller });
    const later = setupWith({ authenticate: async () => succeed(caller) });
    expect(createGuard(io)(callWith(), later, fits)).toBeInstanceOf(Promise);
  });

  it("runs its steps in the order of the request, and each step refuses", async () => {
    const fault: Denial = { reason: "plaintext_transport" };
    const closed: Access = { kind: "closed", denial: { reason: "route_unlisted" }, isReportable: false };
    const steps: readonly [string, Partial<Call>, Partial<GateSetup>, Access][] = [
      ["misconfigured", targetWith({ fault }), { configured: false }, { kind: "public" }],
      ["plaintext_transport", targetWith({ fault }), { authenticate: () => fail(denied) }, { kind: "public" }],
      ["expired", {}, { authenticate: () => fail(denied) }, closed],
      ["token_revoked", {}, {}, closed],
      ["route_unlisted", {}, { authorities: authoritiesOf([]) }, closed],
      ["authority_not_allowed", {}, { authorities: authoritiesOf([]) }, forCustomers],
      ["client_not_allowed", {}, { authorities: authoritiesOf([]) }, missing],
      ["scope_missing", {}, {}, missing],
    ];
    for (const [reason, call, setup, access] of steps) {
      const revokedAtSeconds = reason === "token_revoked" ? () => 4_000_000_000 : () => undefined;
      const result = await createGuard(io, revokedAtSeconds)(callWith(call), setupWith(setup), access);
      expect(result.denial?.reason).toBe(reason);
    }
    expect(decisions).toEqual([]);
  });

  it("requires no token on a public route, and still checks its transport", () => {
    const authenticate = vi.fn<GateSetup["authenticate"]>(() => fail(denied));
    const setup = setupWith({ authenticate });
    expect(createGuard(io)(callWith(), setup, { kind: "public" })).toEqual({});
    const fault: Denial = { reason: "path_ambiguous" };
    expect(createGuard(io)(callWith(targetWith({ fault })), setup, { kind: "public" })).toEqual({ denial: fault });
    expect(authenticate).not.toHaveBeenCalled();
  });

  it("checks no requirement for an unauthenticated caller", async () => {
    const revokedAtSeconds = vi.fn(() => undefined);
    for (const authenticate of [() => fail(denied), async () => fail(denied)]) {
      const result = await createGuard(io, revokedAtSeconds)(callWith(), setupWith({ authenticate }), fits);
      expect(result).toEqual({ denial: denied });
    }
    expect(revokedAtSeconds).not.toHaveBeenCalled();
  });

  it("requires all of several requirements", () => {
    const both: Access = {
      kind: "required",
      requirements: [createRequirement({ scopes: ["access_as_user"] }), createRequirement({ scopes: ["x"] })],
    };
    expect(createGuard(io)(callWith(), setupWith(), both)).toMatchObject({ denial: { reason: "scope_missing" } });
  });

  it("refuses every caller if there is no requirement to meet", () => {
    const denial = { reason: "requirement_missing", scopes: [] };
    expect(createGuard(io)(callWith(), setupWith(), { kind: "default" })).toEqual({ denial, caller });
  });

  it("records one decision for each allowed call, and names the caller of refusals", () => {
    const call = callWith();
    createGuard(io)(call, setupWith(), fits);
    expect(decisions).toEqual([{ event: "allowed", call, caller }]);
    expect(createGuard(io)(callWith(), setupWith(), missing)).toMatchObject({
      denial: { reason: "scope_missing" },
      caller,
    });
    expect(decisions.length).toBe(1);
  });

  it("allows and records policy refusals in report mode of the route or the configuration", () => {
    const guard = createGuard(io);
    for (const [call, setup] of [
      [routeWith({ mode: "report" }), { mode: "enforce" }],
      [{}, { mode: "report" }],
    ] as const) {
      expect(guard(callWith(call), setupWith(setup), missing)).toEqual({
        caller,
        reported: "scope_missing",
      });
    }
    expect(decisions.map(({ event }) => event)).toEqual(["reported", "reported"]);
    expect(guard(callWith(routeWith({ mode: "enforce" })), setupWith({ mode: "report" }), missing)).toMatchObject({
      denial: { reason: "scope_missing" },
    });
    const bad = setupWith({ mode: "report", authenticate: () => fail(denied) });
    expect(guard(callWith(), bad, missing)).toEqual({ denial: denied });
  });

  it("reports an unlisted path in report mode, but not a look-alike of a route or a revoked token", async () => {
    const setup = setupWith({ mode: "report" });
    const closed = (isReportable: boolean): Access => ({
      kind: "closed",
      denial: { reason: "route_unlisted" },
      isReportable,
    });
    const ask = async (access: Access, revokedAtSeconds?: () => number) => {
      const result = await createGuard(io, revokedAtSeconds)(callWith(), setup, access);
      return result.denial ?? result.reported;
    };
    expect(await ask(closed(true))).toBe("route_unlisted");
    expect(await ask(closed(false))).toEqual({ reason: "route_unlisted" });
    expect(await ask(closed(true), () => 4_000_000_000)).toMatchObject({ reason: "token_revoked" });
  });
});

describe("the guard and the addresses of invalid tokens", () => {
  /** The client's address as Cloudflare and Deno pass it. */
  const from = (address: string): Partial<Call> => ({
    request: new Request("https://api.contoso.example/orders", {
      headers: { authorization: "Bearer x", "cf-connecting-ip": address },
    }),
    env: { remoteAddr: { hostname: address } },
  });
  /** Refuses every token that the guard does not block. */
  const refusing: GateSetup["authenticate"] = (_authorization, _background, findHold) => fail(findHold?.() ?? denied);

  async function ask(guard: ReturnType<typeof createGuard>, call: Partial<Call>, setup: GateSetup) {
    const work: Promise<unknown>[] = [];
    const result = await guard(callWith({ background: (late) => void work.push(late), ...call }), setup, fits);
    await Promise.all(work);
    return [result.denial?.reason ?? "admitted", work.length];
  }

  it("counts an address with a refused token, and blocks it when the limiter refuses", async () => {
    const keys: string[] = [];
    const limiter = {
      async limit({ key }: { readonly key: string }) {
        keys.push(key);
        return { success: false };
      },
    };
    const guard = createGuard(io);
    const setup = setupWith({ limiter, authenticate: refusing });
    expect(await ask(guard, from("192.0.2.1"), setup)).toEqual(["expired", 1]);
    expect(keys).toEqual(["failure 192.0.2.1"]);
    expect((await ask(guard, from("192.0.2.1"), setup))[0]).toBe("too_many_failures");
    expect((await ask(guard, from("192.0.2.2"), setup))[0]).toBe("expired");
    const other = setupWith({ limiter: { limit: async () => ({ success: true }) }, authenticate: refusing });
    // An environment with another limiter has not counted the address.
    expect((await ask(guard, from("192.0.2.1"), other))[0]).toBe("expired");
  });

  it("counts no valid token, no unknown address, and nothing without a limiter", async () => {
    const limiter = { limit: vi.fn(async () => ({ success: true })) };
    expect(await ask(createGuard(io), from("192.0.2.1"), setupWith({ limiter }))).toEqual(["admitted", 0]);
    expect(await ask(createGuard(io), {}, setupWith({ limiter, authenticate: refusing }))).toEqual(["expired", 0]);
    expect(await ask(createGuard(io), from("192.0.2.1"), setupWith({ authenticate: refusing }))).toEqual([
      "expired",
      0,
    ]);
    expect(limiter.limit).not.toHaveBeenCalled();
  });
});

describe("the guard and a second token", () => {
  const ask = (url: string, ownsAccessTokenParameter = false) => {
    const request = new Request(url, { headers: { authorization: "Bearer x" } });
    return createGuard(io)(
      callWith({ request, ...targetWith({ url }), ...routeWith({ ownsAccessTokenParameter }) }),
      setupWith(),
      fits,
    );
  };

  it("refuses one in the query, unless the parameter belongs to the route", () => {
    const url = "https://api.contoso.example/orders?access_token=y";
    expect(ask(url)).toEqual({ denial: { reason: "credential_also_in_query" } });
    expect(ask(url, true)).toMatchObject({ caller });
    expect(ask("https://api.contoso.example/orders?limit=5")).toMatchObject({ caller });
  });
});

describe("the guard and a second requirement of one call", () => {
  const authenticate = vi.fn<GateSetup["authenticate"]>(() => succeed(caller));
  const revokedAtSeconds = vi.fn<() => number | undefined>(() => undefined);
  const isRecent = expect.any(Function);
  const timesAsked = () => [authenticate, revokedAtSeconds].map(({ mock }) => mock.calls.length);

  beforeEach(() => {
    authenticate.mockClear();
    revokedAtSeconds.mockClear();
  });

  it("does not repeat authentication or revocation, and records only reports", async () => {
    const guard = createGuard(io, revokedAtSeconds);
    const call = callWith();
    const first = (await guard(call, setupWith({ authenticate }), fits)) as Admission;
    expect(guard(call, setupWith({ authenticate }), fits, first)).toEqual({ caller, isRecent });
    expect(guard(call, setupWith({ authenticate }), missing, first)).toMatchObject({
      denial: { reason: "scope_missing" },
      caller,
    });
    expect(timesAsked()).toEqual([1, 1]);
    expect(decisions.map(({ event }) => event)).toEqual(["allowed"]);
    const reported = { caller, reported: "scope_missing", isRecent };
    const second = guard(call, setupWith({ mode: "report" }), missing, first) as Admission;
    expect(second).toEqual(reported);
    expect(guard(call, setupWith({ mode: "report" }), fits, second)).toEqual(reported);
    expect(decisions.map(({ event }) => event)).toEqual(["allowed", "reported"]);
  });

  const denial: Denial = { reason: "requirement_missing", scopes: [] };
  const closed = (isReportable: boolean): Access => ({ kind: "closed", denial, isReportable });

  it("authenticates the caller of a public route, and keeps what was reported of the call", async () => {
    const guard = createGuard(io, revokedAtSeconds);
    const reporting = setupWith({ authenticate, mode: "report" });
    const open = (await guard(callWith(), setupWith({ authenticate }), { kind: "public" })) as Admission;
    const noted = (await guard(callWith(), reporting, closed(true), open)) as Admission;
    expect(noted).toEqual({ caller, reported: "requirement_missing", isRecent });
    expect(guard(callWith(), setupWith({ authenticate }), missing, noted)).toMatchObject({
      denial: { reason: "scope_missing" },
      caller,
    });
    expect(guard(callWith(), setupWith({ authenticate }), fits, noted)).toEqual(noted);
    expect(timesAsked()).toEqual([1, 1]);
    expect(decisions.map(({ event }) => event)).toEqual(["allowed", "reported"]);
  });

  it("reports nothing of a call whose caller it has not verified", async () => {
    const refused = (error: Denial) => setupWith({ mode: "report", authenticate: () => fail(error) });
    const guard = createGuard(io);
    const open = (await guard(callWith(), setupWith(), { kind: "public" })) as Admission;
    const missingToken = refused({ reason: "credential_missing" });
    // Another sign-in would not help a caller in the mode "enforce", and this mode does not tell such callers more.
    expect(guard(callWith(), missingToken, closed(true), open)).toEqual({ denial });
    expect(guard(callWith(), refused(denied), closed(true), open)).toEqual({ denial: denied });
    expect(guard(callWith(), setupWith({ mode: "report" }), closed(false), open)).toEqual({ denial, caller });
    expect(guard(callWith(), missingToken, closed(true))).toEqual({ denial: { reason: "credential_missing" } });
    expect(decisions.map(({ event }) => event)).toEqual(["allowed"]);
  });

  it("keeps the caller if the second requirement is that of a public route", async () => {
    const guard = createGuard(io);
    const first = (await guard(callWith(), setupWith(), fits)) as Admission;
    expect(guard(callWith(), setupWith(), { kind: "public" }, first)).toEqual({ caller });
    expect(decisions.map(({ event }) => event)).toEqual(["allowed"]);
  });

  it("refuses a caller whose token has expired since, also if the second requirement is that of a public route", () => {
    const guard = createGuard(io);
    const first = guard(callWith(), setupWith(), fits) as Admission;
    io.jump(caller.identity.untilSeconds * 1_000 - frozenNowMs);
    expect(guard(callWith(), setupWith(), { kind: "public" }, first)).toEqual({
      denial: { reason: "expired" },
      caller,
    });
  });

  it("accepts only admissions of its own", () => {
    const found = createGuard(io)(callWith(), setupWith(), fits);
    // @ts-expect-error: code that takes an admission cannot create one
    expect({ caller, reported: undefined, denial: undefined, isRecent: undefined } satisfies Admission).toEqual(found);
  });

  it("refuses a faulty call or configuration, whatever was admitted before", async () => {
    const guard = createGuard(io);
    const earlier = (await guard(callWith(), setupWith(), fits)) as Admission;
    const fault: Denial = { reason: "path_ambiguous" };
    expect(guard(callWith(targetWith({ fault })), setupWith(), fits, earlier)).toEqual({ denial: fault });
    expect(guard(callWith(), setupWith({ configured: false }), fits, earlier)).toMatchObject({
      denial: { reason: "misconfigured" },
    });
  });
});

describe("an admission holds", () => {
  const untilMs = caller.identity.untilSeconds * 1_000;
  const revokedAtSeconds = () => undefined;

  it("until its token expires, if callers cannot be revoked", () => {
    const first = createGuard(io)(callWith(), setupWith(), fits) as Admission;
    expect(stillHolds(first, untilMs - 1)).toBe(true);
    expect(stillHolds(first, untilMs)).toBe(false);
  });

  it("for ever, if the route is public", () => {
    const first = createGuard(io, revokedAtSeconds)(callWith(), setupWith(), { kind: "public" }) as Admission;
    expect(stillHolds(first, untilMs)).toBe(true);
  });

  it("for half a minute after the callback for revocations was asked, however long the answer took", async () => {
    const guard = createGuard(io, async () => void io.jump(1_000));
    const setup = setupWith();
    const first = (await guard(callWith(), setup, fits)) as Admission;
    expect(stillHolds(first, frozenNowMs + 29_999)).toBe(true);
    expect(stillHolds(first, frozenNowMs + 30_000)).toBe(false);
    io.jump(29_000);
    const second = (await guard(callWith(), setup, fits, first)) as Admission;
    expect(stillHolds(second, frozenNowMs + 59_999)).toBe(true);
    io.jump(-60_000);
    // The clock was set back, so that nobody knows when the callback was asked.
    expect(stillHolds(second, io.now())).toBe(false);
  });

  it("as long as the list of revocations is the one that answered, and is recent", async () => {
    let isRecent = true;
    const list = {
      edition: {},
      isCurrent: (edition: object | undefined) => edition === list.edition && isRecent,
      check: vi.fn<() => undefined | Promise<undefined>>(() => undefined),
    };
    const setup = setupWith({ revocations: list });
    const first = createGuard(io)(callWith(), setup, fits) as Admission;
    expect(stillHolds(first, untilMs - 1)).toBe(true);
    expect(stillHolds(first, untilMs)).toBe(false);
    createGuard(io)(callWith(), setup, fits, first);
    expect(list.check).toHaveBeenCalledTimes(1);
    isRecent = false;
    expect(stillHolds(first, frozenNowMs)).toBe(false);
    isRecent = true;
    list.check.mockImplementationOnce(async () => void Object.assign(list, { edition: {} }));
    list.edition = {};
    expect(stillHolds(first, frozenNowMs)).toBe(false);
    // The list changes once more while the guard waits for it, so that it is searched again.
    const second = (await createGuard(io)(callWith(), setup, fits, first)) as Admission;
    expect([list.check.mock.calls.length, stillHolds(second, frozenNowMs)]).toEqual([3, true]);
  });
});

describe("a list of revocations that changes while the guard waits", () => {
  const revoked: Denial = { reason: "revocations_unavailable", retryAfterSeconds: 1 };
  /** A list that names the caller once a test has changed it. */
  const createList = () => ({
    edition: {},
    isCurrent: () => true,
    check: vi.fn<() => Denial | undefined>(() => undefined),
    change() {
      list.edition = {};
      list.check.mockReturnValue(revoked);
    },
  });
  let list: ReturnType<typeof createList>;
  beforeEach(() => {
    list = createList();
  });

  it("for revokedAtSeconds is searched again before the caller is admitted", { tags: "revocation-rules" }, async () => {
    const guard = createGuard(io, async () => void list.change() as undefined);
    expect(await guard(callWith(), setupWith({ revocations: list }), fits)).toEqual({ denial: revoked, caller });
    expect([list.check.mock.calls.length, decisions]).toEqual([2, []]);
  });

  it("for groups is searched again before the caller is admitted", { tags: "revocation-rules" }, async () => {
    const groups: GateSetup["groups"] = {
      async decide() {
        list.change();
        return { denial: undefined, caller };
      },
    };
    const setup = setupWith({ revocations: list, groups });
    expect(await createGuard(io)(callWith(), setup, fits)).toEqual({ denial: revoked, caller });
    expect([list.check.mock.calls.length, decisions]).toEqual([2, []]);
  });

  it("is searched once if it does not change", async () => {
    await createGuard(io, async () => undefined)(callWith(), setupWith({ revocations: list }), fits);
    expect(list.check).toHaveBeenCalledTimes(1);
  });
});

describe("the guard and groups that the token does not list", () => {
  const group = "96000000-0000-4000-8044-000000000000";
  const inGroup: Access = {
    kind: "required",
    requirements: [createRequirement({ scopes: ["access_as_user"], groups: [group] })],
  };
  const member = callerOf("user", { groups: [group] });
  /** Finds the group of every caller at once. */
  const groups: GateSetup["groups"] = {
    decide: (_caller, _call, policy) => ({ denial: policy(member.identity), caller: member }),
  };

  it("decides with the groups found, at once if nothing waits, and admits the caller that has them", async () => {
    const guard = createGuard(io);
    expect(guard(callWith(), setupWith(), inGroup)).toMatchObject({
      denial: { reason: "groups_absent" },
      caller,
    });
    expect(guard(callWith(), setupWith({ groups }), inGroup)).toEqual({ caller: member });
    expect(guard(callWith(), setupWith({ groups }), missing)).toMatchObject({
      denial: { reason: "scope_missing" },
      caller: member,
    });
    const late: GateSetup["groups"] = { decide: async (...asked) => groups.decide(...asked) };
    expect(await guard(callWith(), setupWith({ groups: late }), inGroup)).toEqual({ caller: member });
    expect(decisions.map((decision) => decision.caller)).toEqual([member, member]);
  });

  it("replaces the caller of an earlier admission, and keeps what was reported", async () => {
    const guard = createGuard(io);
    const first = (await guard(callWith(), setupWith({ mode: "report" }), missing)) as Admission;
    expect(guard(callWith(), setupWith({ groups }), inGroup, first)).toEqual({
      caller: member,
      reported: "scope_missing",
    });
    expect(decisions.map(({ event }) => event)).toEqual(["reported"]);
  });
});

describe("what the guard records", () => {
  it("is nothing for an allowed call without log and counter, and every report", () => {
    const silent = { recordsAllowed: false };
    createGuard(io)(callWith(), setupWith(silent), fits);
    createGuard(io)(callWith(), setupWith(silent), { kind: "public" });
    expect(decisions).toEqual([]);
    createGuard(io)(callWith(), setupWith({ ...silent, mode: "report" }), missing);
    expect(decisions).toMatchObject([{ event: "reported", denial: { reason: "scope_missing" } }]);
  });

  it("is nothing if an App has no route, because its response is recorded as a refusal", () => {
    const authenticate = vi.fn<GateSetup["authenticate"]>(() => fail(denied));
    const result = createGuard(io)(callWith(), setupWith({ authenticate }), { kind: "absent" });
    expect(result).toEqual({});
    expect([authenticate.mock.calls, decisions]).toEqual([[], []]);
  });
});

describe("findRefusal", () => {
  it("is what the guard would refuse in the mode of the route or the configuration", () => {
    const find = (route: Partial<Call>, mode: "enforce" | "report", access: Access) =>
      findRefusal(callWith(route), setupWith({ mode }), caller.identity, access)?.reason;
    expect(find({}, "enforce", fits)).toBe(undefined);
    expect(find({}, "enforce", missing)).toBe("scope_missing");
    expect(find({}, "report", missing)).toBe(undefined);
    expect(find(routeWith({ mode: "enforce" }), "report", missing)).toBe("scope_missing");
    expect(find(routeWith({ mode: "report" }), "enforce", missing)).toBe(undefined);
    const lookAlike: Access = { kind: "closed", denial: { reason: "route_unlisted" }, isReportable: false };
    expect(find({}, "report", lookAlike)).toBe("route_unlisted");
    expect(decisions).toEqual([]);
  });
});

describe("a caller of another authority", () => {
  const customer = { ...identity, authority: "customers" };
  const standard = createRequirement({ scopes: ["access_as_user"] });

  it.each<[string, Access]>([
    ["a route without a requirement of its own", { kind: "default" }],
    ["a requirement that names no authority", fits],
    ["a caller that is only authenticated", { kind: "authenticated" }],
    ["one of several requirements", { kind: "required", requirements: [customers, standard] }],
    ["the last of several requirements", { kind: "required", requirements: [standard, customers] }],
    [
      "a requirement whose scope it lacks, before one that does not name it",
      { kind: "required", requirements: [createRequirement({ from: ["customers"], scopes: ["x"] }), standard] },
    ],
  ])("is refused on %s in report mode too", (_, access) => {
    const authorities = authoritiesOf([], ["default", "customers"]);
    const reporting = setupWith({ authorities, defaultRequirement: standard, mode: "report" });
    const refused = { reason: "authority_not_allowed", scopes: [] };
    expect(findRefusal(callWith(), reporting, customer, access)).toEqual(refused);
  });

  it("is refused on an unlisted path in report mode, which admits others", () => {
    const closed: Access = { kind: "closed", denial: { reason: "route_unlisted" }, isReportable: true };
    const reporting = setupWith({ mode: "report" });
    expect(findRefusal(callWith(), reporting, identity, closed)).toBeUndefined();
    expect(findRefusal(callWith(), reporting, customer, closed)).toEqual({ reason: "route_unlisted" });
  });
});
