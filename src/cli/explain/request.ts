import { createDispatcher, type Target } from "../../app/dispatcher.ts";
import type { Route } from "../../app/route.ts";
import { checkTransport } from "../../app/transport.ts";
import { requestSteps } from "./access-steps.ts";
import type { Ledger } from "./ledger.ts";

interface Passage {
  readonly path: string;
  target?: Target;
}

/** A request that matches no route, where none was asked about. */
const anyRequest: Target = { kind: "unlisted" };

/**
 * Finds out where a request goes, by the gate's own dispatcher.
 *
 * @returns `undefined` where it goes nowhere
 */
export function walkRequest({ facts, checks, record }: Ledger, routes: readonly Route[]): Target | undefined {
  const { request } = facts.question;
  if (request === undefined) return anyRequest;
  // No Request: making one would resolve the path.
  const path = checkTransport({ method: request.method, url: request.url } as Request);
  record(
    requestSteps,
    path.ok ? { failures: [], state: path, value: path } : { failures: [path.error], state: path, value: undefined },
  );
  if (!path.ok) return undefined;
  const passage: Passage = { path: path.value };
  const dispatch = createDispatcher<Passage>(
    routes,
    (exchange, target) => {
      exchange.target = target;
      return new Response();
    },
    (error) => {
      throw error;
    },
  );
  void dispatch(new Request("https://gate.invalid/", { method: request.method }), passage);
  const { target = anyRequest } = passage;
  facts.route = target.kind === "route" ? target.route.name : target.kind;
  if (target.kind === "route" && target.route.access.kind === "public") {
    checks.push({ name: "route", state: "passed", found: facts.route, note: "public: nobody is asked for a token" });
  }
  return target;
}
