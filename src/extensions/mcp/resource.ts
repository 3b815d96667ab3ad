import { type App, addPart, addRoute, findForwarding, type PathString, type PluginObject } from "../../app/part.ts";
import { checkOptionsOf, isText, isTexts, type Rules } from "../../base/common/options.ts";
import { describeScopeMistake } from "../../core/config/scope.ts";
import { AuthorizationServer } from "./discovery/authorization-server.ts";
import { anyOrigin } from "./discovery/cors.ts";
import { answerWithDocument, documentPathOf } from "./discovery/document.ts";
import { createResource, type ResourceAdditions } from "./discovery/resource.ts";
import type { ResourceOptions } from "./discovery/types.ts";

const resourceRules: Rules = {
  name: (name) => isText(name) === true || "must be text",
  documentation: (url) =>
    URL.parse(String(url))?.protocol === "https:" || "must be a URL like https://docs.contoso.com/mcp",
  scopes: describeScopes,
  authorizationServer: (facade) => facade instanceof AuthorizationServer || "must be facade({ clientId, callback })",
};

function describeScopes(scopes: unknown): true | string {
  if (isTexts(scopes) !== true) return "must be a list of short names like tools.read";
  for (const scope of scopes as readonly string[]) {
    const mistake = describeScopeMistake(scope);
    if (mistake !== undefined) return `has ${JSON.stringify(scope)}, ${mistake}`;
  }
  return true;
}

/**
 * Describes a protected resource to OAuth clients (RFC 9728). The metadata is at
 * `/.well-known/oauth-protected-resource` followed by the path, for any caller, with CORS for any origin. Challenges of
 * the routes at and below the path name the metadata, and their scopes begin with the resource. GATE_URL is required:
 * the resource is its first address and the path.
 *
 * @param path where the resource is, without parameters: `/mcp`, or `/` for the whole origin
 * @param options see {@link ResourceOptions}
 * @throws TypeError if the path or an option is faulty, or the plugin is registered with a prefix
 *
 * @example
 * app.register(protectedResource("/reports", { name: "Reports" }));
 */
export function protectedResource(path: PathString, options: ResourceOptions = {}): PluginObject<App> {
  checkResource("protectedResource", path, options);
  return {
    name: "protected resource",
    seed: path,
    register: (app) => void registerResource(app, path, options),
  };
}

/**
 * Checks the path and the options of a resource.
 *
 * @param caller name of the called function
 * @param others rules of its options that are not those of a resource
 * @throws TypeError that names the faulty argument and gives a correct value
 */
export function checkResource(caller: string, path: unknown, options: ResourceOptions, others?: Rules): void {
  if (typeof path !== "string" || !/^\/(?:[\w.~-]+(?:\/[\w.~-]+)*)?$/.test(path) || /\/\.+(?:\/|$)/.test(path)) {
    throw new TypeError(`${caller}: path must look like /mcp, without parameters or a trailing slash`);
  }
  if (typeof options === "function" || findForwarding(options) !== undefined) {
    throw new TypeError(`${caller}: the options come before the server. Write ${caller}("${path}", {}, origin())`);
  }
  checkOptionsOf(caller, options, { ...resourceRules, ...others });
}

/** Declares the metadata of a resource, and changes the challenges of its routes. */
export function registerResource(
  app: App,
  path: PathString,
  options: ResourceOptions,
  additions?: ResourceAdditions,
): void {
  const documentPath = documentPathOf(path);
  const resource = createResource(app, path, options, additions);
  const route = addRoute(app, {
    method: "GET",
    path: documentPath,
    name: `resource${path.replace(/\W/g, "-")}`,
    public: true,
    cors: anyOrigin,
    handler: answerWithDocument(resource, options),
  });
  if (route.path !== documentPath)
    throw new TypeError(
      "a protected resource must not have a prefix, because its metadata is at the root of the origin",
    );
  addPart(app, resource);
  if (options.authorizationServer instanceof AuthorizationServer) options.authorizationServer.serve(app, resource);
}
