import { type Json, readJson } from "./json.ts";

export type Members = ReadonlyMap<string, Json>;

const maximumDepth = 8;

/** RFC 4648 section 5, in its canonical spelling only. */
export function readBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return undefined;
  const base64 = text.replaceAll("-", "+").replaceAll("_", "/");
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const canonical = btoa(String.fromCharCode(...bytes)).replace(/=+$/, "");
  return canonical === base64 ? bytes : undefined;
}

/** Members of a JSON object in valid UTF-8; `undefined` for anything else. */
export function readMembers(bytes: Uint8Array): Members | undefined {
  try {
    const value = readJson(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
    return value instanceof Map && depthOf(value) <= maximumDepth ? value : undefined;
  } catch {
    return undefined;
  }
}

function depthOf(value: Json): number {
  const children = value instanceof Map ? [...value.values()] : Array.isArray(value) ? value : undefined;
  return children === undefined ? 0 : 1 + Math.max(0, ...children.map(depthOf));
}
