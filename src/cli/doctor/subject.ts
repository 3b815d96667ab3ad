import type { Route } from "../../app/contract/route.ts";
import type { Config } from "../../config/config.ts";
import type { Io } from "../../io.ts";
import type { GateCode } from "../load-gate.ts";
import type { Settings } from "../settings.ts";

/** What doctor looks at. */
export interface DoctorSubject {
  readonly settings: Settings;
  readonly code: GateCode;
  readonly routes: readonly Route[];
  readonly config: Config;
  /** Absent: nobody is asked. */
  readonly io: Io | undefined;
}
