import { base64url } from "jose";
import { apiUri, audience, blueprint, nowSeconds } from "./names.ts";
import type { Fault, Plan, Presentation, SegmentEdit } from "./plan.ts";
import { isOfCustomers, issuerOf, type KeyName, kidOf, type PrivateKeys, tenantOf } from "./world.ts";

type Member = readonly [name: string, json: string];

const utf8 = new TextEncoder();

/**
 * Makes the token of a plan.
 *
 * @returns the value of the header `Authorization`; `null` without one
 */
export async function writeAuthorization(plan: Plan, keys: PrivateKeys): Promise<string | null> {
  const { faults } = plan;
  const header = writePart("header", listHeader(plan), faults);
  const claims = writePart("claims", fill(listClaims(plan), header, faults), faults);
  const input = `${base64url.encode(header)}.${base64url.encode(claims)}`;
  const segments = [
    base64url.encode(header),
    base64url.encode(claims),
    base64url.encode(await sign(input, plan, keys)),
  ];
  for (const fault of faults) {
    if (fault.at === "segments") segments[fault.index] = editSegment(segments[fault.index]!, fault.edit);
  }
  const token = segments.filter((segment) => segment !== dropped).join(".");
  const presentation = faults.find(({ at }) => at === "authorization");
  return present(token, presentation?.do as Presentation | undefined);
}

function listHeader({ key, version }: Plan): readonly Member[] {
  const kid = kidOf(key);
  const members = { typ: "JWT", alg: "RS256", ...(version === "1.0" && { x5t: kid }), kid };
  return Object.entries(members).map(([name, value]) => [name, JSON.stringify(value)]);
}

function listClaims(plan: Plan): readonly Member[] {
  const { kind, version, client, object, contexts, capabilities, saysKind, issued, lifetime } = plan;
  const tenant = tenantOf(plan);
  const isUser = kind === "user";
  const claims = {
    aud: version === "1.0" ? apiUri : audience,
    iss: version === "1.0" ? `https://sts.windows.net/${tenant}/` : issuerOf(plan, tenant),
    iat: nowSeconds + issued,
    nbf: nowSeconds + issued,
    exp: nowSeconds + issued + lifetime,
    [version === "1.0" ? "appid" : "azp"]: client,
    ...(saysKind && { idtyp: kind }),
    oid: object,
    sub: isUser || plan.isAgent ? "pairwise-subject" : object,
    ...(isUser ? { scp: plan.scopes.join(" ") } : plan.noScopes !== undefined && { scp: plan.noScopes }),
    ...(plan.isAgent && { xms_act_fct: "3 9 11", xms_par_app_azp: blueprint }),
    ...(plan.isAgent && !isUser && { xms_sub_fct: "9 3 11" }),
    ...(plan.isAgent && isUser && plan.isOwnUser && { xms_sub_fct: "13 3" }),
    ...(plan.roles.length > 0 && { roles: plan.roles }),
    ...(plan.groups && { groups: plan.groups }),
    ...plan.groupMarker,
    ...(contexts && { acrs: contexts }),
    ...(capabilities && { xms_cc: capabilities }),
    tid: tenant,
    ver: version,
  };
  return Object.entries(claims).map(([name, value]) => [name, JSON.stringify(value)]);
}

/** Adds a claim that brings the token to a length, or one character less. */
function fill(claims: readonly Member[], header: Uint8Array, faults: readonly Fault[]): readonly Member[] {
  const fault = faults.find(({ at }) => at === "size");
  if (fault?.at !== "size") return claims;
  const signatureCharacters = 342;
  const bare = writePart("claims", [...claims, ["filler", '""']], faults);
  const taken = base64url.encode(header).length + signatureCharacters + 2;
  const bytes = Math.floor(((fault.characters - taken) * 3) / 4) - bare.length;
  return [...claims, ["filler", `"${"x".repeat(Math.max(0, bytes))}"`]];
}

function writePart(part: "header" | "claims", members: readonly Member[], faults: readonly Fault[]): Uint8Array {
  let list = [...members];
  let [before, after] = ["", ""];
  let invalid = false;
  for (const fault of faults) {
    if (fault.at !== part) continue;
    if (fault.do === "set") {
      const kept = list.filter(([name]) => name !== fault.name);
      list = fault.json === undefined ? kept : [...kept, [fault.name, fault.json]];
    } else if (fault.do === "add") {
      list = fault.first ? [[fault.name, fault.json], ...list] : [...list, [fault.name, fault.json]];
    } else if (fault.do === "wrap") {
      [before, after] = [fault.before + before, after + fault.after];
    } else invalid = true;
  }
  const text = `${before}{${list.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(",")}}${after}`;
  const bytes = utf8.encode(text);
  // An overlong "/" inside a string.
  return invalid ? replaceFirst(bytes, utf8.encode('{"'), Uint8Array.of(0x7b, 0x22, 0xc0, 0xaf)) : bytes;
}

function replaceFirst(bytes: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array {
  const at = bytes.findIndex((_byte, index) => from.every((wanted, offset) => bytes[index + offset] === wanted));
  return at === -1 ? bytes : Uint8Array.of(...bytes.slice(0, at), ...to, ...bytes.slice(at + from.length));
}

async function sign(input: string, plan: Plan, keysOf: PrivateKeys): Promise<Uint8Array> {
  const { key: name, faults } = plan;
  const edit = faults.find(({ at }) => at === "signature")?.do;
  const other: KeyName = name === "templated-key-1" ? "templated-key-2" : "templated-key-1";
  const keys = keysOf(isOfCustomers(plan) !== (edit === "key of the other authority"));
  const key = keys.get(edit === "other key" ? other : name)!;
  const signed = edit === "of another token" ? `${input}x` : input;
  if (edit === "sha-512") return signWithSha512(key, signed);
  const signature = new Uint8Array(await crypto.subtle.sign("RSASSA-PKCS1-v1_5", key, utf8.encode(signed)));
  if (edit === "zeros") return signature.fill(0);
  if (edit === "flip a bit") signature[100]! ^= 1;
  return signature;
}

async function signWithSha512(key: CryptoKey, input: string): Promise<Uint8Array> {
  const jwk = (await crypto.subtle.exportKey("jwk", key)) as JsonWebKey;
  const { alg: _alg, key_ops: _operations, ...rest } = jwk;
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-512" };
  const other = await crypto.subtle.importKey("jwk", rest, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign(algorithm.name, other, utf8.encode(input)));
}

const dropped = "\u0000";

function editSegment(segment: string, edit: SegmentEdit): string {
  if (segment === dropped) return segment;
  switch (edit) {
    case "pad":
      return `${segment}=`;
    case "empty":
      return "";
    case "drop":
      return dropped;
    case "repeat":
      return `${segment}.${segment}`;
    case "truncate":
      return segment.slice(0, -1);
    case "standard alphabet":
      return segment.replaceAll("-", "+").replaceAll("_", "/");
    case "trailing bits":
      return segment.slice(0, -1) + nextCharacter(segment.at(-1));
  }
}

/** Changes the last bit, which has no meaning unless the segment's length is a multiple of four. */
function nextCharacter(character = "A"): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return alphabet.charAt(alphabet.indexOf(character) ^ 1);
}

function present(token: string, presentation: Presentation | undefined): string | null {
  const forms: Readonly<Record<Presentation, string | null>> = {
    absent: null,
    bare: token,
    empty: "Bearer",
    "lower case": `bearer ${token}`,
    "upper case": `BEARER ${token}`,
    "three spaces": `Bearer   ${token}`,
    tab: `Bearer\t${token}`,
    twice: `Bearer ${token}, Bearer ${token}`,
    "with a parameter": `Bearer ${token}; x=y`,
    basic: `Basic ${token}`,
    dpop: `DPoP ${token}`,
    "two schemes": `Basic eHg6eXk=, Bearer ${token}`,
    quoted: `Bearer "${token}"`,
    "trailing text": `Bearer ${token} x`,
  };
  return presentation === undefined ? `Bearer ${token}` : forms[presentation];
}
