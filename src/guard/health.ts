import type { Environment } from "../config/variables.ts";
import type { KeyState } from "../keys/entry.ts";

/**
 * Writes what the gate says of its own health. `degraded` still serves from keys that it could not refresh; `failing`
 * has a tenant without usable keys, and answers 503 so that a monitor sees it by the status alone. Tenants that are not
 * established are only counted: a caller can invent them.
 *
 * @param states of the keys of this isolate
 * @param named whether the answer may name tenants, and count those that are not established
 * @param environment for the version that Cloudflare's binding CF_VERSION_METADATA tells
 */
export function writeHealth(states: readonly KeyState[], named: boolean, environment: Environment): Response {
  const established = states.filter((state) => state.established);
  const status = readStatus(established);
  const keys = established.map(({ source, established: _, ...state }) => (named ? { source, ...state } : state));
  const unseenTenants = named ? states.length - established.length : undefined;
  const body = { status, configuration: "ok", keys, unseenTenants, build: readBuild(environment) };
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  return new Response(JSON.stringify(body), { status: status === "failing" ? 503 : 200, headers });
}

function readStatus(states: readonly KeyState[]): "ok" | "degraded" | "failing" {
  const failed = states.filter(({ lastFailure }) => lastFailure !== undefined);
  if (failed.length === 0) return "ok";
  return failed.every(({ keys }) => keys > 0) ? "degraded" : "failing";
}

function readBuild({ CF_VERSION_METADATA: version }: Environment): string | undefined {
  const id = typeof version === "object" && version !== null && "id" in version ? version.id : undefined;
  return typeof id === "string" ? id : undefined;
}
