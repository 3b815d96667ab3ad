import type { Io } from "../../src/cli-exports/common.ts";
import type { Config } from "../../src/cli-exports/policy.ts";
import type { GateCode, RouteTable } from "../project/gate-code.ts";
import type { Settings } from "../project/settings.ts";
import type { ReadGraphToken } from "./azure-cli.ts";

/** What doctor checks. */
export interface DoctorSubject {
  readonly settings: Settings;
  readonly code: GateCode;
  readonly table: RouteTable;
  readonly config: Config;
  /** Absent: no requests are sent. */
  readonly io: Io | undefined;
  /** Absent: the registration is not read. */
  readonly readGraphToken: ReadGraphToken | undefined;
}
