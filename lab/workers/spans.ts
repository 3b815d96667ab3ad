import { tracing } from "cloudflare:workers";
import { spans } from "../../src/extensions/trace/spans.ts";
import { App, createGate, requireAuth } from "../../src/index.ts";

const createRoutes = () =>
  new App().route({
    method: "GET",
    path: "/me",
    hooks: requireAuth("access_as_user"),
    handler: () => ({ status: 200, body: { ok: true } }),
  });

const gates = {
  "without spans": createGate({ routes: createRoutes() }),
  "without spans, again": createGate({ routes: createRoutes() }),
  "spans not recorded": createGate({ routes: createRoutes(), spans: spans(tracing) }),
} as const;

/** Repeats what the header `x-lab` names, so often as `x-lab-times` says, within one request. */
export default {
  async fetch(request: Request, env: object, context: ExecutionContext): Promise<Response> {
    const name = request.headers.get("x-lab") ?? "";
    const times = Number(request.headers.get("x-lab-times"));
    if (name === "the platform's call alone") {
      let recorded = 0;
      for (let index = 0; index < times; index += 1) if (tracing.getActiveSpan()?.isTraced === true) recorded += 1;
      return new Response(null, { status: recorded === 0 ? 200 : 500 });
    }
    const gate = gates[name as keyof typeof gates];
    for (let index = 0; index < times; index += 1) {
      const { status } = await gate.fetch(request, env, context);
      if (status !== 200) return new Response(null, { status });
    }
    return new Response();
  },
};
