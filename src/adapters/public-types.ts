/** Types in the public signatures of both adapters. */

export type { Requiring } from "../app/types/auth.ts";
export type { Background, Io } from "../common/io.ts";
export type { AuthorityVariables, EntraConfig } from "../config/gate-variables.ts";
export type { Secret } from "../config/variables.ts";
export type {
  AuthoritiesProvider,
  DownstreamProvider,
  EntraOptions,
  GroupsProvider,
  RevocationsProvider,
  SpansProvider,
  TraceProvider,
} from "../guard/entra-options.ts";
export type { TraceHeaders } from "../http/call.ts";
export type { RevocationCheck } from "../policy/revocation.ts";
export type { Requirement, Rule, RuleOptions } from "../policy/rule.ts";
export type { PrincipalKind } from "../token/claims.ts";
export type { JsonObject } from "../token/decode.ts";
export type { Agent } from "../token/identity.ts";
export type { Principal } from "../token/principal.ts";
export type { TenantCheck } from "../token/tenant-check.ts";
export type { SpanTracer, TracerSpan } from "../trace/spans.ts";
export type { TraceOptions } from "../trace/trace.ts";
