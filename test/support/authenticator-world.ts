import { createEntra, type Entra } from "../../entra/entra.ts";
import type { AccessTokenOptions } from "../../entra/tokens/issuer.ts";
import { createKeyStore, type KeyStore } from "../../src/core/keys/key-store.ts";
import { type Authenticate, createAuthenticate, createTokenChecks } from "../../src/core/token/authenticator.ts";
import type { ClaimRules } from "../../src/core/token/claims.ts";
import { claimRules } from "./claims.ts";
import { createFakeIo, type FakeIo, frozenNowMs } from "./io.ts";

/** All worlds of a file share one Entra, because creating its keys takes longer than any test. Each sets its clock. */
let clock: Pick<FakeIo, "now"> = { now: () => frozenNowMs };
export const entra: Entra = createEntra({ nowSeconds: () => Math.floor(clock.now() / 1_000) });

/** A `Bearer` credential. */
export const issue = async (options?: AccessTokenOptions) => `Bearer ${await entra.issueAccessToken(options)}`;

/** One isolate that authenticates, with the local Entra. */
export interface AuthenticatorWorld {
  readonly io: FakeIo;
  readonly keys: KeyStore;
  /** Work that continues after the response. */
  readonly background: Promise<unknown>[];
  /** Another configuration of the same isolate. */
  createWith(rules: Partial<ClaimRules>, store?: KeyStore, authorities?: number): Authenticate;
  present(credential: string | null, by?: Authenticate): ReturnType<Authenticate>;
  /** `accepted`, or the reason of the refusal. */
  outcome(credential: string | null, by?: Authenticate): Promise<string>;
  /** Object IDs of the caller's groups that a requirement names. */
  groupsOf(credential: string): Promise<readonly string[] | undefined>;
  /** The same, if the result must be synchronous. */
  outcomeAtOnce(credential: string | null, by?: Authenticate): string;
}

export function createAuthenticatorWorld(): AuthenticatorWorld {
  const io = createFakeIo({ fetch: (request) => entra.fetch(request) });
  clock = io;
  const keys = createKeyStore(io);
  const background: Promise<unknown>[] = [];
  const createWith = (rules: Partial<ClaimRules>, store = keys, authorities = 1) => {
    const options = { io, keys: store, rules: { ...claimRules, ...rules }, authorities, keepsIds: false };
    return createAuthenticate(createTokenChecks({ ...options, isTenantAllowed: undefined }));
  };
  const ordinary = createWith({});
  const present = (credential: string | null, by = ordinary) => by(credential, (work) => void background.push(work));
  return {
    io,
    keys,
    background,
    createWith,
    present,
    async outcome(credential, by) {
      const result = await present(credential, by);
      return result.ok ? "accepted" : result.error.reason;
    },
    async groupsOf(credential) {
      const result = await present(credential);
      return result.ok ? result.value.identity.groups : undefined;
    },
    outcomeAtOnce(credential, by) {
      const result = present(credential, by);
      if (result instanceof Promise) return "a promise";
      return result.ok ? "accepted" : result.error.reason;
    },
  };
}
