/** A worker that a gate calls: the default export of a module, with `fetch`. */
export interface InnerWorker {
  /** Answers a request, with the environment and the context that the gate got. */
  fetch(request: Request, env: never, context: never): Response | Promise<Response>;
}
