import { parseXml, type XmlElement } from "@rgrove/parse-xml";
import { describeCause } from "../../src/cli-exports/common.ts";
import { UsageError } from "../common/usage-error.ts";
import { add, childrenOf, isLiteral, readClaims, type Takeover } from "./apim-claims.ts";

const policyNames = ["validate-azure-ad-token", "validate-jwt"];

/** Advice for other policies. */
const hints = new Map([
  ["cors", "pass cors({ origin }) to createGate"],
  ["rate-limit", "use rateLimit() on routes, or the binding RATE_LIMITER"],
  ["rate-limit-by-key", "use rateLimit() on routes, or the binding RATE_LIMITER"],
  ["ip-filter", "use a WAF rule of the zone"],
  ["set-header", "set the header in the origin server; identity headers come from the gate"],
  ["rewrite-uri", "rewrite in the origin server; the gate forwards the path that it matched"],
]);

const outerScopes =
  "inbound: base: policies of outer scopes run here too, such as those of the product and of all APIs; convert what they require of callers";

/**
 * Reads a policy document with `validate-azure-ad-token` or `validate-jwt`.
 *
 * @param text XML, escaped as in the format `xml` of API Management
 * @throws UsageError if it is not XML, or does not have exactly one such policy
 */
export function readPolicy(text: string): Takeover {
  const takeover: Takeover = { variables: {}, requirements: [], gaps: [] };
  const root = parse(text);
  const found: XmlElement[] = [];
  for (const section of childrenOf(root)) {
    for (const policy of childrenOf(section)) {
      if (section.name === "inbound" && policyNames.includes(policy.name)) found.push(policy);
      else if (policy.name === "set-backend-service") readBackend(policy, takeover);
      else if (policy.name === "base" && section.name === "inbound") takeover.gaps.push(outerScopes);
      else if (policy.name !== "base") takeover.gaps.push(describePolicy(section.name, policy));
    }
  }
  const [policy, another] = found;
  if (policy === undefined) {
    throw new UsageError("the section inbound of the policy has no validate-azure-ad-token or validate-jwt");
  }
  if (another !== undefined) {
    throw new UsageError("the section inbound of the policy has several policies for tokens: convert them one by one");
  }
  return readTokenPolicy(policy, takeover);
}

function parse(text: string): XmlElement {
  try {
    const { root } = parseXml(text);
    if (root?.name !== "policies") throw new Error("its root element is not <policies>");
    return root;
  } catch (error) {
    const [problem] = describeCause(error).split("\n");
    throw new UsageError(
      `the policy cannot be read: ${problem}. Policy expressions must be escaped: export the policy in the format xml, not rawxml`,
    );
  }
}

function readBackend({ attributes }: XmlElement, { variables, gaps }: Takeover): void {
  const { "base-url": url, ...others } = attributes;
  if (url !== undefined && isLiteral(url)) variables.ORIGIN_URL = url;
  else gaps.push("set-backend-service: set ORIGIN_URL yourself");
  for (const name of Object.keys(others)) gaps.push(`set-backend-service ${name}="${others[name]}"`);
}

function describePolicy(section: string, policy: XmlElement): string {
  const inner = policyNames.filter((name) => hasDescendant(policy, name));
  const hint = hints.get(policy.name);
  const nested =
    inner.length > 0 ? `: it contains ${inner.join(" and ")} under a condition, which the gate does not support` : "";
  return `${section}: ${policy.name}${nested}${hint === undefined ? "" : `: ${hint}`}`;
}

function hasDescendant(element: XmlElement, name: string): boolean {
  return childrenOf(element).some((child) => child.name === name || hasDescendant(child, name));
}

function readTokenPolicy(policy: XmlElement, takeover: Takeover): Takeover {
  for (const [name, value] of Object.entries(policy.attributes)) readAttribute(name, value, takeover);
  for (const element of childrenOf(policy)) {
    if (element.name !== "required-claims") readElement(element, takeover);
  }
  const claims = childrenOf(policy)
    .filter(({ name }) => name === "required-claims")
    .flatMap(childrenOf);
  return { ...takeover, requirements: readClaims(claims, takeover) };
}

function readAttribute(name: string, value: string, takeover: Takeover): void {
  const { variables, gaps } = takeover;
  if (sameAttributes.get(name) === value.toLowerCase()) return;
  if (name === "tenant-id") readTenant(value, takeover);
  else if (name === "clock-skew") {
    const seconds = readSeconds(value);
    if (seconds !== undefined && seconds <= 300) variables.ENTRA_CLOCK_SKEW_SECONDS = String(seconds);
    else
      gaps.push(
        `clock-skew="${value}": the gate allows 0 to 300 seconds, and 60 unless you set ENTRA_CLOCK_SKEW_SECONDS`,
      );
  } else gaps.push(`${name}="${value}": ${attributeHints.get(name) ?? "unknown to entra-gate"}`);
}

/** Values that mean what the gate does. */
const sameAttributes = new Map([
  ["header-name", "authorization"],
  ["require-scheme", "bearer"],
  ["failed-validation-httpcode", "401"],
  ["require-expiration-time", "true"],
  ["require-signed-tokens", "true"],
]);

const attributeHints = new Map([
  ["header-name", "the gate reads the token only from Authorization"],
  ["query-parameter-name", "the gate refuses tokens in the query (RFC 9700)"],
  ["token-value", "the gate reads the token only from Authorization"],
  ["require-scheme", "the gate accepts only the scheme Bearer"],
  ["failed-validation-httpcode", "the gate answers 400, 401 or 403 (RFC 6750)"],
  ["failed-validation-error-message", "the gate's problem details have fixed texts; the reason is in the log"],
  ["require-expiration-time", "the gate requires exp, iat and nbf"],
  ["require-signed-tokens", "the gate requires a signature"],
  ["output-token-variable-name", "the origin server gets the claims in X-MS-CLIENT-PRINCIPAL"],
  ["authentication-endpoint", "set ENTRA_CLOUD or ENTRA_AUTHORITY yourself"],
]);

/** Reads an interval in the format of .NET, or seconds. */
function readSeconds(value: string): number | undefined {
  const [, hours, minutes, seconds] = /^(\d+):(\d+):(\d+)$/.exec(value) ?? [];
  if (hours !== undefined) return Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
  return /^\d+$/.test(value) ? Number(value) : undefined;
}

function readElement(element: XmlElement, takeover: Takeover): void {
  const { variables, gaps } = takeover;
  const texts = childrenOf(element).map(({ text }) => text.trim());
  const open = texts.filter((text) => !isLiteral(text));
  for (const text of open)
    gaps.push(
      `${element.name}: ${text} is a value that only API Management knows: write it into the variables yourself`,
    );
  const values = texts.filter(isLiteral);
  const variable = listVariables.get(element.name);
  if (variable !== undefined) add(variables, variable, values);
  else if (element.name === "issuers") for (const issuer of values) readIssuer(issuer, takeover);
  else if (element.name === "openid-config") readIssuer(element.attributes.url ?? "", takeover);
  else if (element.name === "backend-application-ids") {
    gaps.push(`backend-application-ids (${values.join(", ")}): the gate compares only aud, with ENTRA_API_AUDIENCE`);
  } else gaps.push(`${element.name}: the gate accepts only keys from Entra, and no encrypted tokens`);
}

const listVariables = new Map([
  ["audiences", "ENTRA_API_AUDIENCE"],
  ["client-application-ids", "ENTRA_ALLOWED_CLIENTS"],
]);

const cloudsByHost = new Map([
  ["login.microsoftonline.com", "public"],
  ["login.microsoftonline.us", "usgov"],
  ["login.partner.microsoftonline.cn", "china"],
  ["login.chinacloudapi.cn", "china"],
]);

/**
 * Reads an issuer of Entra, or the URL of its OpenID configuration. The parameter `p` names a policy of Azure AD B2C.
 */
function readIssuer(text: string, takeover: Takeover): void {
  const { variables, gaps } = takeover;
  const url = URL.parse(text);
  const [tenant = "", version] = url?.pathname.split("/").filter(Boolean) ?? [];
  const host = url?.hostname ?? "";
  const cloud = cloudsByHost.get(host);
  if (host === "sts.windows.net") variables.ENTRA_ACCEPT_V1 = "true";
  else if (host.endsWith(".ciamlogin.com")) variables.ENTRA_AUTHORITY = `https://${host}`;
  else if (cloud === undefined || url?.searchParams.has("p")) {
    gaps.push(`${text}: not an authority of Microsoft Entra ID`);
    return;
  } else {
    if (cloud !== "public") variables.ENTRA_CLOUD = cloud;
    if (version !== "v2.0") variables.ENTRA_ACCEPT_V1 = "true";
  }
  readTenant(tenant, takeover);
}

/** The first tenant is the gate's own. If there are more, all of them are on the allowlist. */
function readTenant(text: string, { variables, gaps }: Takeover): void {
  const tenant = text.toLowerCase();
  if (!/^[0-9a-f-]{36}$/.test(tenant)) {
    gaps.push(
      `tenant ${text}: the gate needs the tenant's GUID in ENTRA_TENANT_ID; for several, organizations and ENTRA_ALLOWED_TENANTS`,
    );
    return;
  }
  const { ENTRA_TENANT_ID: known } = variables;
  if (known === undefined) variables.ENTRA_TENANT_ID = tenant;
  else if (known !== tenant) {
    add(variables, "ENTRA_ALLOWED_TENANTS", known === "organizations" ? [tenant] : [known, tenant]);
    variables.ENTRA_TENANT_ID = "organizations";
  }
}
