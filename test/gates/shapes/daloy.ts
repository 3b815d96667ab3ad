import { createEntraPlugin, type HookContext, requireAuth } from "../../../src/adapters/daloy.ts";

createEntraPlugin().register({ decorate: () => {} });
const hooks = requireAuth("access_as_user");

/** A route as DaloyJS serves it. */
export default {
  async fetch(request: Request): Promise<Response> {
    const context: HookContext = { request, state: {}, routePath: "/admin/approve" };
    return (await hooks.preBody(context)) ?? new Response(`served ${request.method}`);
  },
};
