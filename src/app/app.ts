import { checkRoute, type Route, type RouteDefinition } from "./route.ts";

/** The routes of an API, each declared once. */
export class App {
  readonly #routes = new Map<string, Route>();
  readonly #operationIds = new Set<string>();
  #closed = false;

  /**
   * Declares a route.
   *
   * @throws TypeError naming the route, where its definition is faulty, where method and path or the operationId were
   * declared before, or where the gate has been made without it
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
    if (this.#closed) throw new TypeError(`route ${route.name}: declared after the gate was made`);
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

  /** Ends the declarations: a later route would be missing, and nobody would see it. */
  close(): void {
    this.#closed = true;
  }

  /** All routes, in no particular order. */
  get routes(): readonly Route[] {
    return [...this.#routes.values()];
  }
}
