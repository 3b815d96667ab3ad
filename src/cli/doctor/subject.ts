import type { Config } from "../../config/config.ts";
import type { Io } from "../../io.ts";
import type { GateCode, RouteTable } from "../gate-code.ts";
import type { Settings } from "../settings.ts";

/** What doctor looks at. */
export interface DoctorSubject {
  readonly settings: Settings;
  readonly code: GateCode;
  readonly table: RouteTable;
  readonly config: Config;
  /** Absent: nobody is asked. */
  readonly io: Io | undefined;
}
