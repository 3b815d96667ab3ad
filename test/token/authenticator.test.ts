import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createEntra, type Entra } from "../../dev/entra/entra.ts";
import type { AccessTokenOptions } from "../../dev/entra/issuer.ts";
import { createAuthority } from "../../src/authority/authority.ts";
import { createKeyStore, type KeyStore } from "../../src/keys/key-store.ts";
import { type Authenticate, createAuthenticator } from "../../src/token/authenticator.ts";
import type { ClaimRules } from "../../src/token/claims.ts";
import { audience, claimRules, otherTenant, tenant, user, userClaimsV1 } from "../support/claims.ts";
import { createFakeIo, type FakeIo, frozenNowMs, frozenNowSeconds } from "../support/io.ts";

const hourMs = 3_600_000;

let clock: Pick<FakeIo, "now"> = { now: () => frozenNowMs };
let entra: Entra;
let io: FakeIo;
let keys: KeyStore;
let authenticate: Authenticate;
let background: Promise<unknown>[];

beforeAll(() => {
  entra = createEntra({ nowSeconds: () => Math.floor(clock.now() / 1_000) });
});

beforeEach(() => {
  io = createFakeIo({ fetch: (request) => entra.fetch(request) });
  clock = io;
  keys = createKeyStore(io);
  background = [];
  authenticate = createWith();
});

const createWith = (rules: Partial<ClaimRules> = {}) =>
  createAuthenticator({ io, keys, rules: { ...claimRules, ...rules }, isTenantAllowed: undefined });
const present = (credential: string | null, by = authenticate) => by(credential, (work) => background.push(work));
const issue = async (options?: AccessTokenOptions) => `Bearer ${await entra.issueAccessToken(options)}`;

/** `accepted`, or why not. */
async function outcome(credential: string | null, by = authenticate): Promise<string> {
  const result = await present(credential, by);
  return result.ok ? "accepted" : result.error.reason;
}

/** The same, where it must be known without waiting. */
function outcomeAtOnce(credential: string | null, by = authenticate): string {
  const result = present(credential, by);
  if (result instanceof Promise) return "a promise";
  return result.ok ? "accepted" : result.error.reason;
}

describe("a valid token", () => {
  it("names its principal, after one look at the tenant's keys", async () => {
    const result = await present(await issue());
    expect(result).toMatchObject({ ok: true, value: { kind: "user", oid: user, tid: tenant } });
    expect(io.requests.map(({ url }) => url)).toEqual([
      `https://login.microsoftonline.com/${tenant}/discovery/v2.0/keys`,
    ]);
  });

  it("is known the second time, without a promise", async () => {
    const credential = await issue();
    const first = await present(credential);
    expect(present(credential)).toEqual(first);
    expect(outcomeAtOnce(credential)).toBe("accepted");
    const second = present(credential);
    expect(first.ok && "ok" in second && second.ok && first.value === second.value).toBe(true);
    expect(io.requests).toHaveLength(1);
  });

  it("of version 1.0 is checked against the keys of that version", async () => {
    const authority = createAuthority({ cloud: "public", authority: undefined, acceptV1: true });
    const both = createWith({ authority, audiences: new Set([audience, String(userClaimsV1.aud)]) });
    expect(await outcome(await issue({ version: 1 }), both)).toBe("accepted");
    expect(io.requests.map(({ url }) => url)).toEqual([`https://login.microsoftonline.com/${tenant}/discovery/keys`]);
  });
});

describe("a token that is wrong at sight", () => {
  it.each([
    ["credential_missing", async () => null],
    ["credential_other_scheme", async () => "Basic YTpi"],
    ["credential_malformed", async () => "Bearer"],
    ["token_not_compact", async () => "Bearer a.b"],
    ["algorithm_not_allowed", () => issue({ header: { alg: "none" } })],
    ["graph_token", () => issue({ header: { nonce: "x" } })],
    ["tenant_not_allowed", () => issue({ persona: "outsider" })],
    ["issuer_mismatch", () => issue({ version: 1 })],
    ["audience_mismatch", () => issue({ claims: { aud: otherTenant } })],
    ["expired", () => issue({ claims: { iat: 1_000, nbf: 1_000, exp: 2_000 } })],
    ["id_token", () => issue({ claims: { nonce: "x" } })],
    ["kind_unknown", () => issue({ without: ["scp"] })],
  ])("is refused at once, without a request: %s", async (reason, make) => {
    const credential = await make();
    expect(outcomeAtOnce(credential)).toBe(reason);
    expect(io.requests).toEqual([]);
  });
});

describe("a signature", () => {
  it("of a key that the tenant does not have is refused", async () => {
    expect(await outcome(await issue({ key: "next" }))).toBe("key_unknown");
    expect(await outcome(await issue({ key: "weak" }))).toBe("key_unknown");
  });

  it("of the key of personal accounts is refused for an organization's token", async () => {
    expect(await outcome(await issue({ key: "msa" }))).toBe("key_issuer_mismatch");
  });

  it("under another published key's kid is refused", async () => {
    const other = (await entra.keys()).find(({ kind, signing }) => kind === "ordinary" && !signing);
    expect(await outcome(await issue({ header: { kid: other?.kid } }))).toBe("signature_invalid");
  });

  it("that cannot be checked at all is an error, not an answer", async () => {
    const broken = { kid: "kid", issuer: undefined, modulus: "n", cryptoKey: {} as CryptoKey };
    const find = () => ({ ok: true, value: { set: { issuer: undefined }, keys: [broken] } }) as never;
    const by = createAuthenticator({ io, keys: { ...keys, find }, rules: claimRules, isTenantAllowed: undefined });
    const credential = await issue();
    await expect(async () => present(credential, by)).rejects.toThrow();
    await expect(async () => present(credential, by)).rejects.toThrow();
  });
});

describe("a known token", () => {
  it.each([0, 60, 300])("expires all the same, with a skew of %i s", async (clockSkewSeconds) => {
    const by = createWith({ clockSkewSeconds });
    const credential = await issue({ claims: { exp: frozenNowSeconds + 600 } });
    expect(await outcome(credential, by)).toBe("accepted");
    io.jump((600 + clockSkewSeconds) * 1_000 - 1);
    expect(outcomeAtOnce(credential, by)).toBe("accepted");
    io.jump(1);
    expect(outcomeAtOnce(credential, by)).toBe("expired");
  });

  it("is not valid before its time, where the clock was put back", async () => {
    const credential = await issue();
    expect(await outcome(credential)).toBe("accepted");
    io.jump(-60_000);
    expect(outcomeAtOnce(credential)).toBe("accepted");
    io.jump(-1_000);
    expect(outcomeAtOnce(credential)).toBe("not_yet_valid");
  });

  it("is known by its whole text: one character apart is another token", async () => {
    const credential = await issue();
    expect(await outcome(credential)).toBe("accepted");
    // In the middle of each segment, every character stands for whole bits.
    const middles = [...credential.matchAll(/[\w-]+(?=\.|$)/g)].map((match) => match.index + match[0].length / 2);
    expect(middles).toHaveLength(3);
    for (const middle of middles) {
      const at = Math.floor(middle);
      const other = credential[at] === "A" ? "B" : "A";
      const altered = credential.slice(0, at) + other + credential.slice(at + 1);
      expect(await outcome(altered)).not.toBe("accepted");
      expect(await outcome(altered)).not.toBe("accepted");
      expect(outcomeAtOnce(credential)).toBe("accepted");
    }
  });

  it("goes with its key", async () => {
    const kid = await entra.rollOver("emergency");
    const credential = await issue();
    expect(await outcome(credential)).toBe("accepted");
    await entra.switchKey();
    await entra.removeKey(kid);
    io.jump(hourMs);
    // The last use with the old set starts its refresh.
    expect(outcomeAtOnce(credential)).toBe("accepted");
    await Promise.all(background);
    const refused = outcome(credential);
    await io.advance(1_000);
    expect(await refused).toBe("key_unknown");
  });

  it("stays known through a refresh that leaves its key", async () => {
    const credential = await issue();
    expect(await outcome(credential)).toBe("accepted");
    io.jump(hourMs);
    expect(outcomeAtOnce(credential)).toBe("accepted");
    await Promise.all(background);
    expect(io.requests).toHaveLength(2);
    expect(outcomeAtOnce(credential)).toBe("accepted");
  });

  it("goes with its key set, where that could not be renewed for a day", async () => {
    const credential = await issue({ claims: { exp: frozenNowSeconds + 28 * 3_600 } });
    expect(await outcome(credential)).toBe("accepted");
    io.setFetch(() => new Response(null, { status: 503 }));
    io.jump(24 * hourMs - 1);
    expect(outcomeAtOnce(credential)).toBe("accepted");
    await Promise.all(background);
    io.jump(1);
    const refused = outcome(credential);
    await io.advance(1_000);
    expect(await refused).toBe("keys_unavailable");
  });

  it("is verified again where its kid now has another key", async () => {
    let renewed = false;
    const find: KeyStore["find"] = (...wanted) => {
      const found = keys.find(...wanted);
      if (found instanceof Promise || !found.ok || !renewed) return found;
      const others = found.value.keys.map((key) => ({
        ...key,
        issuer: "https://login.microsoftonline.com/other/v2.0",
      }));
      return { ok: true, value: { ...found.value, keys: others } };
    };
    const by = createAuthenticator({ io, keys: { ...keys, find }, rules: claimRules, isTenantAllowed: undefined });
    const credential = await issue();
    expect(await outcome(credential, by)).toBe("accepted");
    renewed = true;
    expect(await outcome(credential, by)).toBe("key_issuer_mismatch");
  });

  it("counts for the configuration that verified it alone", async () => {
    const credential = await issue();
    expect(await outcome(credential)).toBe("accepted");
    expect(await outcome(credential, createWith({ audiences: new Set([otherTenant]) }))).toBe("audience_mismatch");
    const others = { decided: "by-list", allowed: new Set([otherTenant]) } as const;
    expect(await outcome(credential, createWith({ tenants: others }))).toBe("tenant_not_allowed");
    expect(outcomeAtOnce(credential)).toBe("accepted");
  });
});

it("remembers no refusal: a token that was early is valid later", async () => {
  const begins = frozenNowSeconds + 600;
  const credential = await issue({ claims: { nbf: begins, iat: begins, exp: begins + 3_600 } });
  expect(outcomeAtOnce(credential)).toBe("not_yet_valid");
  io.jump(600_000);
  expect(await outcome(credential)).toBe("accepted");
});
