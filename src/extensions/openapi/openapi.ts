import {
  type App,
  addRoute,
  keepPerSetup,
  type PluginObject,
  type RequestContext,
  readDeclarations,
} from "../../app/part.ts";
import { describeCause } from "../../base/common/cause.ts";
import { checkOptionsOf, isAnything } from "../../base/common/options.ts";
import { readAddress } from "../../base/http/path.ts";
import { writeDocument } from "./document.ts";

/** Path of the document, and who may read it. */
export interface OpenApiOptions {
  /** Default: `/openapi.json`. */
  readonly path?: string;
  /** Allows everyone to read the document. Without it, the guard of the app or gate requires a token. */
  readonly public?: true;
}

/** Name of the plugin, for plugins that depend on it. */
export const openapiName = "openapi";
/** Name of its route. */
export const documentName = "openapi";

/**
 * Serves the OpenAPI 3.1 document of an app, including routes that are declared later. The document contains the
 * tenant, the API's audience, and all scopes and roles. With GATE_URL, `servers` has the address of the request.
 * Without `public`, the document is protected like any other route. It is written on the first request, and each gap is
 * logged.
 *
 * @throws TypeError if an option is invalid, or if the app serves itself and neither `public` nor `requireAuth` is
 * present
 *
 * @example
 * app.register(openapi(), { hooks: requireAuth("access_as_user") });
 * app.register(openapi({ public: true }));
 */
export function openapi(options: OpenApiOptions = {}): PluginObject<App> {
  checkOptionsOf("openapi", options, { path: isAnything, public: isAnything });
  const { path = "/openapi.json", public: open } = options;
  /** The text of the document for each address. */
  const textsOf = keepPerSetup(() => new Map<string | undefined, string>());

  function write(app: App, { services, setup }: RequestContext, address: string | undefined): string {
    const { info, routes } = readDeclarations(app);
    const document = writeDocument({
      info,
      routes,
      guard: setup,
      address,
      report: (route, part, cause) =>
        services.io.log({
          event: "openapi_gap",
          level: "warn",
          route,
          part,
          ...(cause !== undefined && { cause: describeCause(cause) }),
        }),
    });
    return JSON.stringify(document);
  }

  return {
    name: openapiName,
    register(app) {
      const answer = (context: RequestContext) => {
        // The gate serves no others, so there are only as many documents as addresses.
        const address = context.setup.addresses && readAddress(context.target.url)?.origin;
        const texts = textsOf(context);
        const text = texts.get(address) ?? write(app, context, address);
        texts.set(address, text);
        return new Response(text, { headers: { "content-type": "application/json", "cache-control": "no-cache" } });
      };
      const access = open !== undefined && { public: open };
      addRoute(app, { method: "GET", path, name: documentName, ...access, handler: answer });
    },
  };
}
