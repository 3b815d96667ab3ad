/**
 * MCP servers: protected resources, policy by tool, and a facade of an authorization server.
 *
 * @module
 */
export type { Facade, FacadeOptions, ResourceOptions } from "./discovery/types.ts";
export { facade } from "./facade.ts";
export type { NameMaps, PolicyMap } from "./messages/name-rules.ts";
export { protectedResource } from "./resource.ts";
export { type McpHandler, type McpOptions, mcp } from "./route.ts";
