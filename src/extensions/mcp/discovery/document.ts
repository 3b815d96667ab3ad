import { keepPerSetup, type PathString, type RequestContext } from "../../../app/part.ts";
import { listClientOrigins } from "../../../core/authority/discovery.ts";
import type { AuthoritySetup } from "../../../core/guard/authorities.ts";
import type { GateSetup } from "../../../core/guard/setup.ts";
import type { ProtectedResource, ResourceFacts, ResourceOptions } from "./types.ts";

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

/**
 * Creates the handler that answers with the metadata of a resource. It is the same for every caller, so any cache may
 * store it. Nothing in it comes from the request.
 */
export function answerWithDocument(
  resource: ProtectedResource,
  options: ResourceOptions,
): (context: RequestContext) => Response {
  const textOf = keepPerSetup(({ setup }) => JSON.stringify(writeDocument(resource, options, setup)));
  const headers = { "content-type": "application/json", "cache-control": "public, max-age=3600" };
  return (context) => new Response(textOf(context), { headers });
}

/** RFC 9728 section 2. */
function writeDocument(resource: ProtectedResource, options: ResourceOptions, setup: GateSetup): object {
  const { name, documentation, authorizationServer } = options;
  const authorities = resource.authoritiesOf(setup);
  const named = setup.authorities.filter((each) => authorities.includes(each.name));
  return {
    resource: resource.urlOf(setup),
    authorization_servers: authorizationServer ? [gateAddress(setup)] : named.flatMap(listIssuers),
    scopes_supported: resource
      .scopesOf(setup, authorizationServer && [authorizationServer.options.authority])
      .map((scope) => resource.qualify(scope, setup)),
    bearer_methods_supported: ["header"],
    resource_name: name,
    resource_documentation: documentation,
  };
}

/** The first address of GATE_URL, which is required here. */
export function gateAddress({ addresses }: Pick<ResourceFacts, "addresses">): string {
  const [first = ""] = addresses ?? [];
  return first;
}

/**
 * The addresses of the allowed tenants at the authority, in the order of the configuration. Clients use the first one.
 * If code decides about tenants, `organizations` represents all of them.
 */
export function listIssuers({ login, tenants }: Pick<AuthoritySetup, "login" | "tenants">): readonly string[] {
  if (tenants.decided !== "by-list") return [`${login}/organizations/v2.0`];
  return [...tenants.allowed].map((tenant) => `${listClientOrigins(login, tenant).at(-1)}/${tenant}/v2.0`);
}
