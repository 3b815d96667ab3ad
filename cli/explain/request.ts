import type { Mode } from "../../src/config/observation.ts";
import { readTarget } from "../../src/http/call.ts";
import type { Access } from "../../src/policy/requirement.ts";
import type { DeclaredRoute, RouteTable } from "../project/gate-code.ts";
import { requestSteps } from "./access-steps.ts";
import type { Facts } from "./facts/facts.ts";
import type { CheckRecorder } from "./recorder.ts";

/** Who may send the request, and whether policy refuses or only reports. */
export interface Guarded {
  /** `undefined` if the code does not show it. */
  readonly access: Access | undefined;
  readonly mode: Mode;
}

/** Number of routes that the note about a missing `--route` names. */
const namedRoutes = 5;

/** Used if no address is configured: all addresses are then the same. */
const anyAddress = "https://gate.invalid";

/**
 * Finds the route of a request with the worker's own router. Without a request, it is one that matches no route.
 *
 * @returns `undefined` if the request is refused before routing
 */
export function walkRequest({ facts, record }: CheckRecorder, table: RouteTable): Guarded | undefined {
  const { request } = facts.question;
  if (request === undefined) {
    const isOpen = table.rest.access?.kind !== "closed" && table.rest.access?.kind !== "absent";
    if (!isOpen) facts.routeNote = describeMissingRoute(table);
    return guardOf(table.rest, facts);
  }
  const { addresses } = facts.config;
  const url = request.url.startsWith("/")
    ? `${addresses?.values().next().value ?? anyAddress}${request.url}`
    : request.url;
  const { path, fault } = readTarget({ method: request.method, url, headers: new Headers() }, addresses);
  record(
    requestSteps,
    fault === undefined
      ? { failures: [], state: path, value: path }
      : { failures: [fault], state: path, value: undefined },
  );
  if (fault !== undefined) return undefined;
  const { health } = facts.config.observation;
  if (table.servesHealth && health.access !== "off" && health.path === path) {
    facts.route = "health";
    return { access: { kind: health.access === "public" ? "public" : "default" }, mode: "enforce" };
  }
  const entry = table.find(request.method, path);
  facts.ownsAccessTokenParameter = entry.ownsAccessTokenParameter === true;
  facts.route = entry.name;
  if (entry.note !== undefined) facts.routeNote = entry.note;
  return guardOf(entry, facts);
}

function describeMissingRoute({ routes }: RouteTable): string {
  const names = routes.slice(0, namedRoutes).map(({ name }) => name);
  const declared =
    names.length === 0 ? "" : ` It declares ${names.join(", ")}${routes.length > namedRoutes ? ", …" : ""}.`;
  return `no route was given, and the worker answers 404 to a request that matches none. Add --route "METHOD /path".${declared}`;
}

function guardOf({ access, mode }: DeclaredRoute, { config }: Facts): Guarded {
  return { access, mode: mode ?? config.observation.mode };
}
