import { base64url } from "jose";
import type { RequestContext } from "../../../app/part.ts";
import { hashText } from "../../../base/common/digest.ts";
import * as limits from "../../../base/common/limits.ts";
import { ownCookiePrefix } from "../../../base/http/own-cookies.ts";
import { gateAddress } from "../discovery/document.ts";

/** The step of a sign-in that only the same browser may go on with. */
export type Step = "consent" | "sign-in";

/**
 * Binds a step of a sign-in to the browser. The value is only in a cookie. Its hash is sealed into what the browser
 * sends back, and the name of the cookie begins with it, so several tabs can sign in at the same time.
 */
export interface Binding {
  readonly hash: string;
  /** Values of `Set-Cookie`: the new cookie, and the deletion of the oldest if there are too many. */
  readonly cookies: readonly string[];
}

/** @returns what is wrong: no cookie of this step, or one with another value; `undefined` if it is the same browser */
export type BindingProblem = "Missing" | "Mismatch";

/** Creates a binding for the browser of a request. */
export async function createBinding(context: RequestContext, step: Step): Promise<Binding> {
  const value = base64url.encode(crypto.getRandomValues(new Uint8Array(32)));
  const hash = await hashText(value);
  const start = startOf(context, step);
  // Browsers send the oldest cookie first (RFC 6265 section 5.4).
  const names = readCookies(context).flatMap(([name]) => (name.startsWith(start) ? [name] : []));
  const excess = names.slice(0, Math.max(0, names.length - limits.facadeTabs + 1));
  return {
    hash,
    cookies: [
      ...excess.map((name) => writeCookie(context, name, "", 0)),
      writeCookie(context, nameOf(context, step, hash), value, limits.facadeSignInMilliseconds / 1_000),
    ],
  };
}

/** Compares the browser of a request with that of a binding. */
export async function checkBinding(
  context: RequestContext,
  step: Step,
  hash: string,
): Promise<BindingProblem | undefined> {
  const wanted = nameOf(context, step, hash);
  const values = readCookies(context).flatMap(([name, value]) => (name === wanted ? [value] : []));
  if (values.length === 0) return "Missing";
  const hashes = await Promise.all(values.map(hashText));
  return hashes.every((each) => each === hash) ? undefined : "Mismatch";
}

/** @returns the value of `Set-Cookie` that ends a binding */
export function endBinding(context: RequestContext, step: Step, hash: string): string {
  return writeCookie(context, nameOf(context, step, hash), "", 0);
}

function nameOf(context: RequestContext, step: Step, hash: string): string {
  return `${startOf(context, step)}${hash.slice(0, 16)}`;
}

/** Browsers accept the prefix only over https. Over http, which only loopback may use, the cookie has none. */
function startOf(context: RequestContext, step: Step): string {
  return `${isSecure(context) ? "__Host-" : ""}${ownCookiePrefix}${step}-`;
}

function writeCookie(context: RequestContext, name: string, value: string, seconds: number): string {
  const secure = isSecure(context) ? "; Secure" : "";
  return `${name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
}

function isSecure({ setup }: RequestContext): boolean {
  return gateAddress(setup).startsWith("https:");
}

/**
 * Reads cookies exactly as browsers write them. Sub-domains can set cookies for the gate whose names begin with white
 * space, or whose values contain commas. Other parsers find a name with the prefix `__Host-` in them.
 */
function readCookies({ request }: RequestContext): readonly (readonly [name: string, value: string])[] {
  return (request.headers.get("cookie") ?? "").split("; ").map((pair) => {
    const end = pair.indexOf("=");
    return [pair.slice(0, Math.max(0, end)), pair.slice(end + 1)];
  });
}
