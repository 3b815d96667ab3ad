import { encodeUtf8 } from "../base/common/utf8.ts";
import { trimEnd, trimStart } from "../base/http/trim.ts";
import type { Principal } from "../core/token/principal.ts";
import { isShownClaim, typeOfClaim } from "./claim-types.ts";
import { listOmissible } from "./omission.ts";
import { countBytes, type HeaderList } from "./request-headers.ts";

/** A claim in the form of the principal header. */
interface ShownClaim {
  readonly name: string;
  /** One object for each value, separated by commas. */
  readonly json: string;
}

/** Claims with a name for display, the best first. v1.0 tokens have `upn`, or `unique_name` for guests. */
const nameClaims = ["preferred_username", "upn", "unique_name", "name"];

/**
 * Writes the headers that identify the caller for the origin, as App Service authentication does.
 *
 * @param roomBytes for all names and values together
 * @returns header names and values; `undefined` if they are too large even without all claims that may be omitted
 * @see https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities
 */
export function writeIdentity(principal: Principal, roomBytes: number): HeaderList | undefined {
  const groups = listGroups(principal);
  const rest = writeWithin(principal, roomBytes - countBytes(groups), []);
  if (rest !== undefined) return [...rest, ...groups];
  return groups.length > 0 ? writeWithin(principal, roomBytes, ["x-entra-groups"]) : undefined;
}

/** @param left out already, in the words of X-Entra-Omitted */
function writeWithin(principal: Principal, roomBytes: number, left: readonly string[]): HeaderList | undefined {
  const { claims } = principal;
  const nameClaim = nameClaims.find((name) => typeof claims[name] === "string");
  const summary = summarize(principal, nameClaim);
  const roomForClaims = roomBytes - countBytes(summary);
  const shown = showClaims(claims);
  const whole = writeClaims(shown, nameClaim, left);
  const excess = countBytes(whole) - roomForClaims;
  if (excess <= 0) return [...whole, ...summary];
  const omitted = chooseOmitted(shown, nameClaim, excess);
  const rest = writeClaims(
    shown.filter(({ name }) => !omitted.has(name)),
    nameClaim,
    [...left, ...omitted],
  );
  return countBytes(rest) <= roomForClaims ? [...rest, ...summary] : undefined;
}

/** Headers that origins can use without a parser. */
function summarize(
  { oid, tid, azp, agent, scopes, roles, claims }: Principal,
  nameClaim: string | undefined,
): HeaderList {
  const name = nameClaim && claims[nameClaim];
  return [
    ["x-ms-client-principal-id", encodeValue(oid)],
    ...(typeof name === "string" ? [["x-ms-client-principal-name", encodeValue(name)] as const] : []),
    ["x-ms-client-principal-idp", "aad"],
    ["x-entra-tenant", encodeValue(tid)],
    ["x-entra-client", encodeValue(azp)],
    ...(agent === undefined ? [] : [["x-entra-agent", agent.acts] as const]),
    ["x-entra-scopes", scopes.map(encodeItem).join(" ")],
    ["x-entra-roles", roles.map(encodeItem).join(" ")],
  ];
}

/** A list that does not fit is left out as a whole. */
function listGroups({ groups }: Principal): HeaderList {
  return groups.length === 0 ? [] : [["x-entra-groups", groups.map(encodeItem).join(" ")]];
}

function showClaims(claims: Principal["claims"]): readonly ShownClaim[] {
  return Object.entries(claims)
    .filter(([name]) => isShownClaim(name))
    .map(([name, value]) => {
      const typ = typeOfClaim(name);
      const values = Array.isArray(value) ? value : [value];
      const objects = values.map((item) => ({ typ, val: typeof item === "string" ? item : JSON.stringify(item) }));
      return { name, json: JSON.stringify(objects).slice(1, -1) };
    })
    .filter(({ json }) => json !== "");
}

/**
 * `name_typ` and `role_typ` are types of claims in the header: .NET reads `Identity.Name` and `IsInRole` from them
 * (azure-functions-host issue 3898). If there is no name, `oid` is used.
 */
function writeClaims(
  shown: readonly ShownClaim[],
  nameClaim: string | undefined,
  omitted: readonly string[],
): HeaderList {
  const types = JSON.stringify({ auth_typ: "aad", name_typ: typeOfClaim(nameClaim ?? "oid"), role_typ: "roles" });
  const claims = shown.map(({ json }) => json).join(",");
  const principal = encodeBase64(`${types.slice(0, -1)},"claims":[${claims}]}`);
  const list = omitted.map(encodeItem).join(" ");
  return [["x-ms-client-principal", principal], ...(list === "" ? [] : [["x-entra-omitted", list] as const])];
}

/**
 * Selects whole claims to omit, until the headers are short enough or no further claim may be omitted.
 *
 * @param excess in bytes of the headers
 */
function chooseOmitted(
  shown: readonly ShownClaim[],
  nameClaim: string | undefined,
  excess: number,
): ReadonlySet<string> {
  const sizes = new Map(shown.map(({ name, json }) => [name, encodeUtf8(json).byteLength + 1]));
  const omitted = new Set<string>();
  // X-Entra-Omitted is one more header, and base64 has groups of 4.
  let missing = excess + "x-entra-omitted".length + 4;
  for (const name of listOmissible(sizes, nameClaim)) {
    if (missing <= 0) break;
    omitted.add(name);
    missing -= ((sizes.get(name) ?? 0) * 4) / 3 - encodeItem(name).length - 1;
  }
  return omitted;
}

/** Uses the built-in function, which is much faster, except in Node 22 and 24, which do not have it. */
function encodeBase64(text: string): string {
  const bytes: Uint8Array & { toBase64?(): string } = encodeUtf8(text);
  return bytes.toBase64?.() ?? btoa(String.fromCharCode(...bytes));
}

/**
 * Percent-encodes characters outside printable ASCII, and `%` and spaces at the ends, which headers drop. Decoding
 * returns the original value. Lone surrogates have no encoding and become U+FFFD.
 */
function encodeValue(value: string): string {
  const text = value.toWellFormed().replace(/[^\x20-\x24\x26-\x7e]+/g, encodeURIComponent);
  const withoutStart = trimStart(text, / /);
  const inner = trimEnd(withoutStart, / /);
  const encode = (spaces: number) => "%20".repeat(spaces);
  return encode(text.length - withoutStart.length) + inner + encode(withoutStart.length - inner.length);
}

/** As {@link encodeValue}, and also all white space and commas, which separate items. */
function encodeItem(item: string): string {
  return item.toWellFormed().replace(/[^\x21-\x24\x26-\x2b\x2d-\x7e]+/g, encodeURIComponent);
}
