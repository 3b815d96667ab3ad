import { trace } from "@opentelemetry/api";
import { createEntraPlugin, type HookContext, requireAuth } from "../../../src/adapters/daloy.ts";
import { spans } from "../../../src/extensions/trace/spans.ts";
import { traceContext } from "../../../src/extensions/trace/trace.ts";

const options = { spans: spans(trace.getTracer("entra-gate")), trace: traceContext("restart") };
const { verifier } = createEntraPlugin(undefined, options);
const hooks = requireAuth({ anyRole: ["Orders.Read.All"] });

/** The routes of `routes.ts` as DaloyJS serves them. */
export default {
  async fetch(request: Request): Promise<Response> {
    const context: HookContext = { request, state: { verifier }, routePath: "/orders/:id" };
    const response = (await hooks.preBody(context)) ?? Response.json({});
    return hooks.onSend(response, context) ?? response;
  },
};
