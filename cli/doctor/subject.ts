import type { Config } from "../../config/config.ts";
import type { Io } from "../../io.ts";
import type { GateCode, RouteTable } from "../gate-code.ts";
import type { Settings } from "../settings.ts";

/** What doctor checks. */
export interface DoctorSubject {
  readonly settings: Settings;
  readonly code: GateCode;
  readonly table: RouteTable;
  readonly config: Config;
  /** Absent: no requests are sent. */
  readonly io: Io | undefined;
}
