import { platformIo } from "../../src/base/common/io.ts";
import { App, createGate, requireAuth } from "../../src/index.ts";

/** Hours that the gate's clock is ahead. Each request for /hour adds one, so that the keys are due for renewal. */
let hours = 0;

const routes = new App().get("/me", { hooks: requireAuth("access_as_user") }, () => ({
  status: 200,
  body: { ok: true },
}));
const gate = createGate({ routes }, { ...platformIo, now: () => Date.now() + hours * 3_600_000 });

export default {
  fetch(request: Request, env: object, context: ExecutionContext): Response | Promise<Response> {
    if (request.url.endsWith("/hour")) {
      hours += 1;
      return new Response(`${hours}`);
    }
    return gate.fetch(request, env, context);
  },
};
