import { beforeEach, describe, expect, it, vi } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { createAuthority } from "../../../src/core/authority/authority.ts";
import { type VerifiedToken, weighToken } from "../../../src/core/token/verified-tokens.ts";
import { type AuthenticatorWorld, createAuthenticatorWorld, entra, issue } from "../../support/authenticator-world.ts";
import { audience, otherTenant, tenant, user, userClaimsV1 } from "../../support/claims.ts";
import { frozenNowSeconds } from "../../support/io.ts";

let world: AuthenticatorWorld;

beforeEach(() => {
  world = createAuthenticatorWorld();
});

/** Rules that accept version 1.0 too. */
const acceptBoth = () =>
  world.createWith({
    authority: createAuthority({
      cloud: "public",
      authority: undefined,
      acceptV1: true,
      tenants: { decided: "in-code" },
    }),
    audiences: new Set([audience, String(userClaimsV1.aud)]),
  });

describe("a valid token", () => {
  it("yields its principal after one look-up of the tenant's keys", async () => {
    const result = await world.present(await issue());
    expect(result).toMatchObject({
      ok: true,
      value: { principal: { kind: "user", oid: user, tid: tenant }, keys: "waited" },
    });
    expect(world.io.requests.map(({ url }) => url)).toEqual([
      `https://login.microsoftonline.com/${tenant}/discovery/v2.0/keys`,
    ]);
  });

  it("is accepted synchronously the second time", async () => {
    const credential = await issue();
    const first = await world.present(credential);
    expect(world.present(credential)).toMatchObject({ ok: true, value: { keys: "hit" } });
    expect(world.outcomeAtOnce(credential)).toBe("accepted");
    const second = world.present(credential);
    if (!first.ok || !("ok" in second) || !second.ok) throw new Error("the token was refused");
    expect(second.value.principal).toEqual(first.value.principal);
    expect(second.value.identity).toBe(first.value.identity);
    expect(world.io.requests).toHaveLength(1);
  });

  it("of version 1.0 is checked against the keys of that version, and against those of v2.0, which name their tenant", async () => {
    expect(await world.outcome(await issue({ version: 1 }), acceptBoth())).toBe("accepted");
    expect(world.io.requests.map(({ url }) => url)).toEqual([
      `https://login.microsoftonline.com/${tenant}/discovery/keys`,
      `https://login.microsoftonline.com/${tenant}/discovery/v2.0/keys`,
    ]);
  });
});

describe("the header of a token", () => {
  /** Counts the JSON texts that are parsed while a token is checked. */
  async function countParsed(credential: string, reason = "accepted"): Promise<number> {
    const parse = vi.spyOn(JSON, "parse");
    try {
      expect(await world.outcome(credential)).toBe(reason);
      return parse.mock.calls.length;
    } finally {
      parse.mockRestore();
    }
  }

  it("is decoded once for all tokens with the same text, but kept only of verified tokens", async () => {
    const issueWith = (header: object, claims: object) => issue({ header: { ...header }, claims: { ...claims } });
    await world.outcome(await issue());
    const known = await countParsed(await issueWith({}, { own: 1 }));
    const other = await countParsed(await issueWith({ own: 1 }, {}));
    expect(other).toBe(known + 1);
    expect(await countParsed(await issueWith({ own: 1 }, { own: 1 }))).toBe(known);
    const tamper = (credential: string) => credential.replace(/\.[^.]*$/, `.${"A".repeat(342)}`);
    const invented = await issueWith({ own: 2 }, {});
    expect(await countParsed(tamper(invented), "signature_invalid")).toBe(other);
    expect(await countParsed(invented)).toBe(other);
  });
});

describe("a tenant that the configuration does not name", () => {
  const established = () => world.keys.describe().flatMap((state) => (state.established ? [state.source] : []));
  const keySet = (version: string) => `https://login.microsoftonline.com/${tenant}/discovery/${version}keys`;

  it("is established only by a valid token, in version 1.0 for both documents", async () => {
    const both = acceptBoth();
    expect(await world.outcome(await issue({ version: 1, key: "next" }), both)).toBe("key_unknown");
    expect(established()).toEqual([]);
    expect(await world.outcome(await issue(), both)).toBe("accepted");
    expect(established()).toEqual([keySet("v2.0/")]);
    world = createAuthenticatorWorld();
    expect(await world.outcome(await issue({ version: 1 }), acceptBoth())).toBe("accepted");
    expect(established().sort()).toEqual([keySet(""), keySet("v2.0/")]);
  });
});

describe("a token with an obvious fault", () => {
  it("is refused for its characters before its form, wherever they are", async () => {
    const valid = await issue();
    for (const character of [",", " ", '"', "\t", "\u00e9"]) {
      for (const at of [10, valid.indexOf(".") + 10, valid.length - 10, valid.length]) {
        const credential = `${valid.slice(0, at)}${character}${valid.slice(at)}`;
        const reason = character === "," ? "credential_repeated" : "credential_malformed";
        expect(world.outcomeAtOnce(credential), JSON.stringify([character, at])).toBe(reason);
      }
    }
    expect(world.outcomeAtOnce('Bearer {"payload":"e30","signatures":[]}')).toBe("token_not_compact");
  });

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
    expect(world.outcomeAtOnce(credential)).toBe(reason);
    expect(world.io.requests).toEqual([]);
  });
});

describe("a signature", () => {
  it("by the key of personal accounts is refused in version 1.0, whose keys name no issuer", async () => {
    expect(await world.outcome(await issue({ version: 1, key: "msa" }), acceptBoth())).toBe("key_issuer_mismatch");
  });

  it("by a key of version 1.0 that names another issuer is refused, and no other keys are fetched", async () => {
    world.io.setFetch(async (request) => {
      const { keys } = await (await entra.fetch(request)).json<{ keys: object[] }>();
      return Response.json({ keys: keys.map((key) => ({ ...key, issuer: "https://sts.windows.net/other/" })) });
    });
    expect(await world.outcome(await issue({ version: 1 }), acceptBoth())).toBe("key_issuer_mismatch");
    expect(world.io.requests).toHaveLength(1);
  });

  it("by a key that the tenant does not have is refused", async () => {
    expect(await world.outcome(await issue({ key: "next" }))).toBe("key_unknown");
    expect(await world.outcome(await issue({ key: "weak" }))).toBe("key_unknown");
  });

  it("by the key of personal accounts is refused for an organization's token", async () => {
    expect(await world.outcome(await issue({ key: "msa" }))).toBe("key_issuer_mismatch");
  });

  it("under another published key's kid is refused", async () => {
    const other = (await entra.keys()).find(({ kind, signing }) => kind === "ordinary" && !signing);
    expect(await world.outcome(await issue({ header: { kid: other?.kid } }))).toBe("signature_invalid");
  });

  it("that cannot be checked is an error, not a refusal", async () => {
    const broken = { kid: "kid", issuer: undefined, modulus: "n", cryptoKey: {} as CryptoKey };
    const find = () => ({ ok: true, value: { set: { issuer: undefined }, keys: [broken] } }) as never;
    const by = world.createWith({}, { ...world.keys, find });
    const credential = await issue();
    await expect(async () => world.present(credential, by)).rejects.toThrow();
    await expect(async () => world.present(credential, by)).rejects.toThrow();
  });
});

describe("a block", () => {
  const held = { ok: false, error: { reason: "too_many_failures", retryAfterSeconds: 1 } } as const;
  const nowhere = () => {};

  it("stops unknown tokens before they are checked, but not known tokens", { tags: "failure-limit" }, async () => {
    const credential = await issue();
    const authenticate = world.createWith({});
    expect(authenticate(credential, nowhere, () => held.error)).toEqual(held);
    expect(world.io.requests).toEqual([]);
    expect(await authenticate(credential, nowhere, () => undefined)).toMatchObject({ ok: true });
    expect(authenticate(credential, nowhere, () => held.error)).toMatchObject({ ok: true });
  });

  it("is not checked without a credential", () => {
    const findHold = vi.fn(() => held.error);
    const refused = { ok: false, error: { reason: "credential_missing" } };
    expect(world.createWith({})(null, nowhere, findHold)).toEqual(refused);
    expect(findHold).not.toHaveBeenCalled();
  });
});

it("shares the memory for known tokens among all authorities", { tags: "known-token-memory" }, async () => {
  const credentials = await Promise.all(["one", "two"].map((uti) => issue({ claims: { uti } })));
  const countKnown = async (authorities: number) => {
    const by = world.createWith({}, world.keys, authorities);
    for (const credential of credentials) expect(await world.outcome(credential, by)).toBe("accepted");
    return credentials.filter((credential) => world.outcomeAtOnce(credential, by) === "accepted").length;
  };
  const first = await world.present(credentials[0]!);
  if (!first.ok) throw new Error("the token was refused");
  const bytes = 2 * weighToken(first.value.identity as VerifiedToken);
  const shares = Math.floor((limits.verifiedTokenBytes - limits.sharedValueBytes) / bytes);
  expect([await countKnown(shares), await countKnown(shares + 1)]).toEqual([2, 1]);
});

it("caches no refusal: a token that was early is valid later", async () => {
  const begins = frozenNowSeconds + 600;
  const credential = await issue({ claims: { nbf: begins, iat: begins, exp: begins + 3_600 } });
  expect(world.outcomeAtOnce(credential)).toBe("not_yet_valid");
  world.io.jump(600_000);
  expect(await world.outcome(credential)).toBe("accepted");
});
