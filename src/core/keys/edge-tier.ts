import { type Io, withDeadline } from "../../base/common/io.ts";
import { parseJson } from "../../base/common/json.ts";
import * as limits from "../../base/common/limits.ts";
import type { KeyDocument } from "./key-set.ts";
import type { KeyRule } from "./signing-key.ts";

/**
 * Returns the cache key of a source's document. Its host is in a top-level domain that never resolves (RFC 2606), so no
 * client request can read or write the entry. The source's ID separates hosts, tenants and versions.
 */
function entryUrl(id: string): string {
  return `https://entra-gate.invalid/keys/1/${encodeURIComponent(id)}`;
}

/**
 * Reads a document that another isolate of this data center fetched. A cache failure is never an error of the request.
 *
 * @returns `undefined` if there is none, if it is too old or of another source, or if the cache is missing, throws or
 * is late
 */
export async function readEdge(
  io: Pick<Io, "openCache" | "after" | "now">,
  id: string,
): Promise<KeyDocument | undefined> {
  try {
    return await withDeadline(io, limits.edgeReadMilliseconds, matchDocument(io, id));
  } catch {
    return undefined;
  }
}

async function matchDocument(io: Pick<Io, "openCache" | "now">, id: string): Promise<KeyDocument | undefined> {
  const cache = await io.openCache();
  const response = await cache?.match(entryUrl(id));
  if (response === undefined) return undefined;
  const entry: unknown = parseJson(await response.text());
  return isDocumentOf(id, entry) && isLive(entry.fetchedAtMs, io.now()) ? entry : undefined;
}

/** Some platforms ignore max-age, so the entry itself contains its age. */
function isLive(fetchedAtMs: number, nowMs: number): boolean {
  return fetchedAtMs <= nowMs && nowMs - fetchedAtMs < limits.keySetLifetimeMilliseconds;
}

function isDocumentOf(sourceId: string, value: unknown): value is KeyDocument {
  const { id, fetchedAtMs, issuer, rule, text } = Object(value);
  return (
    id === sourceId &&
    typeof fetchedAtMs === "number" &&
    (issuer === undefined || typeof issuer === "string") &&
    isRule(rule) &&
    typeof text === "string" &&
    text.length <= limits.keySetBytes
  );
}

/** The text "false" must not count as `true`. */
function isRule(value: unknown): value is KeyRule {
  const { instanceName, tenantSpecific } = Object(value);
  return typeof tenantSpecific === "boolean" && (instanceName === undefined || typeof instanceName === "string");
}

/** Shares a fetched document with the other isolates of this data center. Never throws. */
export async function writeEdge(io: Pick<Io, "openCache">, document: KeyDocument): Promise<void> {
  try {
    const cache = await io.openCache();
    const maxAgeSeconds = limits.keySetLifetimeMilliseconds / 1_000;
    const headers = { "cache-control": `max-age=${maxAgeSeconds}` };
    await cache?.put(entryUrl(document.id), Response.json(document, { headers }));
  } catch {
    // The next isolate fetches the document itself.
  }
}
