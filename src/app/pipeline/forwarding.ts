import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Members } from "../../base/http/members.ts";
import type { RouteAccess } from "../../core/policy/rule.ts";
import type { Checked } from "../types/check-value.ts";
import type { ForwardHandler, Method } from "../types/definition.ts";
import type { RequestSchemas } from "../types/types.ts";
import type { ForwardTerms, RequestContext, RequestValues } from "./context.ts";
import type { Route } from "./route.ts";

/** Reads the declared parts of a request as strictly as necessary if an origin reads them too. */
export interface OriginReading {
  /** Checks the query, and limits the headers to those that the origin gets. @throws BadRequestError */
  prepare(context: RequestContext, schemas: RequestSchemas, values: RequestValues): void;
  /** Validates named values. @throws BadRequestError if the origin could confuse two names */
  checkNamed(schema: StandardSchemaV1, members: Members, part: keyof RequestSchemas): Promise<Checked>;
  /** @throws BadRequestError if a reader of JSON could see another value */
  checkJson(value: unknown, text: string): void;
  /** @throws BadRequestError if a reader of URL-encoded forms could see other pairs */
  checkForm(text: string): void;
}

/** What `origin()` adds to a route. A bundle contains it only if the worker imports `origin`. */
export interface Forwarding {
  /**
   * Finds out how a route forwards.
   *
   * @param origin name of its group's; `undefined` for the one without a name
   * @throws TypeError if the route cannot forward in this way
   */
  termsOf(access: RouteAccess, method: Method, origin: string | undefined): ForwardTerms;
  readonly reading: OriginReading;
}

/** Names of the origins to which routes forward; `undefined` for the one without a name. */
export function listForwardedTo(routes: readonly Pick<Route, "forwarding">[]): ReadonlySet<string | undefined> {
  return new Set(routes.flatMap(({ forwarding }) => (forwarding ? [forwarding.to] : [])));
}

const forwardings = new WeakMap<object, Forwarding>();

/** Creates the handler of a route that forwards. */
export function createForwardHandler(handler: ForwardHandler, forwarding: Forwarding): ForwardHandler {
  forwardings.set(handler, forwarding);
  return Object.freeze(handler);
}

/** @returns `undefined` if the handler is not a result of `origin()` */
export function findForwarding(handler: unknown): Forwarding | undefined {
  return forwardings.get(handler as object);
}
