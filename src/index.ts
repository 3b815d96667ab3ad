export type { Handler } from "./app/answer.ts";
export { App } from "./app/app.ts";
export type { AppOptions } from "./app/app-options.ts";
export { type AuthHook, or, requireAuth } from "./app/auth.ts";
export { type CorsOptions, cors } from "./app/cors-hook.ts";
export type { AuthSpec, ForwardHandler, Method, RouteDefinition, RouteOptions } from "./app/definition.ts";
export type { Doorkeeper } from "./app/doorkeeper.ts";
export type { Downstream, DownstreamFetch, DownstreamRequestInit, DownstreamToken } from "./app/downstream.ts";
export {
  BadRequestError,
  ConflictError,
  type Fault,
  ForbiddenError,
  HttpError,
  InternalError,
  MethodNotAllowedError,
  NotFoundError,
  PayloadTooLargeError,
  type ProblemDetails,
  RequestTimeoutError,
  ServiceUnavailableError,
  SlowBodyError,
  TooManyRequestsError,
  UnauthorizedError,
  UnsupportedMediaTypeError,
  ValidationError,
} from "./app/errors.ts";
export { GlobalLimiter } from "./app/global-limiter.ts";
export { globalStore } from "./app/global-store.ts";
export type { Hooks } from "./app/hooks.ts";
export { type DocsOptions, docs } from "./app/openapi/docs.ts";
export { type OpenApiOptions, openapi } from "./app/openapi/openapi.ts";
export type { GateOptions } from "./app/options.ts";
export type { Plugin, PluginFunction, PluginObject } from "./app/plugin.ts";
export { type RateLimitOptions, rateLimit } from "./app/rate-limit.ts";
export type { RateHit, RateStore, RateTerms } from "./app/rate-store.ts";
export { type RequestIdOptions, requestId } from "./app/request-id.ts";
export type { Access, Operation, Route, RouteSource } from "./app/route.ts";
export type { GroupOptions, RegisterOptions } from "./app/scope.ts";
export { type HstsOptions, type SecureHeadersOptions, secureHeaders } from "./app/secure-headers.ts";
export { timeout } from "./app/timeout.ts";
export type {
  AppState,
  HookContext,
  ParamsOf,
  PathParams,
  PathString,
  RequestSchemas,
  ResponseSpec,
  ResponsesMap,
  RouteAnswer,
  RouteContext,
} from "./app/types.ts";
export { DownstreamError } from "./cause.ts";
export { createEntraPlugin, type EntraDecisions, entraPlugin } from "./entra-plugin.ts";
export { createGate, type Gate } from "./gate.ts";
export { type OriginOptions, origin } from "./origin/handler.ts";
export type { Requirement, Rule, RuleOptions } from "./policy/requirement.ts";
export type { RevocationCheck } from "./policy/revocation.ts";
export type { Principal } from "./token/principal.ts";
export type { TenantCheck } from "./token/tenant-check.ts";
