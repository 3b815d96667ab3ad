import { beforeEach, describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { createAuthority } from "../../../src/core/authority/authority.ts";
import type { FoundKeys } from "../../../src/core/keys/cached-keys.ts";
import type { KeyStore } from "../../../src/core/keys/key-store.ts";
import { createRequirement } from "../../../src/core/policy/requirement.ts";
import type { Authenticate } from "../../../src/core/token/authenticator.ts";
import { type AuthenticatorWorld, createAuthenticatorWorld, entra, issue } from "../../support/authenticator-world.ts";
import { otherTenant, tenant, userClaimsV1 } from "../../support/claims.ts";
import { frozenNowSeconds } from "../../support/io.ts";

const hourMs = 3_600_000;
const publicCloud = {
  cloud: "public",
  authority: undefined,
  acceptV1: false,
  tenants: { decided: "by-list", allowed: new Set([tenant]) },
} as const;

/** A key set or a discovery document. */
interface Document {
  readonly keys?: readonly { readonly kid: string; readonly issuer?: string }[];
}

let world: AuthenticatorWorld;

beforeEach(() => {
  world = createAuthenticatorWorld();
});

describe("a known token", () => {
  it.each([0, 60, 300])("still expires, with a skew of %i s", async (clockSkewSeconds) => {
    const by = world.createWith({ clockSkewSeconds });
    const credential = await issue({ claims: { exp: frozenNowSeconds + 600 } });
    expect(await world.outcome(credential, by)).toBe("accepted");
    world.io.jump((600 + clockSkewSeconds) * 1_000 - 1);
    expect(world.outcomeAtOnce(credential, by)).toBe("accepted");
    world.io.jump(1);
    expect(world.outcomeAtOnce(credential, by)).toBe("expired");
  });

  it("is not valid before its time if the clock was set back", async () => {
    const credential = await issue();
    expect(await world.outcome(credential)).toBe("accepted");
    world.io.jump(-60_000);
    expect(world.outcomeAtOnce(credential)).toBe("accepted");
    world.io.jump(-1_000);
    expect(world.outcomeAtOnce(credential)).toBe("not_yet_valid");
  });

  it("is recognized by its whole text: one different character is another token", async () => {
    const credential = await issue();
    expect(await world.outcome(credential)).toBe("accepted");
    // In the middle of each segment, every bit of a character counts.
    const middles = [...credential.matchAll(/[\w-]+(?=\.|$)/g)].map((match) => match.index + match[0].length / 2);
    expect(middles).toHaveLength(3);
    for (const middle of middles) {
      const at = Math.floor(middle);
      const other = credential[at] === "A" ? "B" : "A";
      const altered = credential.slice(0, at) + other + credential.slice(at + 1);
      expect(await world.outcome(altered)).not.toBe("accepted");
      expect(await world.outcome(altered)).not.toBe("accepted");
      expect(world.outcomeAtOnce(credential)).toBe("accepted");
    }
  });

  it("is one token in any spelling of its header, so that its owner displaces nobody", {
    tags: "known-token-spelling",
  }, async () => {
    const other = await issue({ persona: "admin" });
    expect(await world.outcome(other)).toBe("accepted");
    const credential = await issue();
    expect(await world.outcome(credential)).toBe("accepted");
    expect(world.outcomeAtOnce(credential.replace("Bearer", "bEARER"))).toBe("accepted");
    // A spelling that is not recalled at once would be verified, and be kept beside the other one.
    for (const spaces of [2, 3, 1_000, 30_000]) {
      expect(world.outcomeAtOnce(credential.replace(" ", " ".repeat(spaces)))).toBe("accepted");
    }
    expect(world.outcomeAtOnce(other)).toBe("accepted");
  });

  it("is refused in a header that is too long", async () => {
    const credential = await issue();
    expect(await world.outcome(credential)).toBe("accepted");
    expect(world.outcomeAtOnce(credential.replace(" ", " ".repeat(limits.tokenBytes)))).toBe("token_too_large");
  });

  it("is dropped with its key", { tags: "withdrawn-keys" }, async () => {
    const kid = await entra.rollOver("emergency");
    const credential = await issue();
    expect(await world.outcome(credential)).toBe("accepted");
    await Promise.all(world.background);
    await entra.switchKey();
    await entra.removeKey(kid);
    world.io.jump(hourMs);
    // The last use with the old set starts its refresh.
    expect(world.outcomeAtOnce(credential)).toBe("accepted");
    await Promise.all(world.background);
    const refused = world.outcome(credential);
    await world.io.advance(1_000);
    expect(await refused).toBe("key_unknown");
    // Now the kid is cached as unknown, but the token as verified.
    expect(await world.outcome(credential)).toBe("key_unknown");
  });

  it("is read again if a requirement names a further group", async () => {
    const group = "96000000-0000-4000-8044-00000000a0a0";
    const credential = await issue({ claims: { groups: [group] } });
    expect(await world.groupsOf(credential)).toEqual([]);
    createRequirement({ scopes: ["a"], groups: [group] });
    expect(await world.groupsOf(credential)).toEqual([group]);
    expect(world.outcomeAtOnce(credential)).toBe("accepted");
  });

  it("stays known through a refresh that keeps its key", async () => {
    const credential = await issue();
    expect(await world.outcome(credential)).toBe("accepted");
    world.io.jump(hourMs);
    expect(world.outcomeAtOnce(credential)).toBe("accepted");
    await Promise.all(world.background);
    expect(world.io.requests).toHaveLength(2);
    expect(world.outcomeAtOnce(credential)).toBe("accepted");
  });

  it("is dropped with a key set that could not be renewed for a day", async () => {
    const credential = await issue({ claims: { exp: frozenNowSeconds + 28 * 3_600 } });
    expect(await world.outcome(credential)).toBe("accepted");
    world.io.setFetch(() => new Response(null, { status: 503 }));
    world.io.jump(24 * hourMs - 1);
    expect(world.outcomeAtOnce(credential)).toBe("accepted");
    await Promise.all(world.background);
    world.io.jump(1);
    const refused = world.outcome(credential);
    await world.io.advance(1_000);
    expect(await refused).toBe("keys_unavailable");
  });

  it("is verified again if its kid now has another key", async () => {
    let renewed = false;
    const replace = (found: FoundKeys): FoundKeys => {
      const issuer = "https://login.microsoftonline.com/other/v2.0";
      return renewed ? { ...found, keys: found.keys.map((key) => ({ ...key, issuer })) } : found;
    };
    const keys: KeyStore = {
      ...world.keys,
      known(...wanted) {
        const found = world.keys.known(...wanted);
        return found && replace(found);
      },
      async find(...wanted) {
        const found = await world.keys.find(...wanted);
        return found.ok ? { ok: true, value: replace(found.value) } : found;
      },
    };
    const by = world.createWith({}, keys);
    const credential = await issue();
    expect(await world.outcome(credential, by)).toBe("accepted");
    renewed = true;
    expect(await world.outcome(credential, by)).toBe("key_issuer_mismatch");
  });

  it("whose key was removed causes one look-up of its own", async () => {
    const kid = await entra.rollOver("emergency");
    const credential = await issue();
    expect(await world.outcome(credential)).toBe("accepted");
    await Promise.all(world.background);
    await entra.switchKey();
    await entra.removeKey(kid);
    world.io.jump(hourMs);
    expect(world.outcomeAtOnce(credential)).toBe("accepted");
    await Promise.all(world.background);
    const { length } = world.io.requests;
    // The clock is frozen, so a request that polls would never end.
    expect(await world.outcome(credential)).toBe("key_unknown");
    expect(world.io.requests).toHaveLength(length + 1);
  });

  /** Replaces the documents of the authority from now on, and lets the gate renew them. */
  async function change(credential: string, by: Authenticate, edit: (url: string, document: Document) => object) {
    world.io.setFetch(async (request) => {
      const response = await entra.fetch(request);
      return Response.json(edit(request.url, await response.json<Document>()));
    });
    world.io.jump(hourMs);
    expect(world.outcomeAtOnce(credential, by)).toBe("accepted");
    await Promise.all(world.background);
  }

  it("of version 1.0 is dropped with the key of v2.0 that vouches for its own", async () => {
    const by = world.createWith({
      authority: createAuthority({ ...publicCloud, acceptV1: true }),
      audiences: new Set([String(userClaimsV1.aud)]),
    });
    const credential = await issue({ version: 1 });
    expect(await world.outcome(credential, by)).toBe("accepted");
    const [current] = (await entra.keys()).filter(({ signing }) => signing);
    await change(credential, by, (url, document) =>
      url.includes("/v2.0/") ? { keys: document.keys?.filter(({ kid }) => kid !== current?.kid) } : document,
    );
    expect(await world.outcome(credential, by)).toBe("key_unknown");
  });

  it.each([
    [2, "accepted"],
    [3, "signature_invalid"],
  ])("behind %i other keys with its key ID and issuer is %s, as a new one is", async (count, expected) => {
    const by = world.createWith({});
    const [credential, another] = [await issue(), await issue({ claims: { uti: "another" } })];
    expect(await world.outcome(credential, by)).toBe("accepted");
    const { kid } = (await entra.keys()).find(({ signing }) => signing)!;
    await change(credential, by, (_, { keys = [] }) => {
      const own = keys.find((key) => key.kid === kid)!;
      const others = keys.filter((key) => key !== own).slice(0, count);
      expect(others).toHaveLength(count);
      return { keys: [...others.map((key) => ({ ...key, kid, issuer: own.issuer })), own] };
    });
    expect([await world.outcome(credential, by), await world.outcome(another, by)]).toEqual([expected, expected]);
  });

  it("is dropped if its discovery document names another issuer, although its key stays", async () => {
    const login = "https://contoso.ciamlogin.com";
    const by = world.createWith({ authority: createAuthority({ ...publicCloud, authority: login }) });
    const credential = await issue({ authority: login });
    // The keys name no issuer, so that only the document does.
    const withoutIssuers = (_url: string, { keys, ...rest }: Document) => ({
      ...rest,
      ...(keys && { keys: keys.map(({ issuer: _, ...key }) => key) }),
    });
    world.io.setFetch(async (request) =>
      Response.json(withoutIssuers("", await (await entra.fetch(request)).json<Document>())),
    );
    expect(await world.outcome(credential, by)).toBe("accepted");
    await change(credential, by, (url, document) => ({
      ...withoutIssuers(url, document),
      ...(document.keys === undefined && { issuer: `https://${tenant}.ciamlogin.com/${tenant}/v2.0` }),
    }));
    expect(await world.outcome(credential, by)).toBe("issuer_mismatch");
  });

  it("is valid only for the configuration that verified it", async () => {
    const credential = await issue();
    expect(await world.outcome(credential)).toBe("accepted");
    expect(await world.outcome(credential, world.createWith({ audiences: new Set([otherTenant]) }))).toBe(
      "audience_mismatch",
    );
    const others = { decided: "by-list", allowed: new Set([otherTenant]) } as const;
    expect(await world.outcome(credential, world.createWith({ tenants: others }))).toBe("tenant_not_allowed");
    expect(world.outcomeAtOnce(credential)).toBe("accepted");
  });
});
