import * as limits from "../../base/common/limits.ts";
import { isObject } from "../../base/common/objects.ts";
import { checkMembers, checkOptionsOf, isAnything, type Rule } from "../../base/common/options.ts";
import { addHeaders } from "../../base/http/add-headers.ts";
import { declareOwnCode } from "../../base/http/outgoing-response.ts";
import { checkHooks } from "../types/check-hooks.ts";
import type { Hooks } from "../types/hooks.ts";

/** `Strict-Transport-Security` (RFC 6797 section 6.1). */
export interface HstsOptions {
  /** How long a browser uses only HTTPS, in seconds. */
  readonly maxAgeSeconds: number;
  /** Whether the rule applies to subdomains too. Default: `false`. */
  readonly includeSubDomains?: boolean;
  /** Allows browsers to ship the rule in their preload list. Default: `false`. */
  readonly preload?: boolean;
}

/** Headers to send; `false` omits one. The names are DaloyJS's, if it has one for the header. */
export interface SecureHeadersOptions {
  /**
   * `Content-Security-Policy`. Default: `default-src 'none'; frame-ancestors 'none'`, because an API serves no pages.
   */
  readonly contentSecurityPolicy?: string | false;
  /** `X-Frame-Options`. Default: `DENY`. */
  readonly frameOptions?: "DENY" | "SAMEORIGIN" | false;
  /** `Permissions-Policy`. Default: no camera, microphone, geolocation, payment or USB. */
  readonly permissionsPolicy?: string | false;
  /** `Strict-Transport-Security`. Default: half a year, with subdomains. */
  readonly hsts?: HstsOptions | false;
  /** `Referrer-Policy`. Default: `no-referrer`. */
  readonly referrerPolicy?: string | false;
  /** `Cross-Origin-Opener-Policy`. Default: `same-origin`. */
  readonly crossOriginOpenerPolicy?: string | false;
  /** `Cross-Origin-Resource-Policy`. Default: `same-origin`. */
  readonly crossOriginResourcePolicy?: string | false;
  /** `Cross-Origin-Embedder-Policy`. Default: none. */
  readonly crossOriginEmbedderPolicy?: string | false;
  /** `X-Content-Type-Options: nosniff`. Default: `true`. */
  readonly noSniff?: boolean;
  /** `X-XSS-Protection: 0`. Default: `true`. */
  readonly xssProtection?: boolean;
  /** `Origin-Agent-Cluster: ?1`. Default: `true`. */
  readonly originAgentCluster?: boolean;
  /** `X-DNS-Prefetch-Control: off`. Default: `true`. */
  readonly dnsPrefetchControl?: boolean;
  /** `X-Download-Options: noopen`. Default: `true`. */
  readonly downloadOptions?: boolean;
  /** `X-Permitted-Cross-Domain-Policies: none`. Default: `true`. */
  readonly permittedCrossDomainPolicies?: boolean;
}

/** A header, and how to read its option. */
interface HeaderRule {
  readonly header: string;
  readonly byDefault: string | false;
  /** The valid values, in addition to `false`. */
  readonly expected: string;
  /** @returns `undefined` if the option is malformed */
  read(given: unknown): string | undefined;
}

/** Created on demand, so that a bundle without `secureHeaders` does not contain it. */
function listHeaderRules(): Readonly<Record<keyof SecureHeadersOptions, HeaderRule>> {
  return {
    contentSecurityPolicy: text("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    frameOptions: choice("x-frame-options", ["DENY", "SAMEORIGIN"]),
    permissionsPolicy: text("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    hsts: {
      header: "strict-transport-security",
      byDefault: writeHsts({ maxAgeSeconds: limits.hstsSeconds, includeSubDomains: true }),
      expected: "{ maxAgeSeconds: 31536000, includeSubDomains: true }",
      read: readHsts,
    },
    referrerPolicy: choice("referrer-policy", [
      "no-referrer",
      "no-referrer-when-downgrade",
      "origin",
      "origin-when-cross-origin",
      "same-origin",
      "strict-origin",
      "strict-origin-when-cross-origin",
      "unsafe-url",
    ]),
    crossOriginOpenerPolicy: choice("cross-origin-opener-policy", [
      "same-origin",
      "same-origin-allow-popups",
      "noopener-allow-popups",
      "unsafe-none",
    ]),
    crossOriginResourcePolicy: choice("cross-origin-resource-policy", ["same-origin", "same-site", "cross-origin"]),
    crossOriginEmbedderPolicy: {
      ...choice("cross-origin-embedder-policy", ["require-corp", "credentialless", "unsafe-none"]),
      byDefault: false,
    },
    noSniff: toggle("x-content-type-options", "nosniff"),
    xssProtection: toggle("x-xss-protection", "0"),
    originAgentCluster: toggle("origin-agent-cluster", "?1"),
    dnsPrefetchControl: toggle("x-dns-prefetch-control", "off"),
    downloadOptions: toggle("x-download-options", "noopen"),
    permittedCrossDomainPolicies: toggle("x-permitted-cross-domain-policies", "none"),
  };
}

/**
 * Sets security headers on all responses of an API, including refusals. It keeps headers that the response already has,
 * and removes `X-Powered-By`.
 *
 * @param options see {@link SecureHeadersOptions}; without them, every header has its default
 * @throws TypeError that names an unknown or malformed option
 *
 * @example
 * app.use(secureHeaders());
 * app.use(secureHeaders({ contentSecurityPolicy: "default-src 'self'; frame-ancestors 'none'", hsts: false }));
 */
export function secureHeaders(options: SecureHeadersOptions = {}): Hooks {
  const rules = listHeaderRules();
  const checks = Object.entries(rules).map(([name, rule]) => [name, ruleOf(rule)] as const);
  checkOptionsOf("secureHeaders", options, Object.fromEntries(checks));
  const headers = new Headers();
  for (const [name, { header, byDefault, read }] of Object.entries(rules)) {
    const given = options[name as keyof SecureHeadersOptions];
    const value = given === undefined ? byDefault : given !== false && read(given);
    if (value) headers.set(header, value);
  }
  return checkHooks({
    onSend: declareOwnCode((response: Response) => {
      addHeaders(response, headers);
      if (response.status !== 101) response.headers.delete("x-powered-by");
    }),
  });
}

function ruleOf({ expected, read }: HeaderRule): Rule {
  return (given) => given === false || read(given) !== undefined || `must be ${expected} or false`;
}

/** A header with any valid text. */
function text(header: string, byDefault: string): HeaderRule {
  const read = (given: unknown) => (typeof given === "string" && /^[!-~][ -~]*$/.test(given) ? given : undefined);
  return { header, byDefault, expected: `text like ${JSON.stringify(byDefault)}`, read };
}

/** A header with one of several values. The first is the default. */
function choice(header: string, values: readonly [string, ...string[]]): HeaderRule {
  const read = (given: unknown) => values.find((value) => value === given);
  return { header, byDefault: values[0], expected: values.map((value) => JSON.stringify(value)).join(", "), read };
}

/** A header with only one value. */
function toggle(header: string, value: string): HeaderRule {
  return { header, byDefault: value, expected: "true", read: (given) => (given === true ? value : undefined) };
}

function readHsts(given: unknown): string | undefined {
  if (!isObject(given)) return undefined;
  checkMembers(given, {
    prefix: "hsts.",
    optional: { maxAgeSeconds: isAnything, includeSubDomains: isAnything, preload: isAnything },
  });
  const { maxAgeSeconds, includeSubDomains = false, preload = false } = given as Partial<HstsOptions>;
  const isSound = Number.isSafeInteger(maxAgeSeconds) && (maxAgeSeconds as number) >= 0;
  if (!isSound || typeof includeSubDomains !== "boolean" || typeof preload !== "boolean") return undefined;
  return writeHsts({ maxAgeSeconds: maxAgeSeconds as number, includeSubDomains, preload });
}

function writeHsts({ maxAgeSeconds, includeSubDomains, preload }: HstsOptions): string {
  return [`max-age=${maxAgeSeconds}`, includeSubDomains && "includeSubDomains", preload && "preload"]
    .filter((directive) => typeof directive === "string")
    .join("; ");
}
