import { checkRoute, type Route, type RouteDefinition } from "./route.ts";

/** The routes of an API, each declared once. */
export class App {
  readonly #routes = new Map<string, Route>();
  readonly #operationIds = new Set<string>();

  /**
   * Declares a route.
   *
   * @throws TypeError naming the route, where its definition is faulty or where method and path or the operationId were
   * declared before
   *
   * @example
   * app.route({
   *   method: "GET",
   *   path: "/me",
   *   middleware: [requireAuth("access_as_user")],
   *   handler: ({ state }) => ({ status: 200, body: { oid: state.principal?.oid } }),
   * });
   */
  route(definition: RouteDefinition): this {
    const route = checkRoute(definition);
    // Routes that differ in parameter names alone match the same requests.
    const shape = `${route.method} ${route.path.replace(/:\w+/g, ":")}`.toLowerCase();
    if (this.#routes.has(shape))
      throw new TypeError(`route ${route.name}: declared before as ${this.#routes.get(shape)?.name}`);
    const { operationId } = definition;
    if (operationId !== undefined) {
      if (this.#operationIds.has(operationId))
        throw new TypeError(`route ${route.name}: operationId ${operationId} is taken`);
      this.#operationIds.add(operationId);
    }
    this.#routes.set(shape, route);
    return this;
  }

  /** All routes, in no particular order. */
  get routes(): readonly Route[] {
    return [...this.#routes.values()];
  }
}
