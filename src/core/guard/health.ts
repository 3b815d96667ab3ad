import * as limits from "../../base/common/limits.ts";
import { isObject } from "../../base/common/objects.ts";
import type { Environment } from "../config/variables.ts";
import type { KeyState } from "../keys/cached-keys.ts";

/**
 * Writes the health page. `degraded` means that some keys could not be refreshed and are still used. `failing` means
 * that a tenant has no usable keys; the status is then 503, so that a monitor needs no body. Tenants that are not
 * established are only counted, because callers can invent them. The page lists a limited number, failures first.
 *
 * @param states key states of this isolate
 * @param named whether the response may contain tenants, and the number of those that are not established
 * @param environment contains the version in Cloudflare's binding CF_VERSION_METADATA
 */
export function writeHealth(states: readonly KeyState[], named: boolean, environment: Environment): Response {
  const established = states.filter((state) => state.established);
  const failed = established.filter(({ lastFailure }) => lastFailure !== undefined);
  const status = failed.length === 0 ? "ok" : failed.every(({ keys }) => keys > 0) ? "degraded" : "failing";
  const keys = [...new Set([...failed, ...established])]
    .slice(0, limits.healthKeySets)
    .map(({ source, established: _, ...state }) => (named ? { source, ...state } : state));
  const unseenTenants = named ? states.length - established.length : undefined;
  const body = { status, configuration: "ok", keys, unseenTenants, build: readBuild(environment) };
  return Response.json(body, { status: status === "failing" ? 503 : 200, headers: { "cache-control": "no-store" } });
}

function readBuild({ CF_VERSION_METADATA: version }: Environment): string | undefined {
  const id = isObject(version) && "id" in version ? version.id : undefined;
  return typeof id === "string" ? id : undefined;
}
