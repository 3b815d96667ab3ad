import type { TenantRule } from "../config/tenants.ts";
import type { Requirement } from "../policy/requirement.ts";

/** The part of a configuration that the OpenAPI document may show. */
export interface GuardFacts {
  /** Origin of the sign-in page and of the token endpoint. */
  readonly login: string;
  readonly tenants: TenantRule;
  /** Accepted `aud` values. */
  readonly audiences: ReadonlySet<string>;
  /** Requirement of routes without their own; `undefined` refuses every caller. */
  readonly defaultRequirement: Requirement | undefined;
}
