export { facade } from "./facade/facade.ts";
export type { PolicyMap, PolicyMaps } from "./policy.ts";
export { protectedResource } from "./resource.ts";
export { type McpHandler, type McpOptions, mcp } from "./route.ts";
export type { Facade, FacadeOptions, ResourceOptions } from "./types.ts";
