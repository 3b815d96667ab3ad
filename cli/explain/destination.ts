import { type Config, listOrigins } from "../../src/cli-exports/policy.ts";
import { findOrigin, type GateCode, unnamedOrigin } from "../project/gate-code.ts";
import type { Destination } from "./facts/explanation.ts";
import type { Facts } from "./facts/facts.ts";
import type { Guarded } from "./request.ts";

/** What decides where requests go, apart from the route. */
interface DestinationSources extends GateCode {
  /** Whether there may be secrets that are not visible here. */
  readonly deployed?: boolean;
}

/** Finds where an admitted request goes. */
export function findDestination(
  { route, access, mode }: Guarded,
  { config }: Facts,
  { options, problem, table, deployed = false }: DestinationSources,
): Destination {
  if (problem !== undefined && table === undefined) return { text: "unknown, because the routes are unknown" };
  if (route === undefined) return { text: "none: the gate answers" };
  const origin = findOrigin(route, mode);
  if (origin === unnamedOrigin && options.worker !== undefined)
    return { origin, cookies: config.origin.cookies, text: "the worker that createGate gets as an option" };
  if (origin !== undefined) return describeOrigin(origin, config, deployed);
  if (access === undefined)
    return { text: route.mistake === undefined ? `unknown: ${route.note}` : "none: the app refuses every caller" };
  if (route.noRoute !== undefined) return { text: `none: the app answers ${route.noRoute.status}` };
  if (access.kind === "closed") return { text: "none: the gate answers 404" };
  return { text: "none: the code of the app answers. This command does not know to which servers it sends requests" };
}

function describeOrigin(origin: string, config: Config, deployed: boolean): Destination {
  const own = origin === unnamedOrigin ? config.origin : config.origins.get(origin);
  const [prefix] = listOrigins(config).find(([, each]) => each === own) ?? [];
  const name = origin === unnamedOrigin ? "" : `${origin}, `;
  if (own === undefined || prefix === undefined) return { origin, text: `${name}whose variables are unknown` };
  const { target, cookies } = own;
  if (target.kind === "zone") {
    const isOpen = deployed && own === config.origin;
    const unseen = isOpen ? ", unless a secret sets ORIGIN_URL: this command does not see secrets" : "";
    return { origin, cookies, text: `${name}the zone's own origin${unseen}` };
  }
  const binding = target.kind === "service" ? { binding: prefix } : {};
  const by = target.kind === "service" ? `the binding ${prefix}` : "";
  if (target.url === undefined) return { origin, ...binding, cookies, text: name + by };
  const url = target.url.href;
  const address = `${name}${url} (${prefix}_URL)`;
  return { origin, url, ...binding, cookies, text: by === "" ? address : `${address}, through ${by}` };
}
