import type { ForwardHandler } from "../app/definition.ts";

const forward: ForwardHandler = Object.freeze({ forward: true });

/**
 * As a route's handler: forwards the request to the origin, under this route's requirement.
 *
 * @example
 * app.route({ method: "DELETE", path: "/orders/:id", middleware: [requireAuth("orders.write")], handler: origin() });
 */
export function origin(): ForwardHandler {
  return forward;
}
