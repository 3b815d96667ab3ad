import { readJson } from "../common/json.ts";
import * as limits from "../common/limits.ts";
import { keepValue } from "../common/recent.ts";
import { fail, type Result, succeed } from "../common/result.ts";
import { encodeUtf8 } from "../common/utf8.ts";
import { toHex } from "../http/hex.ts";
import { type ImportedKeys, importSigningKey, type KeyRule, type SigningKey } from "./signing-key.ts";

/** A tenant's key set as published. Tiers share it in this unparsed form. */
export interface KeyDocument {
  /** ID of the key source. */
  readonly id: string;
  readonly fetchedAtMs: number;
  /** Issuer from discovery; `undefined` if the cloud's fixed issuer applies. */
  readonly issuer: string | undefined;
  readonly rule: KeyRule;
  /** The JWKS, as text. */
  readonly text: string;
}

/** A parsed key set with at least one usable key. */
export interface KeySet {
  readonly fetchedAtMs: number;
  readonly from: "authority" | "edge";
  readonly issuer: string | undefined;
  /** SHA-256 of the document in hexadecimal, so that operators can compare the keys of isolates. */
  readonly digest: string;
  /** Keys by key ID. A list has several keys only if the authority published the ID with different ones. */
  readonly keys: KeysById;
}

type KeysById = ReadonlyMap<string, readonly SigningKey[]>;

/** What the sets of an isolate share. All tenants of a cloud publish the same keys, and thousands of them may be in memory. */
export interface SharedKeys {
  readonly imported: ImportedKeys;
  /** Keys of recent documents, by the digest of the document. */
  readonly byDigest: Map<string, KeysById>;
}

/**
 * Parses a key document (RFC 7517 section 5).
 *
 * @param document its source and text
 * @param from the tier that had it
 * @param previous the set that it replaces. Keys in both sets keep their identity, so verified tokens stay known.
 * @param shared what the sets of an isolate share
 * @returns the set, or the fault: not JSON, too many keys, no usable key
 */
export async function parseKeySet(
  document: KeyDocument,
  from: KeySet["from"],
  previous?: KeySet,
  shared?: SharedKeys,
): Promise<Result<KeySet, string>> {
  const members = readMembers(document.text);
  if (members === undefined) return fail("key set is not a JSON object with an array of keys");
  if (members.length > limits.keySetKeys) return fail("key set has too many keys");
  const imported = await Promise.all(
    members.map((member) => importSigningKey(member, document.rule, shared?.imported)),
  );
  const keys = new Map<string, SigningKey[]>();
  for (const key of imported) {
    if (key === undefined) continue;
    const isSame = ({ modulus, issuer }: SigningKey) => modulus === key.modulus && issuer === key.issuer;
    const kept = previous?.keys.get(key.kid)?.find(isSame) ?? key;
    const others = keys.get(key.kid);
    if (others === undefined) keys.set(key.kid, [kept]);
    else if (!others.some(isSame)) others.push(kept);
  }
  if (keys.size === 0) return fail("key set has no usable key");
  const hash = await crypto.subtle.digest("SHA-256", encodeUtf8(document.text));
  const digest = toHex(new Uint8Array(hash));
  const { fetchedAtMs, issuer } = document;
  return succeed({ fetchedAtMs, from, issuer, digest, keys: shared ? share(keys, digest, shared) : keys });
}

/**
 * Returns the keys of an earlier set with the same document if they are the same objects. The digest alone is not sufficient:
 * the rule of another source can admit other keys of the document.
 */
function share(keys: KeysById, digest: string, { byDigest }: SharedKeys): KeysById {
  const earlier = byDigest.get(digest);
  if (earlier !== undefined && hasSameKeys(earlier, keys)) return earlier;
  return keepValue(byDigest, limits.sharedKeySets, digest, keys);
}

function hasSameKeys(one: KeysById, other: KeysById): boolean {
  return (
    one.size === other.size &&
    [...one].every(([kid, list]) => {
      const rest = other.get(kid);
      return rest?.length === list.length && list.every((key, index) => key === rest[index]);
    })
  );
}

function readMembers(text: string): readonly unknown[] | undefined {
  const { keys } = Object(readJson(text));
  return Array.isArray(keys) ? keys : undefined;
}
