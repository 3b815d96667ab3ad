import { readJson } from "../../base/common/json.ts";
import * as limits from "../../base/common/limits.ts";
import { keepValue } from "../../base/common/recent.ts";
import { fail, type Result, succeed } from "../../base/common/result.ts";
import { encodeUtf8 } from "../../base/common/utf8.ts";
import { toHex } from "../../base/http/hex.ts";
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

/** A key set whose keys are imported one key ID at a time. */
export interface ArrivingSet extends KeyDocument, Pick<KeySet, "from"> {
  /** Members that are not imported yet, by their key ID. */
  readonly pending: Map<unknown, readonly unknown[]>;
  /** The usable keys of the key IDs that were imported. */
  readonly keys: Map<string, readonly SigningKey[]>;
  /** Keys of the set that it replaces. */
  readonly previous: KeysById | undefined;
  readonly shared: SharedKeys;
}

export type KeysById = ReadonlyMap<string, readonly SigningKey[]>;

/**
 * What the sets of an isolate share. All tenants of a cloud publish the same keys, and thousands of them may be in
 * memory.
 */
export interface SharedKeys {
  readonly imported: ImportedKeys;
  /** Keys of recent documents, by the digest of the document. */
  readonly byDigest: Map<string, KeysById>;
}

export function createSharedKeys(): SharedKeys {
  return { imported: new Map(), byDigest: new Map() };
}

/**
 * Reads a key document (RFC 7517 section 5) without importing its keys.
 *
 * @param document its source and text
 * @param from the tier that had it
 * @param previous keys of the set that it replaces. Keys in both sets keep their identity, so verified tokens stay
 *   known.
 * @param shared what the sets of an isolate share
 * @returns the set, or the fault: not JSON, too many keys
 */
export function readKeySet(
  document: KeyDocument,
  from: KeySet["from"],
  previous: KeysById | undefined,
  shared: SharedKeys,
): Result<ArrivingSet, string> {
  const members = readMembers(document.text);
  if (members === undefined) return fail("key set is not a JSON object with an array of keys");
  if (members.length > limits.keySetKeys) return fail("key set has too many keys");
  const pending = Map.groupBy(members, (member) => Object(member).kid);
  return succeed({ ...document, from, pending, keys: new Map(), previous, shared });
}

/** Imports all keys of a set that have one key ID. */
export async function importKeys(arriving: ArrivingSet, kid: unknown): Promise<void> {
  const { rule, pending, previous, shared } = arriving;
  const members = pending.get(kid) ?? [];
  const imported = await Promise.all(members.map((member) => importSigningKey(member, rule, shared.imported)));
  const keys: SigningKey[] = [];
  for (const key of imported) {
    if (key === undefined) continue;
    const isSame = ({ modulus, issuer }: SigningKey) => modulus === key.modulus && issuer === key.issuer;
    if (!keys.some(isSame)) keys.push(previous?.get(key.kid)?.find(isSame) ?? key);
  }
  // Another request may have imported them in the meantime. Its objects may have verified tokens.
  if (pending.delete(kid) && keys[0] !== undefined) arriving.keys.set(keys[0].kid, keys);
}

/**
 * Imports all keys of a set that are not imported yet.
 *
 * @returns the set, or the fault: no usable key
 */
export async function completeKeySet(arriving: ArrivingSet): Promise<Result<KeySet, string>> {
  const { fetchedAtMs, from, issuer, text, pending, keys, shared } = arriving;
  await Promise.all([...pending.keys()].map((kid) => importKeys(arriving, kid)));
  if (keys.size === 0) return fail("key set has no usable key");
  const hash = await crypto.subtle.digest("SHA-256", encodeUtf8(text));
  const digest = toHex(new Uint8Array(hash));
  return succeed({ fetchedAtMs, from, issuer, digest, keys: share(keys, digest, shared) });
}

/**
 * Reads a key document and imports its keys.
 *
 * @returns the set, or the fault: not JSON, too many keys, no usable key
 */
export async function parseKeySet(document: KeyDocument): Promise<Result<KeySet, string>> {
  const read = readKeySet(document, "authority", undefined, createSharedKeys());
  return read.ok ? completeKeySet(read.value) : read;
}

/**
 * Returns the keys of an earlier set with the same document if they are the same objects. The digest alone is not
 * sufficient: the rule of another source can admit other keys of the document.
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
