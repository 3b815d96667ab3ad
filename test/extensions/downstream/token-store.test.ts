import { beforeEach, describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { fail, type Result, succeed } from "../../../src/base/common/result.ts";
import type { DownstreamToken } from "../../../src/core/guard/downstream.ts";
import type { TokenFailure } from "../../../src/extensions/downstream/failure.ts";
import type { SharedTier } from "../../../src/extensions/downstream/shared-tier.ts";
import { createTokenRequest, type TokenRequest } from "../../../src/extensions/downstream/token-request.ts";
import { createTokenStore, type TokenStore } from "../../../src/extensions/downstream/token-store.ts";
import { createFakeIo, type FakeIo, frozenNowSeconds } from "../../support/io.ts";

type Outcome = Result<DownstreamToken, TokenFailure>;

const lifetimeSeconds = 3_600;
const { downstreamRenewalSeconds: renewalSeconds, downstreamMarginSeconds: marginSeconds } = limits;
const secondMs = 1_000;
const entra = { status: 400 };
const refusal: TokenFailure = { kind: "consent_needed", claims: undefined, entra };

let io: FakeIo;
let background: Promise<unknown>[];
/** Requests to Entra, which the test answers. */
let asked: { readonly request: TokenRequest; readonly answer: (outcome: Outcome) => void }[];
let stored: Map<string, DownstreamToken>;
let tokens: TokenStore;

function createIsolate(): TokenStore {
  const shared: SharedTier = {
    read: async (key) => stored.get(key),
    write: async (key, token) => void stored.set(key, token),
    remove: async (key) => void stored.delete(key),
  };
  return createTokenStore(io, shared, (request) => new Promise((answer) => asked.push({ request, answer })));
}

beforeEach(() => {
  io = createFakeIo();
  background = [];
  asked = [];
  stored = new Map();
  tokens = createIsolate();
});

const request = (changes: Partial<Parameters<typeof createTokenRequest>[1]> = {}) =>
  createTokenRequest("client", {
    tenant: "t",
    scopes: ["api://a/b"],
    assertion: "user",
    claims: undefined,
    ...changes,
  });

/** The result of a look-up: the token's text, or the kind of failure. */
async function find(wanted: TokenRequest, isolate = tokens): Promise<string> {
  const found = await isolate.find(wanted, (work) => void background.push(work));
  return found.ok ? found.value.accessToken : found.error.failure.kind;
}

const token = (accessToken: string): Outcome =>
  succeed({ accessToken, expiresAtSeconds: Math.floor(io.now() / secondMs) + lifetimeSeconds });

/** Moves the clock to a number of seconds before a token from the start of the test expires. */
const reach = (secondsLeft: number, lateMs = 0) =>
  io.advance((frozenNowSeconds + lifetimeSeconds - secondsLeft) * secondMs + lateMs - io.now());

/** Looks up a token, and answers the request to Entra at once. */
async function findWith(wanted: TokenRequest, outcome: Outcome): Promise<string> {
  const before = asked.length;
  const found = find(wanted);
  await io.advance(0);
  expect(asked).toHaveLength(before + 1);
  asked.at(-1)!.answer(outcome);
  await io.advance(limits.downstreamPollMilliseconds);
  return found;
}

describe("a request for a token", () => {
  it("is sent once for all callers that wait for it", async () => {
    const wanted = await request();
    const waiting = Array.from({ length: 100 }, () => find(wanted));
    await io.advance(0);
    expect(asked).toHaveLength(1);
    asked[0]!.answer(token("first"));
    await io.advance(limits.downstreamPollMilliseconds);
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(["first"]));
    expect(await find(wanted)).toBe("first");
    expect(asked).toHaveLength(1);
  });

  it.each([
    ["user", { assertion: "other" }],
    ["app", { assertion: undefined }],
    ["tenant", { tenant: "u" }],
    ["scope", { scopes: ["api://a/c"] }],
    ["set of scopes", { scopes: ["api://a/b", "api://a/c"] }],
    ["letter case of a scope", { scopes: ["api://a/B"] }],
    ["claims", { claims: '{"access_token":{}}' }],
  ])("differs with another %s", async (_, changes) => {
    expect(await findWith(await request(), token("mine"))).toBe("mine");
    expect(await findWith(await request(changes), token("theirs"))).toBe("theirs");
    if (!("claims" in changes)) expect(await find(await request())).toBe("mine");
  });

  it("is the same with the scopes in another order, or with a repeated scope", async () => {
    expect(await findWith(await request({ scopes: ["api://a/b", "api://a/c"] }), token("mine"))).toBe("mine");
    expect(await find(await request({ scopes: ["api://a/c", "api://a/b", "api://a/b"] }))).toBe("mine");
  });

  it("is sent by another request after the one that held the lease was cut off", async () => {
    const wanted = await request();
    void find(wanted);
    await io.advance(0);
    const second = find(wanted);
    await io.advance(0);
    io.jump(limits.downstreamLeaseMilliseconds);
    await io.advance(limits.downstreamPollMilliseconds);
    expect(asked).toHaveLength(2);
    asked[1]!.answer(token("second"));
    await io.advance(100);
    expect(await second).toBe("second");
  });

  it("fails after its wait has passed", async () => {
    const wanted = await request();
    void find(wanted);
    await io.advance(0);
    const second = find(wanted);
    await io.advance(0);
    io.jump(limits.downstreamWaitMilliseconds);
    await io.advance(limits.downstreamPollMilliseconds);
    expect(await second).toBe("unavailable");
    expect(asked).toHaveLength(1);
  });
});

describe("a token that is close to its expiry", () => {
  it("is used unchanged until five minutes before it expires, then renewed in the background", async () => {
    const wanted = await request();
    await findWith(wanted, token("old"));
    await reach(renewalSeconds, -1);
    expect(await find(wanted)).toBe("old");
    expect(asked).toHaveLength(1);
    await io.advance(1);
    expect(await Promise.all([find(wanted), find(wanted), find(wanted)])).toEqual(["old", "old", "old"]);
    await io.advance(0);
    expect(asked).toHaveLength(2);
    asked[1]!.answer(token("new"));
    await Promise.all(background);
    expect(await find(wanted)).toBe("new");
  });

  it("is used while its renewal fails temporarily, and renewed later", async () => {
    const wanted = await request();
    await findWith(wanted, token("old"));
    await reach(renewalSeconds);
    expect(await find(wanted)).toBe("old");
    await io.advance(0);
    asked[1]!.answer(fail({ kind: "unavailable", cause: "test" }));
    await Promise.all(background);
    expect(await find(wanted)).toBe("old");
    expect(asked).toHaveLength(2);
    await io.advance(limits.downstreamFailureMilliseconds);
    expect(await find(wanted)).toBe("old");
    await io.advance(0);
    expect(asked).toHaveLength(3);
  });

  it("is not used after Entra refuses to renew it", async () => {
    const wanted = await request();
    await findWith(wanted, token("old"));
    await reach(renewalSeconds);
    expect(await find(wanted)).toBe("old");
    await io.advance(0);
    asked[1]!.answer(fail(refusal));
    await Promise.all(background);
    expect(await find(wanted)).toBe("consent_needed");
  });

  it("is renewed first if it could expire during the request", async () => {
    const wanted = await request();
    await findWith(wanted, token("old"));
    await reach(marginSeconds, -1);
    expect(await find(wanted)).toBe("old");
    await io.advance(0);
    asked[1]!.answer(fail({ kind: "unavailable", cause: "test" }));
    await io.advance(1);
    expect(await find(wanted)).toBe("unavailable");
    await io.advance(limits.downstreamFailureMilliseconds);
    expect(await findWith(wanted, token("new"))).toBe("new");
  });
});

describe("a refusal", () => {
  it("is cached for a moment", async () => {
    const wanted = await request();
    expect(await findWith(wanted, fail(refusal))).toBe("consent_needed");
    await io.advance(limits.downstreamFailureMilliseconds - limits.downstreamPollMilliseconds - 1);
    expect(await find(wanted)).toBe("consent_needed");
    await io.advance(1);
    expect(await findWith(wanted, token("mine"))).toBe("mine");
  });

  it("is cached no longer if the clock was set back", async () => {
    const wanted = await request();
    expect(await findWith(wanted, fail(refusal))).toBe("consent_needed");
    io.jump(-lifetimeSeconds * secondMs);
    expect(await findWith(wanted, token("fresh"))).toBe("fresh");
  });

  it("of a throttling Entra is cached for Retry-After", async () => {
    const wanted = await request();
    await findWith(wanted, fail({ kind: "throttled", retryAfterMs: 60_000, entra }));
    await io.advance(59_000);
    expect(await find(wanted)).toBe("throttled");
    await io.advance(1_000);
    expect(await findWith(wanted, token("mine"))).toBe("mine");
  });

  it("is logged without the exchanged token", async () => {
    await findWith(await request({ assertion: "a-token" }), fail(refusal));
    expect(io.lines).toEqual([
      { event: "downstream_failed", level: "warn", tenant: "t", scopes: ["api://a/b"], ...refusal, claims: undefined },
    ]);
  });
});

describe("the shared tier", () => {
  it("saves a second isolate the request", async () => {
    const wanted = await request();
    await findWith(wanted, token("shared"));
    await Promise.all(background);
    expect(await find(wanted, createIsolate())).toBe("shared");
    expect(asked).toHaveLength(1);
  });

  it("saves a renewal that another isolate has done", async () => {
    const wanted = await request();
    await findWith(wanted, token("old"));
    await reach(renewalSeconds);
    stored.set(wanted.key, { accessToken: "renewed elsewhere", expiresAtSeconds: frozenNowSeconds + 9_999 });
    expect(await find(wanted)).toBe("old");
    await Promise.all(background);
    expect(await find(wanted)).toBe("renewed elsewhere");
    expect(asked).toHaveLength(1);
  });
});

describe("claims of a challenge", () => {
  const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}';

  it("bypass cached tokens in both tiers, even one of an earlier challenge", async () => {
    await findWith(await request(), token("plain"));
    await Promise.all(background);
    expect(await findWith(await request({ claims }), token("with claims"))).toBe("with claims");
    expect(await findWith(await request({ claims }), token("with claims again"))).toBe("with claims again");
  });

  it("bypass the shared tier, even for a token that another isolate stored", async () => {
    const wanted = await request({ claims });
    stored.set(wanted.key, { accessToken: "planted", expiresAtSeconds: frozenNowSeconds + lifetimeSeconds });
    expect(await findWith(wanted, token("with claims"))).toBe("with claims");
  });

  it("invalidate the token that the other API refused, everywhere", async () => {
    const wanted = await request();
    await findWith(wanted, token("refused"));
    await Promise.all(background);
    await findWith(await request({ claims }), token("with claims"));
    await Promise.all(background);
    expect(stored.size).toBe(0);
    expect(await findWith(wanted, token("fresh"))).toBe("fresh");
  });

  it("keep that token if Entra refuses the request", async () => {
    const wanted = await request();
    await findWith(wanted, token("plain"));
    expect(await findWith(await request({ claims }), fail(refusal))).toBe("consent_needed");
    expect(await find(wanted)).toBe("plain");
  });

  it("cause one request for a hundred callers at once", async () => {
    const wanted = await request({ claims });
    const waiting = Array.from({ length: 100 }, () => find(wanted));
    await io.advance(0);
    asked[0]!.answer(token("with claims"));
    await io.advance(limits.downstreamPollMilliseconds);
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(["with claims"]));
    expect(asked).toHaveLength(1);
  });
});

it("is not requested repeatedly if the result is unusable", async () => {
  const wanted = await request();
  const found = find(wanted);
  for (let answered = 0; answered < 2; answered += 1) {
    await io.advance(0);
    asked[answered]!.answer(succeed({ accessToken: "short", expiresAtSeconds: frozenNowSeconds + marginSeconds }));
  }
  await io.advance(0);
  expect(await found).toBe("unavailable");
  expect(asked).toHaveLength(2);
});

it("holds a bounded number of tokens, and drops the least recently used ones", async () => {
  const wanted = await Promise.all(
    Array.from({ length: limits.downstreamTokens + 1 }, (_, index) => request({ assertion: `user ${index}` })),
  );
  const answerAll = async (from: number, to: number) => {
    const finding = wanted.slice(from, to).map((each) => find(each));
    await io.advance(0);
    for (const { answer } of asked.splice(0)) answer(token("mine"));
    await io.advance(limits.downstreamPollMilliseconds);
    await Promise.all(finding);
  };
  await answerAll(0, limits.downstreamTokens);
  await find(wanted[0]!);
  await answerAll(limits.downstreamTokens, limits.downstreamTokens + 1);
  stored.clear();
  await find(wanted[0]!);
  expect(asked).toHaveLength(0);
  void find(wanted[1]!);
  await io.advance(0);
  expect(asked).toHaveLength(1);
});
