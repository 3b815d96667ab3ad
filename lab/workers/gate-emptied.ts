import { App, createGate, type Gate, requireAuth } from "../../src/index.ts";

const create = (): Gate =>
  createGate({
    routes: new App().get("/me", { hooks: requireAuth("access_as_user") }, () => ({ status: 200, body: { ok: true } })),
  });

let gate = create();

/** A gate that clears its caches on a request for /empty. */
export default {
  fetch(request: Request, env: object, context: ExecutionContext): Response | Promise<Response> {
    if (!request.url.endsWith("/empty")) return gate.fetch(request, env, context);
    gate = create();
    return new Response("{}");
  },
};
