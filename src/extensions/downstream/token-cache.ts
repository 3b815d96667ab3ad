import { downstreamVariables } from "../../core/config/table.ts";
import type { Secret, VariableReader } from "../../core/config/variables.ts";
import { isKeyList, keyListProblem } from "../sealing/key-list.ts";

/** The part of a KV namespace that the gate uses. */
export interface TokenNamespace {
  get(key: string): Promise<string | null>;
  put(key: string, value: string, options: { readonly expirationTtl: number }): Promise<void>;
  delete(key: string): Promise<void>;
}

/** The store in which isolates share tokens for other APIs, and the keys that encrypt them. */
export interface TokenCacheConfig {
  readonly store: TokenNamespace;
  readonly keys: Secret;
}

const keyExample =
  "TOKEN_CACHE_KEY=2026a:<base64url of 32 random bytes>, as `openssl rand 32 | basenc --base64url` makes them";

/** Reads the binding TOKEN_CACHE and the secret TOKEN_CACHE_KEY. Each requires the other. */
export function readTokenCache(ofGate: VariableReader): TokenCacheConfig | undefined {
  const reader = ofGate.with(downstreamVariables);
  for (const variable of reader.names) {
    if (!/^token_cache[_-]/i.test(variable) || variable === "TOKEN_CACHE_KEY") continue;
    reader.fault(variable, "is not a variable of entra-gate. Did you mean TOKEN_CACHE_KEY?");
  }
  const store = reader.binding<TokenNamespace>("TOKEN_CACHE");
  const keys = reader.secret("TOKEN_CACHE_KEY");
  if (store === undefined) {
    const missing = !reader.isFaulty("TOKEN_CACHE");
    if (keys !== undefined && missing)
      reader.fault("TOKEN_CACHE_KEY", "requires the KV binding TOKEN_CACHE", reader.exampleOf("TOKEN_CACHE"));
    return undefined;
  }
  if (keys === undefined) {
    const missing = !reader.isFaulty("TOKEN_CACHE_KEY");
    if (missing) reader.fault("TOKEN_CACHE_KEY", "is required to encrypt the tokens in KV", keyExample);
    return undefined;
  }
  if (typeof keys === "string" && !isKeyList(keys)) {
    reader.fault("TOKEN_CACHE_KEY", keyListProblem, keyExample);
  }
  return { store, keys };
}
