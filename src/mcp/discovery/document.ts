import type { PathString } from "../../app/types/types.ts";
import { pinDiscovery } from "../../authority/discovery.ts";
import type { GateSetup } from "../../guard/setup.ts";
import type { ResourceExtension, ResourceFacts, ResourceOptions } from "./types.ts";

const wellKnown = "/.well-known/oauth-protected-resource";
/** Metadata that clients look for (RFC 9728, RFC 8414, OpenID Connect Discovery), at the path of the resource too. */
const discovery =
  /^\/\.well-known\/(?:oauth-protected-resource|oauth-authorization-server|openid-configuration)(?:\/|$)/;

/** Path prefix of the metadata of a resource (RFC 9728 section 3.1). */
export function documentPathOf(path: string): PathString {
  return path === "/" ? wellKnown : `${wellKnown}${path}`;
}

/** Whether clients look for metadata at a path before they have a token. */
export function isDiscoveryPath(path: string): boolean {
  return discovery.test(path);
}

/** Answers with the metadata of one resource. It is the same for every caller, so any cache may store it. */
export interface Documents {
  respond(setup: GateSetup): Response;
}

/** Creates the documents of a resource, one for each configuration. Nothing in them comes from the request. */
export function createDocuments(extension: ResourceExtension, options: ResourceOptions): Documents {
  const texts = new WeakMap<GateSetup, string>();
  return {
    respond(setup) {
      const text = texts.get(setup) ?? JSON.stringify(writeDocument(extension, options, setup));
      texts.set(setup, text);
      const headers = { "content-type": "application/json", "cache-control": "public, max-age=3600" };
      return new Response(text, { headers });
    },
  };
}

/** RFC 9728 section 2. */
function writeDocument(extension: ResourceExtension, options: ResourceOptions, setup: GateSetup): object {
  const { name, documentation, authorizationServer } = options;
  return {
    resource: extension.urlOf(setup),
    authorization_servers: authorizationServer ? [gateAddress(setup)] : listIssuers(setup),
    scopes_supported: extension.scopesOf(setup).map((scope) => extension.qualify(scope, setup)),
    bearer_methods_supported: ["header"],
    resource_name: name,
    resource_documentation: documentation,
  };
}

/** The first address of GATE_URL, which is required here. */
export function gateAddress({ addresses }: ResourceFacts): string {
  const [first = ""] = addresses ?? [];
  return first;
}

/**
 * The v2.0 issuers of the allowed tenants, in the order of the configuration. Clients use the first one. If code
 * decides about tenants, `organizations` represents all of them.
 */
export function listIssuers({ facts }: GateSetup): readonly string[] {
  if (facts === undefined) return [];
  const { login, tenants } = facts;
  if (tenants.decided !== "by-list") return [`${login}/organizations/v2.0`];
  // External ID has two issuers for a tenant. The last one names the tenant by its GUID.
  return [...tenants.allowed].flatMap((tenant) => pinDiscovery(login, tenant, "2.0").issuers.at(-1) ?? []);
}
