import { type App, readDeclarations } from "../../../app/part.ts";
import { defaultAuthority } from "../../../base/common/authority-name.ts";
import type { Config } from "../../../core/config/config.ts";
import type { VariableReader } from "../../../core/config/variables.ts";
import { listAdmitted } from "../../../core/guard/authorities.ts";
import type { Access, Requirement } from "../../../core/policy/rule.ts";
import { qualifyRefusals } from "./challenge.ts";
import { anyOrigin } from "./cors.ts";
import { documentPathOf, gateAddress, isDiscoveryPath } from "./document.ts";
import { listScopes } from "./scopes.ts";
import type { ProtectedResource, ResourceOptions } from "./types.ts";

/** What a plugin that includes a resource adds to it. */
export interface ResourceAdditions {
  /** Requirements in addition to those of the routes. */
  readonly requirements?: readonly Requirement[];
  readonly isPublic?: boolean;
  readonly hasOpaqueOrigin?: boolean;
}

/**
 * Creates the part that a resource adds to its app: challenges for its routes, and requirements for the configuration.
 */
export function createResource(
  app: App,
  path: string,
  options: ResourceOptions,
  { requirements = [], isPublic = false, hasOpaqueOrigin = false }: ResourceAdditions = {},
): ProtectedResource {
  const ofTools: Access[] = requirements.map((requirement) => ({ kind: "required", requirements: [requirement] }));
  const listGuarded = () => resource.listRoutes().map(({ access }) => access);
  const resource: ProtectedResource = {
    name: `protected resource ${path}`,
    resourcePath: path,
    isPublic,
    hasOpaqueOrigin,
    options,
    urlOf: (setup) => `${gateAddress(setup)}${path === "/" ? "" : path}`,
    listRoutes: () =>
      readDeclarations(app).routes.filter(
        ({ path: routePath, access }) => access.kind !== "public" && findResource(app, routePath) === resource,
      ),
    authoritiesOf(facts) {
      const guarded = listGuarded();
      // Callers of a tool must meet the requirements of its route too.
      const admitted = new Set(
        (guarded.length > 0 ? guarded : ofTools).flatMap((access) => listAdmitted(facts, access)),
      );
      const named = facts.authorities.filter((each) => admitted.has(each)).map(({ name }) => name);
      return named.length > 0 ? named : [defaultAuthority];
    },
    scopesOf(facts, authorities = resource.authoritiesOf(facts)) {
      return options.scopes ?? listScopes([...listGuarded(), ...ofTools], facts, authorities);
    },
    qualify: (scope, setup) => `${resource.urlOf(setup)}/${scope}`,
    // `doctor` compares this URI with the resource. A facade puts it before the names of scopes.
    variables: ["ENTRA_APP_ID_URI"],
    check: checkConfiguration,
    documents: { includes: isDiscoveryPath, cors: anyOrigin },
    refusalsOf({ path: routePath, access }) {
      const isOwn = routePath !== documentPathOf(path) && findResource(app, routePath) === resource;
      return isOwn ? qualifyRefusals(resource, access) : undefined;
    },
  };
  return resource;
}

function checkConfiguration(reader: VariableReader, { addresses }: Config): void {
  if (addresses !== undefined || reader.isFaulty("GATE_URL")) return;
  const problem = "is required, because a protected resource has the gate's own address";
  reader.fault("GATE_URL", problem, "GATE_URL=https://mcp.contoso.com");
}

/** Returns the most specific resource that contains a path. */
function findResource(app: App, path: string): ProtectedResource | undefined {
  const resources = readDeclarations(app).parts.filter((part): part is ProtectedResource => "resourcePath" in part);
  const around = resources.filter(({ resourcePath }) => isWithin(path, resourcePath));
  return around.sort((one, other) => other.resourcePath.length - one.resourcePath.length)[0];
}

function isWithin(path: string, resourcePath: string): boolean {
  return resourcePath === "/" || path === resourcePath || path.startsWith(`${resourcePath}/`);
}
