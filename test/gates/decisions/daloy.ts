import { entraPlugin, type HookContext, requireAuth } from "../../../src/adapters/daloy.ts";

entraPlugin.register({ decorate: () => {} });
const hooks = requireAuth("access_as_user");

/** A route as DaloyJS serves it. */
export default {
  bundles: [hooks],
  async fetch(request: Request): Promise<Response> {
    const context: HookContext = { request, state: {}, routePath: "/me" };
    return (await hooks.preBody(context)) ?? Response.json({});
  },
};
