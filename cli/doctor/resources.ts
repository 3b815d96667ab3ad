import {
  documentPathOf,
  type Facade,
  listFacadePaths,
  type ProtectedResource,
} from "../../src/cli-exports/documents.ts";
import { findContents } from "../../src/cli-exports/gate.ts";
import { defaultAuthority, defaultRequirement } from "../../src/cli-exports/policy.ts";
import { spellForAuthority } from "../common/authority-variables.ts";
import { platformOf } from "../common/callback-platform.ts";
import { hostOf, isMatch, pathOf } from "../project/zone-patterns.ts";
import { type Finding, findingsOf } from "./finding.ts";
import type { DoctorSubject } from "./subject.ts";

const { good, skipped, warning, fault } = findingsOf("resources");

/** Finds what would stop OAuth clients of protected resources at Entra. */
export function examineResources(subject: DoctorSubject): readonly Finding[] {
  const resources = listResources(subject);
  if (resources.length === 0) return [];
  const facades = [...new Set(resources.flatMap(({ options }) => options.authorizationServer ?? []))];
  const hasMcp = listParts(subject).some(({ names }) => names !== undefined);
  return [
    ...resources.flatMap((resource) => examineResource(resource, subject)),
    ...(hasMcp && subject.code.options.unlisted !== "reject" ? [unreadMessages] : []),
    ...examineVersion(subject),
    ...examinePatterns(resources, subject),
    ...(facades.length > 0 && subject.config.limiter === undefined ? [missingLimiter] : []),
    ...facades.map(({ options }) => describeCallback(options, subject)),
    ...describePlatforms(facades),
  ];
}

const missingLimiter = warning(
  "the facade has no rate limiter: each isolate counts its own requests only",
  '[[ratelimits]] with name = "RATE_LIMITER" in wrangler.toml',
);
const unreadMessages = warning(
  "requests without a route reach the MCP server: the gate reads no message of another method, such as PUT, or below the route",
  'createGate({ unlisted: "reject" })',
);

/** What Entra answers if redirect URIs have another platform than they must have. */
const errorsOfOthers = {
  "Mobile and desktop applications": "Web gives AADSTS7000218",
  Web: "Mobile and desktop applications gives AADSTS700025",
};

function describePlatforms(facades: readonly Facade[]): readonly Finding[] {
  const platforms = new Set(facades.map(({ options }) => platformOf(options)));
  return [...(facades.length === 0 ? [platformOf({})] : platforms)].map((platform) =>
    skipped(
      `the platform of redirect URIs is not visible from here. It must be ${platform}. ${errorsOfOthers[platform]}. Single-page application gives AADSTS9002327`,
    ),
  );
}

function describeCallback({ callback }: Facade["options"], { config }: DoctorSubject): Finding {
  const [address = ""] = config.addresses ?? [];
  return skipped(
    `the redirect URI ${address}${callback} is the only one of the facade: register it in Entra, or Entra answers AADSTS50011`,
  );
}

function examineResource(resource: ProtectedResource, { config, settings, code }: DoctorSubject): readonly Finding[] {
  const { resourcePath, isPublic, hasOpaqueOrigin, options } = resource;
  const facts = {
    addresses: config.addresses,
    authorities: config.authorities,
    defaultRequirement: defaultRequirement(config),
  };
  const url = resource.urlOf(facts);
  const scopes = resource.scopesOf(facts).map((scope) => resource.qualify(scope, facts));
  const [authority = defaultAuthority] = resource.authoritiesOf(facts);
  const variable = spellForAuthority("ENTRA_APP_ID_URI", authority);
  const appIdUri = (code.environment ?? settings.environment)[variable];
  const findings: Finding[] = [];
  if (resourcePath === "/") {
    findings.push(
      warning(
        `${url} has no path: clients add a slash, which no Application ID URI has (AADSTS9010010)`,
        'a path, as in mcp("/mcp", …)',
      ),
    );
  }
  if (options.authorizationServer === undefined) findings.push(...compareUri(url, variable, appIdUri));
  if (hasOpaqueOrigin) {
    findings.push(
      warning(
        `${url} accepts pages of the origin "null": sandboxed frames, which every page can create, and local files`,
        'the exact origins of your pages in place of "null"',
      ),
    );
  }
  if (isPublic) {
    findings.push(
      warning(`${url} is public: any caller may use its tools`, "replace public with hooks: requireAuth(…)"),
    );
  } else if (scopes.length === 0) {
    findings.push(
      warning(
        `${url} names no scope: clients request a scope without an API or no scope, and get a token for Microsoft Graph (AADSTS650053)`,
        'a requirement with a scope, such as requireAuth("tools.read")',
      ),
    );
  } else {
    findings.push(good(`${url}: clients request ${scopes.join(" ")}`));
  }
  return findings;
}

/** Entra compares the parameter `resource` with the Application ID URIs byte for byte. */
function compareUri(url: string, variable: string, appIdUri: unknown): readonly Finding[] {
  const fix = `make ${url} an Application ID URI under Expose an API, then ${variable}=${url}`;
  if (typeof appIdUri !== "string") {
    return [
      warning(`${variable} is missing: without ${url} as an Application ID URI, Entra answers AADSTS9010010`, fix),
    ];
  }
  if (appIdUri.trim() === url) return [];
  const slash = appIdUri.trim().endsWith("/") ? ", and has a slash at the end" : "";
  return [fault(`${variable} is not the resource ${url}${slash}: Entra answers AADSTS9010010`, fix)];
}

function examineVersion({ config }: DoctorSubject): readonly Finding[] {
  if (!config.acceptV1) return [];
  return [
    warning(
      "ENTRA_ACCEPT_V1 accepts v1.0 tokens, but an https Application ID URI requires v2.0 tokens",
      'set "requestedAccessTokenVersion": 2 in the manifest, and remove ENTRA_ACCEPT_V1',
    ),
  ];
}

/** Paths at which clients look for a resource's metadata and for its facade. Their absence is a finding of its own. */
export function listDiscoveryPaths(subject: DoctorSubject): readonly string[] {
  return listResources(subject).flatMap(discoveryPathsOf);
}

const listParts = ({ code }: DoctorSubject) => findContents(code.options.routes)?.parts ?? [];

/** Whether a facade redeems codes with the gate's credential. */
export function usesCredential(subject: DoctorSubject): boolean {
  return listResources(subject).some(({ options }) => options.authorizationServer?.options.credential);
}

function listResources(subject: DoctorSubject): readonly ProtectedResource[] {
  return listParts(subject).filter((each): each is ProtectedResource => "resourcePath" in each);
}

function discoveryPathsOf({ resourcePath, options }: ProtectedResource): readonly string[] {
  const { authorizationServer } = options;
  const ofFacade = authorizationServer === undefined ? [] : listFacadePaths(authorizationServer.options);
  return [documentPathOf(resourcePath), ...ofFacade];
}

/**
 * Finds paths that clients need outside the resource. A route of the zone for the resource alone does not cover them.
 */
function examinePatterns(
  resources: readonly ProtectedResource[],
  { settings, config }: DoctorSubject,
): readonly Finding[] {
  const patterns = settings.wrangler?.patterns ?? [];
  const [address] = config.addresses ?? [];
  if (patterns.length === 0 || address === undefined) return [];
  const { host } = new URL(address);
  const missing = resources
    .flatMap(discoveryPathsOf)
    .filter((path) => !patterns.some((each) => isMatch(host, hostOf(each)) && isMatch(path, pathOf(each))));
  if (missing.length === 0) return [];
  return [
    fault(
      `no route of the zone covers ${[...new Set(missing)].join(", ")}: clients do not find the authorization server`,
      `a pattern ${host}/*, or ${host}/.well-known/* beside the others`,
    ),
  ];
}
