import { describe, expect, it, vi } from "vitest";
import { createCall, enter as enterBy } from "../../src/adapters/adapter-gate.ts";
import { createEntraVerifier, findVerifierGate, type TokenVerifier } from "../../src/adapters/verifier.ts";
import type { Background } from "../../src/base/common/io.ts";
import * as limits from "../../src/base/common/limits.ts";
import { createRequirement } from "../../src/core/policy/requirement.ts";
import type { RuleOptions } from "../../src/core/policy/rule.ts";
import { createPrincipal } from "../../src/core/token/caller.ts";
import { createAdapterIo } from "../support/adapter-world.ts";
import { client, tenant, user } from "../support/claims.ts";
import { plainLog, validEnvironment } from "../support/environment.ts";
import { entra } from "../support/gate-world.ts";
import { createQuestion, readRefusals } from "../support/isolate-world.ts";

describe("Entra's verifier on its own", () => {
  const create = (changes = {}, background: Background = () => {}) => {
    const io = createAdapterIo();
    return {
      io,
      verifier: createEntraVerifier("test", { ...validEnvironment, ...plainLog, ...changes }, {}, () => background, io),
    };
  };

  it("identifies the caller", async () => {
    const { verifier } = create();
    const principal = await verifier.verify(await entra.issueAccessToken());
    expect(principal).toMatchObject({ kind: "user", oid: user, tid: tenant, azp: client, scopes: ["access_as_user"] });
    // With the clock skew.
    expect(principal.expiresAtSeconds).toBe((principal.claims.exp as number) + 60);
  });

  it("keeps a fetch of keys alive past the answer", async () => {
    const background = vi.fn();
    await create({}, background).verifier.verify(await entra.issueAccessToken());
    expect(background).toHaveBeenCalled();
  });

  it.each([
    ["token_not_compact", {}, async () => "abc"],
    ["credential_malformed", {}, async () => ""],
    ["credential_repeated", {}, async () => "a.b.c, Bearer a.b.c"],
    ["credential_malformed", {}, async () => "a.b.c\r\nx: y"],
    ["audience_mismatch", {}, () => entra.issueAccessToken({ claims: { aud: "x" } })],
    ["client_not_allowed", { ENTRA_ALLOWED_CLIENTS: tenant }, () => entra.issueAccessToken()],
    ["client_not_allowed", { ENTRA_ALLOWED_CLIENTS: tenant, GATE_MODE: "report" }, () => entra.issueAccessToken()],
  ])("rejects without a reason for the caller, and logs %s", async (reason, changes, issue) => {
    const { verifier, io } = create(changes);
    await expect(verifier.verify(await issue())).rejects.toThrow(new Error("the access token is refused"));
    expect(readRefusals(io)).toMatchObject([{ reason }]);
  });
});

it("hides an exception from the caller, and logs it", async () => {
  const io = createAdapterIo();
  const broken = { ...io, now: () => Number(unreadable()) };
  const verifier = createEntraVerifier("test", { ...validEnvironment, ...plainLog }, {}, () => () => {}, broken);
  await expect(verifier.verify(await entra.issueAccessToken())).rejects.toThrow(
    new Error("the access token is refused"),
  );
  expect(readRefusals(io)).toMatchObject([{ reason: "internal_error", cause: "Error: no clock" }]);
});

function unreadable(): never {
  throw new Error("no clock");
}

describe("any other verifier", () => {
  /** The result for a request whose token this verifier gets: a refusal or the caller. */
  async function enter(
    verify: TokenVerifier["verify"],
    rule: RuleOptions = { scopes: ["read"] },
    token = "Bearer opaque",
  ) {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const { guard, createBackground, readSetup } = findVerifierGate({ verify });
    const call = createCall(createQuestion("/", { token }), undefined, createBackground(), undefined, {});
    const requirements = [createRequirement(rule)] as const;
    const entered = await enterBy(guard, readSetup(), call, { kind: "required", requirements });
    const lines = log.mock.calls.map(([line]) => JSON.parse(line));
    log.mockRestore();
    return entered instanceof Response ? { response: entered, lines } : { principal: entered.caller?.principal };
  }
  const caller = { sub: "alice", scopes: ["read"], claims: { iss: "x" }, organization: "o" };
  const identity = { kind: "user", authority: "customers", scopes: ["read"], roles: [], groups: [] };
  const ofCustomers = createPrincipal(identity as never, { claims: { sub: "alice" } });

  it("judges the times of its tokens itself, unless it says when they expire", { tags: "expiry" }, async () => {
    const until = (expiresAtSeconds?: number) =>
      enter(async () => ({ ...caller, claims: { exp: 1 }, expiresAtSeconds }));
    const nowSeconds = Date.now() / 1_000;
    expect(await until()).toMatchObject({ principal: { sub: "alice" } });
    expect(await until(nowSeconds + 60)).toMatchObject({ principal: { sub: "alice" } });
    expect(await until(nowSeconds - 1)).toMatchObject({ response: { status: 401 }, lines: [{ reason: "expired" }] });
  });

  it("gets the bare token, and the guard keeps its caller unchanged", async () => {
    const verify = vi.fn(async () => caller);
    const added = { authority: "default", kind: "user", roles: [], groups: [] };
    expect(await enter(verify)).toEqual({ principal: { ...caller, ...added } });
    expect(verify.mock.calls).toEqual([["opaque"]]);
  });

  it("leaves scopes, roles, clients and tenants to the policy", async () => {
    const verify = async () => caller;
    for (const rule of [
      { scopes: ["write"] },
      { scopes: ["read"], roles: ["Admin"] },
      { scopes: ["read"], tenants: [tenant] },
      { scopes: ["read"], clients: [client] },
      { anyRole: ["Admin"] },
    ] as const) {
      expect(await enter(verify, rule)).toMatchObject({ response: { status: 403 } });
    }
    const known = async () => ({ ...caller, tid: tenant, azp: client, roles: ["Admin"] });
    const all = { scopes: ["read"], roles: ["Admin"], tenants: [tenant], clients: [client] };
    expect(await enter(known, all)).toMatchObject({ principal: { tid: tenant } });
    const app = async () => ({ ...caller, kind: "app", scopes: [], roles: ["Admin"] });
    expect(await enter(app, { anyRole: ["Admin"] })).toMatchObject({ principal: { kind: "app" } });
  });

  it("refuses a token by throwing; the log has the name of the error and nothing of its message", async () => {
    const failing = [
      async () => Promise.reject(new RangeError("never-told")),
      (): never => {
        throw new RangeError("never-told");
      },
    ];
    for (const verify of failing) {
      const { response, lines } = await enter(verify);
      expect(response?.status).toBe(401);
      expect(response?.headers.get("www-authenticate")).toBe('Bearer realm="", error="invalid_token"');
      expect(lines).toMatchObject([{ reason: "verifier_refused", error: "RangeError" }]);
      expect(JSON.stringify(lines) + (await response?.text())).not.toContain("never-told");
    }
    expect(await enter(async () => Promise.reject("text"))).toMatchObject({ lines: [{ error: "string" }] });
  });

  it.each([
    undefined,
    null,
    true,
    "alice",
    {},
    { ...caller, sub: "" },
    { ...caller, sub: 1 },
    { ...caller, claims: null },
    { ...caller, scopes: "read" },
    { ...caller, scopes: [1] },
    { ...caller, roles: null },
    { ...caller, kind: "admin" },
    { ...caller, expiresAtSeconds: "4000000000" },
    { ...caller, expiresAtSeconds: Number.NaN },
    { ...caller, expiresAtSeconds: 4_000_000_000_000 },
    { ...caller, authority: null },
    { ...caller, authority: "customers" },
    { ...caller, authority: "customers", "entra-gate.principals": true, [Symbol.for("entra-gate.principals")]: true },
    { ...ofCustomers },
    Object.create(ofCustomers),
  ])("refuses every caller with %j", async (value) => {
    const { response, lines } = await enter(async () => value as never);
    expect(response?.status).toBe(500);
    expect(lines).toMatchObject([{ reason: "verifier_failed" }]);
  });

  it.each(["default", "customers"])(
    "is refused with the principal of another authority where from is %s",
    async (from) => {
      const verify = async () => ofCustomers;
      expect(await enter(verify, { scopes: ["read"], from: [from] })).toMatchObject({
        response: { status: 403 },
        lines: [{ reason: "authority_not_allowed" }],
      });
    },
  );

  it("knows the principal of another copy of this package", async () => {
    vi.resetModules();
    const copy = await import("../../src/core/token/caller.ts");
    expect(copy.createPrincipal).not.toBe(createPrincipal);
    const ofCopy = copy.createPrincipal(identity as never, { claims: { sub: "alice" } });
    expect(await enter(async () => ofCopy)).toMatchObject({ lines: [{ reason: "authority_not_allowed" }] });
  });

  it("is called for exactly one bearer token", async () => {
    const verify = vi.fn(async () => caller);
    for (const [token, status] of [
      ["Basic eDp5", 401],
      ["Bearer a, Bearer b", 400],
    ] as const) {
      expect(await enter(verify, { scopes: ["read"] }, token)).toMatchObject({ response: { status } });
    }
    expect(verify).not.toHaveBeenCalled();
  });

  it("has the same time limit as keys", async () => {
    vi.useFakeTimers();
    try {
      const entering = enter(() => new Promise(() => {}));
      await vi.advanceTimersByTimeAsync(limits.keyWaitMilliseconds);
      expect(await entering).toMatchObject({ response: { status: 500 }, lines: [{ reason: "verifier_failed" }] });
    } finally {
      vi.useRealTimers();
    }
  });
});
