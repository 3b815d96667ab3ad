import type { ClockSettings } from "./clock.ts";

/** What a run sends to the gate as `/lab/deploy`. */
export interface Deployment {
  readonly clock: ClockSettings;
  readonly environment: Readonly<Record<string, string>>;
  /** For so long, the version before this one answers every other request, as while a deployment spreads. */
  readonly overlapMs: number;
}

/** What a run sends to the origin as `/lab/trust`. */
export interface Trust {
  readonly clock: ClockSettings;
  readonly issuer: string;
  readonly audience: string;
}
