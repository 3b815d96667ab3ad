import type { Secret, VariableReader } from "./variables.ts";

/** Workers Analytics Engine, as far as the gate uses it. */
export interface DataPoints {
  writeDataPoint(point: { indexes: string[]; blobs: string[]; doubles: number[] }): void;
}

/** Whether policy refuses, or lets through and reports. */
export type Mode = "enforce" | "report";

/** What operators see of the gate at work. */
export interface ObservationConfig {
  /** `report` lets through what policy would refuse, and logs it; what authentication refuses stays refused. */
  readonly mode: Mode;
  /** Share of allowed requests that are logged, 0 to 1. Refusals always are. */
  readonly logAllowedShare: number;
  /** How the log names users: a keyed hash, the object id itself, or not at all. */
  readonly logSubject: "hash" | "plain" | "none";
  /** Key of the hash. Without, each isolate makes its own: its lines can be told apart, and not compared with others'. */
  readonly logKey: Secret | undefined;
  readonly health: HealthConfig;
  /** Where counters go; `undefined` where nothing is bound. */
  readonly decisions: DataPoints | undefined;
}

/** Where the gate says of itself how it is. */
export interface HealthConfig {
  /** `public` tells everybody, without naming tenants; `guarded` wants the default requirement, and names them. */
  readonly access: "off" | "public" | "guarded";
  /** Exact path, before all routes. */
  readonly path: string;
}

/** Where nothing is configured, or the configuration is faulty. */
export const defaultObservation: ObservationConfig = Object.freeze({
  mode: "enforce",
  logAllowedShare: 0,
  logSubject: "hash",
  logKey: undefined,
  health: Object.freeze({ access: "off", path: "/.well-known/entra-gate/health" }),
  decisions: undefined,
});

const healthExample = "GATE_HEALTH_PATH=/.well-known/entra-gate/health";
const shareExample = "GATE_LOG_ALLOWED=0.1";

/** Reads GATE_MODE, what is logged of whom, and the binding DECISIONS. */
export function readObservation(reader: VariableReader): ObservationConfig {
  return {
    mode: reader.word("GATE_MODE", ["enforce", "report"], defaultObservation.mode),
    logAllowedShare: readShare(reader),
    logSubject: reader.word("GATE_LOG_SUBJECT", ["hash", "plain", "none"], defaultObservation.logSubject),
    logKey: reader.secret("GATE_LOG_KEY"),
    health: readHealth(reader),
    decisions: readDecisions(reader),
  };
}

function readHealth(reader: VariableReader): HealthConfig {
  const access = reader.word("GATE_HEALTH", ["off", "public", "guarded"], defaultObservation.health.access);
  const path = reader.text("GATE_HEALTH_PATH", healthExample) ?? defaultObservation.health.path;
  if (!/^(?:\/[A-Za-z0-9._~-]+)+$/.test(path) || /\/\.{1,2}(?:\/|$)/.test(path)) {
    const problem = `is ${JSON.stringify(path)}, no plain path without a slash at its end`;
    reader.fault("GATE_HEALTH_PATH", problem, healthExample);
  }
  return { access, path };
}

function readShare(reader: VariableReader): number {
  const value = reader.text("GATE_LOG_ALLOWED", shareExample);
  if (value === undefined) return defaultObservation.logAllowedShare;
  const share = /^(?:0|1|0\.\d{1,6})$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isNaN(share)) {
    reader.fault("GATE_LOG_ALLOWED", `is ${JSON.stringify(value)}, not a share from 0 to 1`, shareExample);
  }
  return share;
}

function readDecisions(reader: VariableReader): DataPoints | undefined {
  const example = '[[analytics_engine_datasets]] binding = "DECISIONS"';
  return reader.binding("DECISIONS", isDataPoints, "is no Analytics Engine binding", example);
}

function isDataPoints(value: unknown): value is DataPoints {
  return (
    typeof value === "object" &&
    value !== null &&
    "writeDataPoint" in value &&
    typeof value.writeDataPoint === "function"
  );
}
