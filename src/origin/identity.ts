import type { Principal } from "../token/principal.ts";

/** Claims that Microsoft calls opaque, for its own use only. */
const opaqueClaims = new Set(["aio", "rh"]);

const cache = new WeakMap<Principal, readonly (readonly [string, string])[]>();

/**
 * The gate's word to the origin of who calls, in App Service authentication's convention.
 *
 * @returns header names and values, made once for each principal
 * @see https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities
 */
export function identityHeaders(principal: Principal): readonly (readonly [string, string])[] {
  const known = cache.get(principal);
  if (known !== undefined) return known;
  const headers = writeIdentity(principal);
  cache.set(principal, headers);
  return headers;
}

function writeIdentity({ oid, tid, azp, scopes, roles, claims }: Principal): readonly (readonly [string, string])[] {
  const name = [claims.preferred_username, claims.upn, claims.name].find((value) => typeof value === "string");
  return [
    ["x-ms-client-principal", encodeBase64(JSON.stringify(describeClaims(claims)))],
    ["x-ms-client-principal-id", encodeValue(oid)],
    ...(typeof name === "string" ? [["x-ms-client-principal-name", encodeValue(name)] as const] : []),
    ["x-ms-client-principal-idp", "aad"],
    ["x-entra-tenant", encodeValue(tid)],
    ["x-entra-client", encodeValue(azp)],
    ["x-entra-scopes", scopes.map(encodeItem).join(" ")],
    ["x-entra-roles", roles.map(encodeItem).join(" ")],
  ];
}

function describeClaims(claims: Principal["claims"]) {
  const list: { typ: string; val: string }[] = [];
  for (const [typ, value] of Object.entries(claims)) {
    if (opaqueClaims.has(typ)) continue;
    for (const item of Array.isArray(value) ? value : [value]) {
      list.push({ typ, val: typeof item === "string" ? item : JSON.stringify(item) });
    }
  }
  return { auth_typ: "aad", name_typ: "name", role_typ: "roles", claims: list };
}

function encodeBase64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}

/**
 * Percent-encodes what is not printable ASCII, `%` itself and spaces at the ends, which no header keeps, so that decoding
 * gives the value back. Lone surrogates have no encoding: they become U+FFFD.
 */
function encodeValue(value: string): string {
  return value.toWellFormed().replace(/[^\x20-\x24\x26-\x7e]+|^ +| +$/g, encodeURIComponent);
}

/** As {@link encodeValue}, and what separates items: all white space, and the comma where a reader takes it for a list. */
function encodeItem(item: string): string {
  return item.toWellFormed().replace(/[^\x21-\x24\x26-\x2b\x2d-\x7e]+/g, encodeURIComponent);
}
