import { createReader, type Secret, type VariableReader } from "./variables.ts";

/** The part of the Workers Analytics Engine binding that the gate uses. */
export interface DataPoints {
  writeDataPoint(point: { indexes: string[]; blobs: string[]; doubles: number[] }): void;
}

/** `enforce` refuses requests that policy denies. `report` allows and logs them. */
export type Mode = "enforce" | "report";

/** What the gate reports to its operators. */
export interface ObservationConfig {
  /** `report` allows and logs requests that policy denies. Failed authentication is refused in both modes. */
  readonly mode: Mode;
  /** Share of allowed requests that are logged, from 0 to 1. Refusals are always logged. */
  readonly logAllowedShare: number;
  /** How the log identifies users: a keyed hash, the object ID, or not at all. */
  readonly logSubject: "hash" | "plain" | "none";
  /**
   * Key of the hash. Without it, each isolate generates its own, and hashes of different isolates cannot be compared.
   */
  readonly logKey: Secret | undefined;
  readonly health: HealthConfig;
  /** Whether responses to admitted callers say where the keys came from. */
  readonly serverTiming: boolean;
  /** Dataset for counters; `undefined` if none is bound. */
  readonly decisions: DataPoints | undefined;
}

/** Settings of the health page. */
export interface HealthConfig {
  /** `public` serves every caller and names no tenants. `guarded` applies the default requirement and names tenants. */
  readonly access: "off" | "public" | "guarded";
  /** Exact path. It takes precedence over all routes. */
  readonly path: string;
}

/** Reads GATE_MODE, the log and health settings, and the binding DECISIONS. */
export function readObservation(reader: VariableReader): ObservationConfig {
  return {
    mode: reader.word("GATE_MODE"),
    logAllowedShare: readShare(reader),
    logSubject: reader.word("GATE_LOG_SUBJECT"),
    logKey: reader.secret("GATE_LOG_KEY"),
    health: readHealth(reader),
    serverTiming: reader.flag("GATE_SERVER_TIMING"),
    decisions: reader.binding<DataPoints>("DECISIONS"),
  };
}

function readHealth(reader: VariableReader): HealthConfig {
  const access = reader.word("GATE_HEALTH");
  const path = reader.text("GATE_HEALTH_PATH") ?? "/.well-known/entra-gate/health";
  if (!/^(?:\/[A-Za-z0-9._~-]+)+$/.test(path) || /\/\.{1,2}(?:\/|$)/.test(path)) {
    const problem = `is ${JSON.stringify(path)}, not a plain path without a trailing slash`;
    reader.fault("GATE_HEALTH_PATH", problem);
  }
  return { access, path };
}

function readShare(reader: VariableReader): number {
  const value = reader.text("GATE_LOG_ALLOWED") ?? "0";
  if (!/^(?:0|1|0\.\d{1,6})$/.test(value)) {
    reader.fault("GATE_LOG_ALLOWED", `is ${JSON.stringify(value)}, not a number from 0 to 1`);
  }
  return Number(value);
}

/** Reads the settings of an environment without variables, which apply if the configuration is faulty. */
export function readDefaultObservation(): ObservationConfig {
  return readObservation(createReader({}));
}
