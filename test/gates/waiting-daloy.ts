import { checkAgain, entraPlugin, type HookContext, requireAuth } from "../../src/adapters/daloy.ts";
import { look, wait } from "../support/late.ts";

entraPlugin.register({ decorate: () => {} });
const hooks = requireAuth("access_as_user");

/** Runs hooks like DaloyJS. The body, or a hook before `checkAgain`, takes long, and others see the response. */
export default {
  bundles: [hooks],
  async fetch(request: Request): Promise<Response> {
    const context: HookContext = { request, state: {}, routePath: "/me" };
    const early = await hooks.preBody(context);
    if (early === undefined) await wait();
    const response = early ?? (await checkAgain.beforeHandle(context)) ?? new Response("in");
    look("onSend", context, response);
    const sent = hooks.onSend(response, context) ?? response;
    look("onResponse", context);
    return sent;
  },
};
