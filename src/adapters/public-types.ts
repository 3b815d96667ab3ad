/** Types in the public signatures of both adapters. */

export type { Requiring } from "../app/types/auth.ts";
export type { Background, Io } from "../base/common/io.ts";
export type { TraceHeaders } from "../base/http/call.ts";
export type { AuthorityVariables, EntraConfig } from "../core/config/gate-variables.ts";
export type { Secret } from "../core/config/variables.ts";
export type {
  AuthoritiesProvider,
  DownstreamProvider,
  EntraOptions,
  GroupsProvider,
  RevocationsProvider,
  SpansProvider,
  TraceProvider,
} from "../core/guard/entra-options.ts";
export type { RevocationCheck } from "../core/policy/revocation.ts";
export type { Requirement, Rule, RuleOptions } from "../core/policy/rule.ts";
export type { PrincipalKind } from "../core/token/claims.ts";
export type { JsonObject } from "../core/token/decode.ts";
export type { Agent } from "../core/token/identity.ts";
export type { Principal } from "../core/token/principal.ts";
export type { TenantCheck } from "../core/token/tenant-check.ts";
export type { SpanTracer, TracerSpan } from "../extensions/trace/spans.ts";
export type { TraceOptions } from "../extensions/trace/trace.ts";
