import { findParts } from "../../app/app-parts.ts";
import { documentPathOf } from "../../mcp/document.ts";
import { facadePaths } from "../../mcp/facade/facade.ts";
import type { ResourceExtension } from "../../mcp/types.ts";
import { defaultRequirement } from "../../policy/requirement.ts";
import { type Finding, findingsOf } from "./finding.ts";
import type { DoctorSubject } from "./subject.ts";

const { good, skipped, warning, fault } = findingsOf("resources");

/** What OAuth clients of protected resources meet at Entra, before they meet it. */
export function examineResources(subject: DoctorSubject): readonly Finding[] {
  const extensions = findParts(subject.code.options.routes)?.extensions ?? [];
  const resources = extensions.filter((each): each is ResourceExtension => "resourcePath" in each);
  if (resources.length === 0) return [];
  const hasFacade = resources.some(({ options }) => options.authorizationServer !== undefined);
  return [
    ...resources.flatMap((resource) => examineResource(resource, subject)),
    ...examineVersion(subject),
    ...examinePatterns(resources, subject),
    ...(hasFacade && subject.config.limiter === undefined ? [missingLimiter] : []),
    unseenPlatform,
  ];
}

const missingLimiter = warning(
  "the facade has no rate limiter: each isolate counts its requests alone",
  '[[ratelimits]] with name = "RATE_LIMITER" in wrangler.toml',
);
const unseenPlatform = skipped(
  "the platform of redirect URIs is not visible from here. It must be Mobile and desktop applications. Web gives AADSTS7000218. Single-page application gives AADSTS9002327",
);

function examineResource(resource: ResourceExtension, { config, settings, code }: DoctorSubject): readonly Finding[] {
  const { resourcePath, isPublic, options } = resource;
  const facts = {
    addresses: config.addresses,
    defaultRequirement: defaultRequirement(config.requiredScopes, config.requiredRoles),
  };
  const url = resource.urlOf(facts);
  const scopes = resource.scopesOf(facts).map((scope) => resource.qualify(scope, facts));
  const { ENTRA_APP_ID_URI: appIdUri } = code.environment ?? settings.environment;
  const findings: Finding[] = [];
  if (resourcePath === "/") {
    findings.push(
      warning(
        `${url} has no path: clients add a slash, which no Application ID URI has (AADSTS9010010)`,
        'a path, as in mcp("/mcp", …)',
      ),
    );
  }
  if (options.authorizationServer === undefined) findings.push(...compareUri(url, appIdUri));
  if (isPublic) {
    findings.push(warning(`${url} is public: anybody may call its tools`, "hooks: requireAuth(…) in place of public"));
  } else if (scopes.length === 0) {
    findings.push(
      warning(
        `${url} names no scope: clients ask for a bare one or for none, and get a token for Microsoft Graph (AADSTS650053)`,
        'a requirement with a scope, such as requireAuth("tools.read")',
      ),
    );
  } else {
    findings.push(good(`${url}: clients ask for ${scopes.join(" ")}`));
  }
  return findings;
}

/** Entra compares the parameter `resource` with the Application ID URIs, byte for byte. */
function compareUri(url: string, appIdUri: unknown): readonly Finding[] {
  const fix = `make ${url} an Application ID URI under Expose an API, then ENTRA_APP_ID_URI=${url}`;
  if (typeof appIdUri !== "string") {
    return [
      warning(`ENTRA_APP_ID_URI is missing: without ${url} as an Application ID URI, Entra answers AADSTS9010010`, fix),
    ];
  }
  if (appIdUri.trim() === url) return [];
  const slash = appIdUri.trim().endsWith("/") ? ", and has a slash at the end" : "";
  return [fault(`ENTRA_APP_ID_URI is not the resource ${url}${slash}: Entra answers AADSTS9010010`, fix)];
}

function examineVersion({ config }: DoctorSubject): readonly Finding[] {
  if (!config.acceptV1) return [];
  return [
    warning(
      "ENTRA_ACCEPT_V1 lets in v1.0 tokens: an https Application ID URI needs v2.0 tokens",
      '"requestedAccessTokenVersion": 2 in the manifest, and no ENTRA_ACCEPT_V1',
    ),
  ];
}

/** Paths beside the resource, which routes of a zone for the resource alone leave to the origin. */
function examinePatterns(
  resources: readonly ResourceExtension[],
  { settings, config }: DoctorSubject,
): readonly Finding[] {
  const patterns = settings.wrangler?.patterns ?? [];
  const [address] = config.addresses ?? [];
  if (patterns.length === 0 || address === undefined) return [];
  const { host } = new URL(address);
  const covers = patterns.map(readCoverage);
  const missing = resources
    .flatMap(({ resourcePath, options }) => [
      documentPathOf(resourcePath),
      ...(options.authorizationServer === undefined ? [] : facadePaths),
    ])
    .filter((path) => !covers.some((cover) => cover.test(`${host}${path}`)));
  if (missing.length === 0) return [];
  return [
    fault(
      `no route of the zone covers ${[...new Set(missing)].join(", ")}: clients do not find the authorization server`,
      `a pattern ${host}/*, or ${host}/.well-known/* beside the others`,
    ),
  ];
}

/** A pattern as Cloudflare reads it; a custom domain has no path, and covers all of them. */
function readCoverage(pattern: string): RegExp {
  const text = pattern.replace(/^https?:\/\//, "");
  const escaped = (text.includes("/") ? text : `${text}/*`).replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*")}$`);
}
