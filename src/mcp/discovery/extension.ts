import type { AppContents } from "../../app/app-contents.ts";
import type { Route } from "../../app/pipeline/route.ts";
import { andThen } from "../../common/result.ts";
import type { Config } from "../../config/config.ts";
import type { VariableReader } from "../../config/variables.ts";
import type { Access, Requirement } from "../../policy/requirement.ts";
import { qualifyChallenge } from "./challenge.ts";
import { anyOrigin } from "./cors.ts";
import { gateAddress, isDiscoveryPath } from "./document.ts";
import { listScopes } from "./scopes.ts";
import type { ResourceExtension, ResourceOptions } from "./types.ts";

interface ExtensionOptions {
  readonly contents: AppContents;
  readonly path: string;
  readonly documentPath: string;
  readonly requirements: readonly Requirement[];
  readonly isPublic: boolean;
  readonly hasOpaqueOrigin: boolean;
  readonly options: ResourceOptions;
}

/**
 * Creates what a resource adds to its app: challenges for its routes, CORS for its metadata, and requirements for the
 * configuration.
 */
export function createExtension(given: ExtensionOptions): ResourceExtension {
  const { contents, path, documentPath, requirements, isPublic, hasOpaqueOrigin, options } = given;
  const extension: ResourceExtension = {
    resourcePath: path,
    isPublic,
    hasOpaqueOrigin,
    options,
    urlOf: (setup) => `${gateAddress(setup)}${path === "/" ? "" : path}`,
    scopesOf(setup) {
      if (options.scopes !== undefined) return options.scopes;
      const below = contents.routes.filter((route) => findResource(contents, route.path) === extension);
      const ofTools: Access[] = requirements.map((requirement) => ({ kind: "required", requirements: [requirement] }));
      return listScopes([...below.map(({ access }) => access), ...ofTools], setup);
    },
    qualify: (scope, setup) => `${extension.urlOf(setup)}/${scope}`,
    // `doctor` compares this URI with the resource. A facade puts it before the names of scopes.
    variables: ["ENTRA_APP_ID_URI"],
    check: checkConfiguration,
    documents: { includes: isDiscoveryPath, cors: anyOrigin },
    extend(route) {
      if (route.path === documentPath) return withCors(route, anyOrigin);
      if (findResource(contents, route.path) !== extension) return route;
      const { respond } = route;
      return {
        ...route,
        respond: (context) =>
          andThen(respond(context), (response) =>
            qualifyChallenge(response, context, {
              extension,
              access: route.access,
              metadata: `${gateAddress(context.setup)}${documentPath}`,
            }),
          ),
      };
    },
  };
  return extension;
}

/** Lets browsers call a route with a CORS policy of its own. */
export function withCors(route: Route, cors: NonNullable<Route["cors"]>): Route {
  const { respond } = route;
  const permitted: Route["respond"] = (context) =>
    andThen(respond(context), (response) => response.edit((edited) => cors(context.request, edited)));
  return { ...route, respond: permitted, cors };
}

function checkConfiguration(reader: VariableReader, { addresses }: Config): void {
  if (addresses !== undefined || reader.faults.some(({ variable }) => variable === "GATE_URL")) return;
  const problem = "is required, because a protected resource has the gate's own address";
  reader.fault("GATE_URL", problem, "GATE_URL=https://mcp.contoso.com");
}

/** Returns the most specific resource that contains a path. */
function findResource({ extensions }: AppContents, path: string): ResourceExtension | undefined {
  const resources = extensions.filter((extension): extension is ResourceExtension => "resourcePath" in extension);
  const around = resources.filter(({ resourcePath }) => isWithin(path, resourcePath));
  return around.sort((one, other) => other.resourcePath.length - one.resourcePath.length)[0];
}

function isWithin(path: string, resourcePath: string): boolean {
  return resourcePath === "/" || path === resourcePath || path.startsWith(`${resourcePath}/`);
}
