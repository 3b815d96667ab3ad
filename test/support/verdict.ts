import path from "node:path";
import { expect } from "vitest";
import { explain } from "../../cli/explain/explain.ts";
import type { Explanation } from "../../cli/explain/facts/explanation.ts";
import { type Keys, takeKeysFromAuthority } from "../../cli/explain/keys.ts";
import { type Io, platformIo } from "../../src/base/common/io.ts";
import type { Fleet, LogLine } from "./fleet.ts";
import { listBindings } from "./fleet-workers.ts";
import { baseVars, forwardingEntry } from "./gates.ts";
import type { HttpRequest } from "./http.ts";

/** One key store for each fleet, so that keys are fetched as rarely as in a gate. */
const keysOf = new WeakMap<object, Keys>();

/**
 * Explains a request to a gate.
 *
 * @param atMs when the request was sent
 */
export async function explainRequest<Name extends string>(
  fleet: Fleet<Name>,
  gate: Name,
  request: HttpRequest,
  atMs: number,
): Promise<Explanation> {
  const { entry = forwardingEntry, vars } = fleet.definitionOf(gate);
  const { default: worker } = await import(path.resolve(import.meta.dirname, "../..", entry));
  const io: Io = {
    ...platformIo,
    now: () => atMs,
    openCache: async () => undefined,
    log: () => {},
    fetch: fleet.fetchFromAuthority,
  };
  const keys = keysOf.get(fleet) ?? takeKeysFromAuthority({ ...io, now: Date.now });
  keysOf.set(fleet, keys);
  const { method = "GET", path: target = "/orders", host = "127.0.0.1", headers = [] } = request;
  const credentials = headers.filter(([name]) => /^authorization$/i.test(name)).map(([, value]) => trim(value));
  return explain(
    // In workerd, an empty header is absent.
    { authorization: credentials.join(", ") || null, request: { method, url: `http://${host}${target}` } },
    { environment: listBindings({ ...baseVars, ...vars }), onWorkers: true, options: worker.options },
    { io, keys },
  );
}

/**
 * Checks that `explain` and the gate agree about every member of the denial.
 *
 * @param line of the gate's log; absent if the gate allowed the request
 */
export async function expectSameVerdict<Name extends string>(
  fleet: Fleet<Name>,
  gate: Name,
  request: HttpRequest,
  atMs: number,
  line?: LogLine,
): Promise<void> {
  if (fleet.definitionOf(gate).adapter) return;
  const { verdict } = await explainRequest(fleet, gate, request, atMs);
  if (line === undefined) return expect(verdict).toEqual({ outcome: "allowed" });
  expect(verdict.outcome).toBe(line.reason === "keys_unavailable" ? "unknown" : "refused");
  const denial = "denial" in verdict ? JSON.parse(JSON.stringify(verdict.denial)) : {};
  // Each draws its own random wait.
  if ("retryAfterSeconds" in denial) denial.retryAfterSeconds = expect.any(Number);
  expect(line).toMatchObject(denial);
}

/** Trims a header value as every HTTP parser does. */
function trim(value: string): string {
  return value.replace(/^[ \t]+|[ \t]+$/g, "");
}
