import {
  type AuthorityConfig,
  type ConfigContext,
  createReader,
  defaultAuthority,
  defaultRequirement,
  describeFault,
  type Environment,
  type Mode,
  type NamedAuthorities,
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
  /** Those of the default authority. */
  readonly tenants: TenantRule;
  readonly audiences: ReadonlySet<string>;
  readonly allowedClients: ReadonlySet<string> | undefined;
  /** All authorities, the default one first. */
  readonly authorities: readonly AuthorityConfig[];
  /** `undefined` refuses every caller. */
  readonly defaultRequirement: Requirement | undefined;
  readonly mode: Mode;
  readonly health: ObservationConfig["health"];
}

/** The part of the code that makes variables unnecessary, or adds those of other authorities. */
export interface PolicyContext extends Pick<ConfigContext, "tenantsDecidedInCode" | "defaultRequirementUnused"> {
  readonly authorities?: Pick<NamedAuthorities, "read"> | undefined;
}

/**
 * Reads the variables that decide who may call, without those for the origin, the log and other APIs.
 *
 * @param context what code makes unnecessary
 * @throws UsageError that lists their faults
 */
export function readPolicySettings(
  environment: Environment,
  { authorities, tenantsDecidedInCode, defaultRequirementUnused }: PolicyContext,
): PolicySettings {
  const reader = createReader(environment);
  const own = readAuthorityConfig(reader, defaultAuthority, tenantsDecidedInCode);
  const named = authorities?.read(reader, tenantsDecidedInCode) ?? [];
  const access = readAccess(reader, defaultRequirementUnused);
  const { mode, health } = readObservation(reader);
  if (reader.faults.length > 0) throw new UsageError(...reader.faults.map(describeFault));
  const { tenants, audiences, allowedClients } = own;
  return {
    authorities: [own, ...named],
    tenants,
    audiences,
    allowedClients,
    defaultRequirement: defaultRequirement(access),
    mode,
    health,
  };
}
