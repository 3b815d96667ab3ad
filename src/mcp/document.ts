import type { PathString } from "../app/contract/types.ts";
import { pinDiscovery } from "../authority/discovery.ts";
import type { GateSetup } from "../guard/setup.ts";
import type { ResourceExtension, ResourceFacts, ResourceOptions } from "./types.ts";

const wellKnown = "/.well-known/oauth-protected-resource";

/** Where the metadata of a resource is (RFC 9728 section 3.1). */
export function documentPathOf(path: string): PathString {
  return path === "/" ? wellKnown : `${wellKnown}${path}`;
}

/** Answers with the metadata of one resource: the same for everybody, so it may be stored anywhere. */
export interface Documents {
  answer(setup: GateSetup): Response;
}

/** Makes the documents of a resource, one for each configuration. They come from it alone, never from the request. */
export function createDocuments(extension: ResourceExtension, options: ResourceOptions): Documents {
  const texts = new WeakMap<GateSetup, string>();
  return {
    answer(setup) {
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
    authorization_servers: authorizationServer ? [gateOrigin(setup)] : listIssuers(setup),
    scopes_supported: extension.scopesOf(setup).map((scope) => extension.qualify(scope, setup)),
    bearer_methods_supported: ["header"],
    resource_name: name,
    resource_documentation: documentation,
  };
}

/** The first address of GATE_URL, which is required. */
export function gateOrigin({ addresses }: ResourceFacts): string {
  const [first = ""] = addresses ?? [];
  return first;
}

/**
 * The v2.0 issuers of the allowed tenants, in their order in the configuration: clients use the first. Where code decides about
 * tenants, `organizations` stands in for all of them.
 */
export function listIssuers({ facts }: GateSetup): readonly string[] {
  if (facts === undefined) return [];
  const { login, tenants } = facts;
  if (tenants.decided !== "by-list") return [`${login}/organizations/v2.0`];
  // External ID names its issuer by the tenant's GUID: the last of two.
  return [...tenants.allowed].flatMap((tenant) => pinDiscovery(login, tenant, "2.0").issuers.at(-1) ?? []);
}
