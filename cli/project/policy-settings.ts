import {
  createReader,
  defaultRequirement,
  describeFault,
  type Environment,
  type Mode,
  type ObservationConfig,
  type Requirement,
  readAccess,
  readObservation,
  readTenants,
  type TenantRule,
} from "../../src/tools/policy.ts";
import { UsageError } from "../common/usage-error.ts";
import type { RouteTable } from "./gate-code.ts";

/** The part of a configuration that decides who may call. */
export interface PolicySettings {
  readonly tenants: TenantRule;
  readonly audiences: ReadonlySet<string>;
  readonly allowedClients: ReadonlySet<string> | undefined;
  /** `undefined` refuses every caller. */
  readonly defaultRequirement: Requirement | undefined;
  readonly mode: Mode;
  readonly health: ObservationConfig["health"];
}

/**
 * Reads the variables that decide who may call, without those for the origin, the log and other APIs.
 *
 * @param table of the routes, whose code can make variables unnecessary
 * @throws UsageError that lists their faults
 */
export function readPolicySettings(environment: Environment, table: RouteTable): PolicySettings {
  const { tenantsDecidedInCode, defaultRequirementUnused } = table.createContext(true);
  const reader = createReader(environment);
  const tenants = readTenants(reader, tenantsDecidedInCode);
  const access = readAccess(reader, defaultRequirementUnused);
  const { mode, health } = readObservation(reader);
  if (reader.faults.length > 0) throw new UsageError(...reader.faults.map(describeFault));
  const { audiences, allowedClients } = access;
  return {
    tenants,
    audiences,
    allowedClients,
    defaultRequirement: defaultRequirement(access),
    mode,
    health,
  };
}
