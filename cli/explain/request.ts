import { readPath, readTarget } from "../../src/cli-exports/gate.ts";
import type { Access, Mode } from "../../src/cli-exports/policy.ts";
import type { DeclaredRoute, RouteTable } from "../project/gate-code.ts";
import { requestSteps } from "./access-steps.ts";
import type { Facts } from "./facts/facts.ts";
import type { CheckRecorder } from "./recorder.ts";

/** Who may send the request, and whether policy refuses or only reports. */
export interface Guarded {
  /** Absent for the health page. */
  readonly route?: DeclaredRoute;
  /** `undefined` if the code does not show it. */
  readonly access: Access | undefined;
  readonly mode: Mode;
  /** A mistake in the code, for which the route refuses every caller. */
  readonly mistake?: string | undefined;
  /** Why the code does not show who may send the request. */
  readonly undecided?: string | undefined;
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
  const { addresses, tlsProxy } = facts.config;
  const url = request.url.startsWith("/")
    ? `${addresses?.values().next().value ?? anyAddress}${request.url}`
    : request.url;
  const headers = tlsProxy === undefined ? new Headers() : forwardBehindProxy(url);
  const { path, fault } = readTarget({ method: request.method, url, headers }, { addresses, tlsProxy });
  const unguarded =
    fault && table.findUnguarded?.(request.method, readPath(url, url.indexOf("/", url.indexOf("//") + 2)));
  if (unguarded !== undefined) return enter(unguarded, facts);
  record(
    requestSteps,
    fault === undefined
      ? { failures: [], state: path, value: path }
      : { failures: [fault], state: path, value: undefined },
  );
  if (fault !== undefined) return undefined;
  facts.path = path;
  const { health } = facts.config.observation;
  if (table.servesHealth && health.access !== "off" && health.path === path) {
    facts.route = "health";
    return { access: { kind: health.access === "public" ? "public" : "default" }, mode: "enforce" };
  }
  return enter(table.find(request.method, path), facts);
}

function enter(entry: DeclaredRoute, facts: Facts): Guarded {
  facts.ownsAccessTokenParameter = entry.ownsAccessTokenParameter === true;
  facts.route = entry.name;
  if (entry.noRoute !== undefined) facts.noRoute = entry.noRoute;
  if (entry.note !== undefined) facts.routeNote = entry.note;
  return guardOf(entry, facts);
}

/** The headers with which a proxy that ends TLS passes on a request to a URL. */
function forwardBehindProxy(url: string): Headers {
  const { host = "", protocol = "" } = URL.parse(url) ?? {};
  return new Headers({ host, "x-forwarded-proto": protocol.slice(0, -1) });
}

function describeMissingRoute({ routes }: RouteTable): string {
  const names = routes.slice(0, namedRoutes).map(({ name }) => name);
  const declared =
    names.length === 0 ? "" : ` It declares ${names.join(", ")}${routes.length > namedRoutes ? ", …" : ""}.`;
  return `no route was given, and the worker answers 404 to a request that matches none. Add --route "METHOD /path".${declared}`;
}

function guardOf(route: DeclaredRoute, { config, question }: Facts): Guarded {
  const { access, mode, mistake, note } = route;
  const own = { route, access, mode: mode ?? config.observation.mode };
  if (question.request === undefined || access !== undefined) return own;
  return mistake === undefined ? { ...own, undecided: note } : { ...own, mistake };
}
