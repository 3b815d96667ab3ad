import { ignoreCase } from "../../../base/http/letter-case.ts";
import { findBounds, hasUrlHost, isHierarchical } from "./bounds.ts";

/** What is left of a reading of a URI: what servers distinguish. */
export interface Skeleton {
  /** With the colon; empty if there is none. */
  readonly scheme: string;
  /** What follows the scheme and its slashes. It counts if neither URI has a host, as in `urn:isbn:1`. */
  readonly whole: string;
  /** The same without user and port. */
  readonly bare: string;
  /** Without leading zeros; `undefined` if there is none. */
  readonly port: string | undefined;
  readonly hasHost: boolean;
}

/** Reduces one reading of a URI. */
export function reduce(reading: string): Skeleton {
  const bounds = findBounds(reading);
  const { scheme, start, authorityEnd } = bounds;
  const { host, port } = splitAuthority(reading.slice(start, authorityEnd), scheme);
  const after = reading.slice(authorityEnd);
  // URL parsers read `https://host?query` as `https://host/?query`.
  const root = hasUrlHost(scheme) && !after.startsWith("/") ? "/" : "";
  return {
    scheme: scheme === "" ? "" : `${scheme === "http" ? "https" : scheme}:`,
    whole: reading.slice(start),
    bare: host + root + after,
    port,
    hasHost: isHierarchical(bounds),
  };
}

/** Writes a part of a skeleton without letter case and repeated slashes. */
export function writeText(scheme: string, path: string): string {
  return ignoreCase(scheme + (path.includes("//") ? path.replace(/\/+/g, "/") : path));
}

/** Writes a part without letter case, without empty names and without what is dropped from the end of names. */
export function writeNames(scheme: string, path: string): string {
  if (!/[.\s|$](?:\/|$)|\/[/?#]|:\$|^\/|\/$/.test(path)) return ignoreCase(scheme + path);
  const names = path
    .split("/")
    .map(trimSegment)
    .filter((segment) => segment !== "")
    .join("/");
  return ignoreCase(scheme + names.replace(/\/(?=[?#])/g, ""));
}

/** A text before a query, and the parameters of the query. */
export interface Parted {
  readonly base: string;
  readonly parameters: readonly string[];
}

/**
 * Servers find parameters in any order, and ignore those that they do not know. Some separate them at semicolons. `new
 * URLSearchParams(text)` ignores a question mark at the start of a query.
 */
export function splitQuery(text: string): Parted {
  const start = text.indexOf("?");
  if (start === -1) return { base: text, parameters: [] };
  const parameters = text.slice(start).replace(/^\?+/, "").split(/[&;]/);
  return { base: text.slice(0, start), parameters: parameters.filter((parameter) => parameter !== "") };
}

/** A port counts only if both URIs name one. */
export function isPortAlike(one: string | undefined, other: string | undefined): boolean {
  return one === undefined || other === undefined || one === other;
}

function splitAuthority(authority: string, scheme: string): Pick<Skeleton, "port"> & { readonly host: string } {
  const server = authority.slice(authority.lastIndexOf("@") + 1);
  // An IPv6 address contains colons.
  const colon = server.indexOf(":", server.startsWith("[") ? server.indexOf("]") : 0);
  const [host, text] = colon === -1 ? [server, ""] : [server.slice(0, colon), server.slice(colon + 1)];
  const port = text.replace(/^0+(?=.)/, "") || undefined;
  return {
    host: normalizeHost(trimSegment(host), scheme),
    port: scheme === "http" && port === "80" ? "443" : port,
  };
}

/**
 * Writes an IP address as URL parsers do: `0x7f.1` as `127.0.0.1`. Other schemes have names that look like numbers. An
 * IPv6 address has no zone, and one that stands for an IPv4 address is written as that.
 */
function normalizeHost(host: string, scheme: string): string {
  const isAddress = host.startsWith("[") || (hasUrlHost(scheme) && /(?:^|\.)(?:\d+|0x[\da-f]*)$/i.test(host));
  if (!isAddress) return host;
  const { hostname = host } = URL.parse(`https://${host.replace(/%.*/s, "]")}`) ?? {};
  const [, high, low] = /^\[::ffff:([\da-f]+):([\da-f]+)\]$/.exec(hostname) ?? [];
  return high === undefined ? hostname : (URL.parse(`https://0x${high}${low?.padStart(4, "0")}`)?.hostname ?? hostname);
}

/** Windows reads `key.`, `key `, `key::$DATA` and `key:name:$DATA` as `key`, and `C|` and the share `C$` as `C:`. */
function trimSegment(segment: string): string {
  let end = segment.length;
  for (;;) {
    while (end > 0 && /[.\s]/.test(segment.charAt(end - 1))) end -= 1;
    const type = segment.lastIndexOf(":", end - 1);
    const name = type > 0 && segment.charAt(type + 1) === "$" ? segment.lastIndexOf(":", type - 1) : -1;
    if (name === -1) break;
    end = name;
  }
  const trimmed = segment.slice(0, end);
  return /^[a-z][|$]$/i.test(trimmed) ? `${trimmed.charAt(0)}:` : trimmed;
}
