import {
  type App,
  addPart,
  addRoute,
  type ForwardHandler,
  type Hooks,
  listHooks,
  origin,
  type PathString,
  type PluginObject,
  type RequestContext,
  viewOf,
} from "../../app/part.ts";
import { isAnything, isTrue, type Rules } from "../../base/common/options.ts";
import type { AppState } from "../../core/guard/app-state.ts";
import type { Principal } from "../../core/token/principal.ts";
import { checkSessionKey } from "../sealing/session-key.ts";
import { createMcpCors } from "./discovery/cors.ts";
import type { ResourceOptions } from "./discovery/types.ts";
import { type TargetKind, toolArguments } from "./messages/message.ts";
import { createNameRules, type NameAccess, type NameMaps, type NameRules } from "./messages/name-rules.ts";
import { arePageOrigins, isOriginAllowed, opaqueOrigin } from "./messages/page-origins.ts";
import { checkPage, createMessageStep } from "./messages/step.ts";
import { checkResource, registerResource } from "./resource.ts";

/** Options of an MCP route, and of its metadata. */
export interface McpOptions extends ResourceOptions, NameMaps {
  /**
   * Hooks that decide who may call the route, and other hooks. Without a requirement, the default requirement applies.
   */
  readonly hooks?: Hooks | readonly Hooks[];
  /** Any caller may call. Requirements of names still require a token. */
  readonly public?: true;
  /**
   * Origins of web pages that may call, in addition to those of the gate: `https://app.contoso.com`. `vscode-webview:`
   * means all webviews of VS Code, and `null` means sandboxed frames and local files.
   */
  readonly origins?: readonly string[];
}

/** An MCP server inside the worker. */
export type McpHandler = (
  request: Request,
  state: AppState & {
    /** The caller. A public route may have none. */
    readonly principal?: Principal;
  },
) => Response | Promise<Response>;

const rules: Rules = {
  hooks: isAnything,
  public: isTrue,
  origins: arePageOrigins,
  tools: isAnything,
  prompts: isAnything,
  resources: isAnything,
};
const methods = ["GET", "POST", "DELETE"] as const;

/**
 * Protects a remote MCP server (Model Context Protocol, Streamable HTTP, 2025-03-26 to 2026-07-28). It includes {@link
 * protectedResource}. With `tools`, `prompts` or `resources`, each name has its own requirement: the gate refuses calls
 * that a caller may not make, and removes such items from lists.
 *
 * @param path of the server: `/mcp`
 * @param options see {@link McpOptions}
 * @param handler a server inside the worker; without it, the origin is the server
 * @throws TypeError if the path or an option is faulty
 *
 * @example
 * app.register(
 *   mcp("/mcp", {
 *     hooks: requireAuth("tools.read"),
 *     tools: { "*": requireAuth("tools.read"), orders_delete: requireAuth("tools.write") },
 *   }),
 * );
 */
export function mcp(
  path: PathString,
  options: McpOptions = {},
  handler: ForwardHandler | McpHandler = origin(),
): PluginObject<App> {
  checkResource("mcp", path, options, rules);
  const { hooks, public: isPublic, origins = [], tools, prompts, resources, ...resource } = options;
  const hasOpaqueOrigin = origins.includes(opaqueOrigin);
  if (isPublic && hasOpaqueOrigin) {
    throw new TypeError(`mcp: origins must not have "${opaqueOrigin}" beside public: true, or every page may call`);
  }
  const policy = createNameRules({
    ...(tools && { tools }),
    ...(prompts && { prompts }),
    ...(resources && { resources }),
  });
  const isAllowed = isOriginAllowed(origins);
  const around = [checkPage(isAllowed), ...(hooks === undefined ? [] : listHooks(hooks))];
  const route = {
    path,
    hooks: around,
    ...(isPublic && { public: true as const }),
    step: createMessageStep(path, policy, isPublic === true),
    cors: createMcpCors(isAllowed),
    handler: typeof handler === "function" ? adapt(handler) : handler,
  };
  return {
    name: "protected resource",
    seed: path,
    register(app) {
      for (const method of methods) {
        const name = `mcp${path.replace(/\W/g, "-")}.${method.toLowerCase()}`;
        addRoute(app, { ...route, method, name, ...(method === "POST" && { freeJson: toolArguments }) });
      }
      registerResource(app, path, resource, {
        requirements: policy.requirements,
        isPublic: isPublic === true,
        hasOpaqueOrigin,
      });
      addPart(app, {
        name: `mcpRoute ${path}`,
        variables: ["GATE_SESSION_KEY"],
        names: { path, entries: policy.entries, accessOf: (kind, name) => accessOf(policy, kind as TargetKind, name) },
        check: (reader) => checkSessionKey(reader),
      });
    },
  };
}

function accessOf(policy: NameRules, kind: TargetKind, name: string): NameAccess {
  return name === "*" ? policy.accessOfOther(kind) : policy.accessOf(kind, name);
}

function adapt(handler: McpHandler) {
  return (context: RequestContext) => handler(context.request, viewOf(context).state);
}
