import {
  type AuthorityConfig,
  type ConfigContext,
  createReader,
  defaultAuthority,
  defaultRequirement,
  describeFault,
  type Environment,
  type Mode,
  type ObservationConfig,
  type Requirement,
  readAccess,
  readAuthorityConfig,
  readObservation,
  type TenantRule,
} from "../../src/cli-exports/policy.ts";
import { UsageError } from "../common/usage-error.ts";

/** The part of a configuration that decides who may call. */
export interface PolicySettings {
  readonly tenants: TenantRule;
  readonly audiences: ReadonlySet<string>;
  readonly allowedClients: ReadonlySet<string> | undefined;
  readonly authorities: readonly AuthorityConfig[];
  /** `undefined` refuses every caller. */
  readonly defaultRequirement: Requirement | undefined;
  readonly mode: Mode;
  readonly health: ObservationConfig["health"];
}

/** The part of the code that makes variables unnecessary. */
export type PolicyContext = Pick<ConfigContext, "tenantsDecidedInCode" | "defaultRequirementUnused">;

/**
 * Reads the variables that decide who may call, without those for the origin, the log and other APIs.
 *
 * @param context what code makes unnecessary
 * @throws UsageError that lists their faults
 */
export function readPolicySettings(
  environment: Environment,
  { tenantsDecidedInCode, defaultRequirementUnused }: PolicyContext,
): PolicySettings {
  const reader = createReader(environment);
  const own = readAuthorityConfig(reader, defaultAuthority, tenantsDecidedInCode);
  const access = readAccess(reader, defaultRequirementUnused);
  const { mode, health } = readObservation(reader);
  if (reader.faults.length > 0) throw new UsageError(...reader.faults.map(describeFault));
  const { tenants, audiences, allowedClients } = own;
  return {
    authorities: [own],
    tenants,
    audiences,
    allowedClients,
    defaultRequirement: defaultRequirement(access),
    mode,
    health,
  };
}
