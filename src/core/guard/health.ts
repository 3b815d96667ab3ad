import * as limits from "../../base/common/limits.ts";
import { isObject } from "../../base/common/objects.ts";
import type { Environment } from "../config/variables.ts";
import type { KeyState } from "../keys/cached-keys.ts";

/**
 * Writes the health page. `degraded` means that some keys could not be refreshed. `failing` means that no authority has
 * usable keys, so that callers get 503, and so does the page. A tenant without keys counts only until the next attempt
 * is due: a load balancer that heeds the page then sends the request that makes it. Tenants that are not established
 * are only counted, because callers can invent them. The page lists a limited number, failures first.
 *
 * @param authorities key states of this isolate, of each authority
 * @param named whether the response may contain tenants, and the number of those that are not established
 * @param environment contains the version in Cloudflare's binding CF_VERSION_METADATA
 */
export function writeHealth(
  authorities: readonly (readonly KeyState[])[],
  named: boolean,
  environment: Environment,
): Response {
  const established = authorities.map((states) => states.filter((state) => state.established));
  const states = established.flat();
  const failed = states.filter(({ lastFailure }) => lastFailure !== undefined);
  const isFailing = established.every((own) => own.length > 0 && own.every(isWithoutKeys));
  const status = failed.length === 0 ? "ok" : isFailing ? "failing" : "degraded";
  const keys = [...new Set([...failed, ...states])]
    .slice(0, limits.healthKeySets)
    .map(({ source, established: _, ...state }) => (named ? { source, ...state } : state));
  const unseenTenants = named ? authorities.flat().length - states.length : undefined;
  const body = { status, configuration: "ok", keys, unseenTenants, build: readBuild(environment) };
  return Response.json(body, { status: status === "failing" ? 503 : 200, headers: { "cache-control": "no-store" } });
}

const isWithoutKeys = ({ keys, nextAttemptSeconds = 0 }: KeyState) => keys === 0 && nextAttemptSeconds > 0;

function readBuild({ CF_VERSION_METADATA: version }: Environment): string | undefined {
  const id = isObject(version) && "id" in version ? version.id : undefined;
  return typeof id === "string" ? id : undefined;
}
