/**
 * Gates and apps that admit only callers with a valid access token of Microsoft Entra ID.
 *
 * @module
 */
export { App } from "./app/app.ts";
export type { ApiContact, ApiLicense, AppOptions } from "./app/app-options.ts";
export {
  type OriginNameOptions,
  type OriginOptions,
  type OriginTokenOptions,
  type OriginWebSocketOptions,
  origin,
} from "./app/build/origin.ts";
export type { GroupOptions, RegisterOptions } from "./app/build/scope.ts";
export {
  BadRequestError,
  ConflictError,
  ForbiddenError,
  HttpError,
  InternalError,
  MethodNotAllowedError,
  NotFoundError,
  PayloadTooLargeError,
  type ProblemDetails,
  type ProblemOptions,
  type RequestFault,
  RequestTimeoutError,
  ServiceUnavailableError,
  SlowBodyError,
  TooManyRequestsError,
  UnauthorizedError,
  UnsupportedMediaTypeError,
  ValidationError,
} from "./app/errors/errors.ts";
export type { GateOptions } from "./app/gate-options.ts";
export { type CorsHook, type CorsOptions, cors } from "./app/hooks/cors.ts";
export { GlobalLimiter, type GlobalLimiterState } from "./app/hooks/global-limiter.ts";
export { globalStore } from "./app/hooks/global-store.ts";
export { type RateLimitOptions, rateLimit } from "./app/hooks/rate-limit.ts";
export type { RateHit, RateStore, RateTerms } from "./app/hooks/rate-store.ts";
export { type RequestIdOptions, requestId } from "./app/hooks/request-id.ts";
export { type HstsOptions, type SecureHeadersOptions, secureHeaders } from "./app/hooks/secure-headers.ts";
export { timeout } from "./app/hooks/timeout.ts";
export type { Handler } from "./app/pipeline/pipeline.ts";
export type { Plugin, PluginFunction, PluginObject } from "./app/plugin.ts";
export { type AuthHook, anyOf, type Requiring, requireAuth } from "./app/types/auth.ts";
export type {
  AuthSpec,
  CallerOf,
  ForwardHandler,
  Method,
  RouteDefinition,
  RouteHandler,
  RouteOptions,
  Shorthand,
} from "./app/types/definition.ts";
export type { CorsHandler, HookResult, Hooks } from "./app/types/hooks.ts";
export type { InnerWorker } from "./app/types/inner-worker.ts";
export type {
  HookContext,
  OutputOf,
  ParamsOf,
  PathParams,
  PathString,
  RequestSchemas,
  ResponseSpec,
  ResponsesMap,
  ResultOf,
  RouteContext,
  RouteResult,
  State,
  TokenVerifier,
} from "./app/types/types.ts";
export type { Background, Io } from "./base/common/io.ts";
export type { PlatformContext, TraceHeaders } from "./base/http/call.ts";
export type {
  AuthorityVariables,
  EntraConfig,
  GateEnvironment,
  GateVariables,
  IssuerVariables,
  McpVariables,
  NamedOriginVariables,
} from "./core/config/gate-variables.ts";
export type { Mode } from "./core/config/observation.ts";
export type { Secret } from "./core/config/variables.ts";
export type { AppState } from "./core/guard/app-state.ts";
export type {
  Downstream,
  DownstreamFetch,
  DownstreamRequestInit,
  DownstreamToken,
  OnBehalfOfOptions,
} from "./core/guard/downstream.ts";
export type {
  AuthoritiesProvider,
  DownstreamProvider,
  EntraOptions,
  EntraPluginOptions,
  GroupsProvider,
  IssuerProvider,
  OriginFetch,
  RevocationsProvider,
  SpansProvider,
  TraceProvider,
} from "./core/guard/entra-options.ts";
export { DownstreamError } from "./core/guard/exception.ts";
export type { RevocationCheck } from "./core/policy/revocation.ts";
export type { Requirement, Rule, RuleOptions } from "./core/policy/rule.ts";
export type { PrincipalKind } from "./core/token/claims.ts";
export type { JsonObject } from "./core/token/decode.ts";
export type { Agent } from "./core/token/identity.ts";
export type { Principal } from "./core/token/principal.ts";
export type { TenantCheck } from "./core/token/tenant-check.ts";
export { createEntraPlugin, entraPlugin } from "./entra-plugin.ts";
export { authorities } from "./extensions/authorities/authorities.ts";
export { type DocsOptions, docs } from "./extensions/openapi/docs.ts";
export { type OpenApiOptions, openapi } from "./extensions/openapi/openapi.ts";
export { revocations } from "./extensions/revocations/revocations.ts";
export { type SpanTracer, spans, type TracerSpan } from "./extensions/trace/spans.ts";
export { type TraceOptions, traceContext } from "./extensions/trace/trace.ts";
export { createGate, type Gate } from "./gate.ts";
