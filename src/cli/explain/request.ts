import { methods } from "../../app/contract/definition.ts";
import type { Route, Target } from "../../app/contract/route.ts";
import { createRouter } from "../../app/serve/router.ts";
import { checkTransport } from "../../http/transport.ts";
import { requestSteps } from "./access-steps.ts";
import type { Ledger } from "./ledger.ts";

/** A request that matches no route, where none was asked about. */
const anyRequest: Target = { kind: "unlisted" };
/** Where no address is configured, all are alike. */
const anyAddress = "https://gate.invalid";

/**
 * Finds out where a request goes, by the gate's own router.
 *
 * @returns `undefined` where it goes nowhere
 */
export function walkRequest({ facts, checks, record }: Ledger, routes: readonly Route[]): Target | undefined {
  const { request } = facts.question;
  if (request === undefined) return anyRequest;
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
  const find = createRouter(routes);
  const target = find(request.method, path.value);
  facts.ownsAccessTokenParameter = target.kind === "route" && target.route.ownsAccessTokenParameter;
  facts.route = target.kind === "route" ? target.route.name : target.kind;
  facts.otherMethods = methods.filter((method) => find(method, path.value).kind === "route");
  if (target.kind === "route" && target.route.access.kind === "public") {
    checks.push({ name: "route", state: "passed", found: facts.route, note: "public: nobody is asked for a token" });
  }
  return target;
}
