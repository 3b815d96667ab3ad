import { methods } from "../../app/contract/definition.ts";
import type { Route, Target } from "../../app/contract/route.ts";
import { createRouter } from "../../app/serve/router.ts";
import type { Mode } from "../../config/observation.ts";
import { checkTransport } from "../../http/call.ts";
import type { Access } from "../../policy/requirement.ts";
import { findFallbackAccess } from "../gate-code.ts";
import { requestSteps } from "./access-steps.ts";
import type { Facts } from "./facts.ts";
import type { CheckRecorder } from "./recorder.ts";

/** Who may send the request, and whether policy refuses or reports. */
export interface Guarded {
  readonly access: Access;
  readonly mode: Mode;
}

/** Where no address is configured, all are alike. */
const anyAddress = "https://gate.invalid";

/**
 * Finds out where a request goes, by the gate's own router. Where none was asked about, it is one that matches no route.
 *
 * @returns `undefined` where it goes nowhere
 */
export function walkRequest({ facts, record }: CheckRecorder, routes: readonly Route[]): Guarded | undefined {
  const { request } = facts.question;
  if (request === undefined) return guardOf({ kind: "unlisted" }, facts);
  const { addresses } = facts.config;
  const url = request.url.startsWith("/")
    ? `${addresses?.values().next().value ?? anyAddress}${request.url}`
    : request.url;
  const path = checkTransport(request.method, url, addresses);
  record(
    requestSteps,
    path.ok ? { failures: [], state: path, value: path } : { failures: [path.error], state: path, value: undefined },
  );
  if (!path.ok) return undefined;
  const { health } = facts.config.observation;
  if (health.access !== "off" && health.path === path.value) {
    facts.route = "health";
    return { access: { kind: health.access === "public" ? "public" : "default" }, mode: "enforce" };
  }
  const find = createRouter(routes);
  const target = find(request.method, path.value);
  facts.ownsAccessTokenParameter = target.kind === "route" && target.route.ownsAccessTokenParameter;
  facts.route = target.kind === "route" ? target.route.name : target.kind;
  facts.otherMethods = methods.filter((method) => find(method, path.value).kind === "route");
  return guardOf(target, facts);
}

/** As the gate guards it. */
function guardOf(target: Target, { config, options }: Facts): Guarded {
  const { mode } = config.observation;
  if (target.kind === "route") return { access: target.route.access, mode: target.route.mode ?? mode };
  const isUnlisted = target.kind === "unlisted";
  if (isUnlisted && options.unlisted !== "reject") return { access: findFallbackAccess(options), mode };
  return { access: { kind: "closed", isReportable: isUnlisted }, mode };
}
