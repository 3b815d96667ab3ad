import type { Received } from "./ask.ts";

/** Time of one request with a token, and what the gate says about its keys with GATE_SERVER_TIMING. */
export interface Measurement {
  /** From the connection to the end of the response, as far as it is read. */
  readonly milliseconds: number;
  readonly status: number;
  readonly gate?: GateTiming;
}

export interface GateTiming {
  /** Whether the keys were in memory (`hit`, `stale`), or the request waited for them. */
  readonly keys: "hit" | "stale" | "waited";
  /** The place from which memory got them. */
  readonly from: "edge" | "authority" | "none";
  readonly keysAgeSeconds: number;
  /** Which isolate answered. */
  readonly isolate: string;
  /** Since the first admitted request of the isolate, which is 0. */
  readonly isolateMilliseconds: number;
}

/** Requests of one measurement. */
export const measuredRequests = 20;

const timing =
  /entra-gate-keys;desc="(hit|stale|waited)", entra-gate-set;desc="(edge|authority|none)";dur=(\d{1,12}), entra-gate-isolate;desc="([0-9a-f]{8})";dur=(\d{1,15})(?=$|,)/g;

/** Reads a response. The origin may have timings of its own before those of the gate. */
export function readMeasurement({ status, headers }: Received, milliseconds: number): Measurement {
  const found = [...(headers.get("server-timing") ?? "").matchAll(timing)].at(-1);
  const taken = { milliseconds: Math.round(milliseconds), status };
  if (found === undefined) return taken;
  const [, keys, from, keysAge, isolate = "", age] = found;
  return {
    ...taken,
    gate: {
      keys: keys as GateTiming["keys"],
      from: from as GateTiming["from"],
      keysAgeSeconds: Number(keysAge) / 1_000,
      isolate,
      isolateMilliseconds: Number(age),
    },
  };
}

/** Writes a summary for a terminal: cold requests, which are the first of their isolate, and warm ones. */
export function renderMeasurements(all: readonly Measurement[]): readonly string[] {
  const known = all.flatMap(({ gate, milliseconds }) => (gate === undefined ? [] : [{ ...gate, milliseconds }]));
  if (known.length < all.length) {
    return [
      `with the token: ${describeTimes(all)}`,
      "  The gate does not say where its keys came from: set GATE_SERVER_TIMING to true, and deploy it.",
    ];
  }
  const cold = known.filter(({ isolateMilliseconds }) => isolateMilliseconds === 0);
  const warm = known.filter(({ isolateMilliseconds }) => isolateMilliseconds > 0);
  const inMemory = known.filter(({ keys }) => keys !== "waited").length;
  const isolates = new Set(known.map(({ isolate }) => isolate)).size;
  return [
    `with the token: ${count(all.length, "request")}, answered by ${count(isolates, "isolate")}`,
    ...describeKind("cold", cold),
    ...describeKind("warm", warm),
    `  keys in memory: ${inMemory} of ${all.length}`,
  ];
}

type Timed = GateTiming & Pick<Measurement, "milliseconds">;

function describeKind(name: string, list: readonly Timed[]): readonly string[] {
  if (list.length === 0) return [`  ${name}: none`];
  const places = (["memory", "edge", "authority"] as const).flatMap((place) => {
    const found = list.filter(({ keys, from }) => (keys === "waited" ? from : "memory") === place).length;
    return found === 0 ? [] : [`${place} ${found}`];
  });
  return [`  ${name}: ${describeTimes(list)}; keys from ${places.join(", ")}`];
}

function describeTimes(list: readonly { readonly milliseconds: number }[]): string {
  const times = list.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  const median = times[Math.floor((times.length - 1) / 2)];
  return `${count(list.length, "request")}, median ${median} ms, slowest ${times.at(-1)} ms`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
