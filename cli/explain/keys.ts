import { fail, type Io, type Result, succeed } from "../../src/cli-exports/common.ts";
import {
  createKeyStore,
  type Denial,
  type FoundKeys,
  fetchKeyDocument,
  parseKeySet,
} from "../../src/cli-exports/gate.ts";
import type { KeySource } from "../../src/cli-exports/policy.ts";

/** Source of the keys for `explain`. */
export interface Keys {
  find(source: KeySource, kid: string): Promise<Result<FoundKeys, Denial>>;
  /** Whether the kid names a key of one API, in addition to those of its tenant. */
  isKeyOfApp(source: KeySource, kid: string, appId: string): Promise<boolean>;
}

/**
 * Gets keys from the authority with the gate's own key store.
 *
 * @param io network and clock
 */
export function takeKeysFromAuthority(io: Io): Keys {
  const store = createKeyStore(io);
  return {
    find: async (source, kid) => store.find(source, kid, () => {}),
    async isKeyOfApp(source, kid, appId) {
      const { location } = source;
      const url = `${location.url}?appid=${encodeURIComponent(appId)}`;
      const fetched = await fetchKeyDocument(io, { ...source, location: { ...location, url } });
      const parsed = fetched.ok ? await parseKeySet(fetched.value) : fetched;
      return parsed.ok && parsed.value.keys.has(kid);
    },
  };
}

/**
 * Gets keys from a JWKS file.
 *
 * @param text of the document
 * @returns the reason if the text is not a JWKS
 */
export async function takeKeysFromText(text: string, nowMs: number): Promise<Result<Keys, string>> {
  const rule = { instanceName: undefined, tenantSpecific: true };
  const parsed = await parseKeySet({ id: "file", fetchedAtMs: nowMs, issuer: undefined, rule, text });
  if (!parsed.ok) return parsed;
  const set = parsed.value;
  return succeed({
    async find(_source, kid) {
      const keys = set.keys.get(kid);
      return keys === undefined ? fail<Denial>({ reason: "key_unknown" }) : succeed({ set, keys, latency: "hit" });
    },
    isKeyOfApp: async () => false,
  });
}
