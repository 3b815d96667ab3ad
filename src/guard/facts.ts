import type { TenantRule } from "../config/tenants.ts";
import type { Requirement } from "../policy/requirement.ts";

/** What a configuration says of its guard that a description of the API may repeat. */
export interface GuardFacts {
  /** Origin of the sign-in page and of the token endpoint. */
  readonly login: string;
  readonly tenants: TenantRule;
  /** Accepted `aud` values. */
  readonly audiences: ReadonlySet<string>;
  /** Of routes that name none; `undefined` refuses everybody there. */
  readonly defaultRequirement: Requirement | undefined;
}
