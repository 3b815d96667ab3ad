import { describeCause } from "../../cause.ts";
import type { GuardFacts } from "../../guard/facts.ts";
import type { App } from "../app.ts";
import { type AppParts, partsOf } from "../app-parts.ts";
import { checkOptionsOf } from "../contract/check-members.ts";
import type { HookContext } from "../contract/types.ts";
import type { PluginObject } from "../plugin.ts";
import { requestContextOf } from "../serve/handler-context.ts";
import { writeDocument } from "./document.ts";

/** Where the document is, and who may read it. */
export interface OpenApiOptions {
  /** Default `/openapi.json`. */
  readonly path?: string;
  /** Anybody may read it. Without, the app's or the gate's guard asks for a token. */
  readonly public?: true;
}

/** Of the plugin, for those that depend on it. */
export const openapiName = "openapi";
/** Begins the operationId of each route about the API, which is in no document. */
export const ownPrefix = "entra-gate.";
export const documentId = "entra-gate.openapi";

/**
 * Serves the OpenAPI 3.1 document of an app's routes, with those that are declared later. It names the tenant, the API's
 * audience, and every scope and role: without `public`, it is behind the guard like any other route. It is written when it is
 * first asked for. Every gap is a line in the log.
 *
 * @throws TypeError where an option is faulty; where the app serves itself and neither `public` nor `requireAuth` is said
 *
 * @example
 * app.register(openapi(), { hooks: requireAuth("access_as_user") });
 * app.register(openapi({ public: true }));
 */
export function openapi(options: OpenApiOptions = {}): PluginObject<App> {
  checkOptionsOf("openapi", options, ["path", "public"]);
  const { path = "/openapi.json", public: open } = options;
  /** Settled texts, one for each configuration. */
  const texts = new WeakMap<object, string>();
  const withoutGuard = {};

  function write(app: AppParts, context: HookContext, facts: GuardFacts | undefined): string {
    const { io } = requestContextOf(context).server;
    const document = writeDocument({
      info: app.info,
      routes: app.routes.filter(({ operation }) => operation.operationId?.startsWith(ownPrefix) !== true),
      facts,
      report: (route, part, cause) =>
        io.log({ event: "openapi_gap", route, part, ...(cause !== undefined && { cause: describeCause(cause) }) }),
    });
    return JSON.stringify(document);
  }

  return {
    name: openapiName,
    register(app) {
      const definition = { operationId: documentId, ...(open !== undefined && { public: open }) };
      app.get(path as `/${string}`, definition, (context) => {
        const facts = requestContextOf(context as HookContext).setup.facts;
        const key = facts ?? withoutGuard;
        const text = texts.get(key) ?? write(partsOf(app), context as HookContext, facts);
        texts.set(key, text);
        return new Response(text, { headers: { "content-type": "application/json", "cache-control": "no-cache" } });
      });
    },
  };
}
