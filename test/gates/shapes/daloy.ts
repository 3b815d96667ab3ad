import { createEntraPlugin, type HookContext, requireAuth } from "../../../src/adapters/daloy.ts";

const { verifier } = createEntraPlugin();
const hooks = requireAuth("access_as_user");

/** A route as DaloyJS serves it. */
export default {
  bundles: [hooks],
  async fetch(request: Request): Promise<Response> {
    const context: HookContext = { request, state: { verifier }, routePath: "/admin/approve" };
    return (await hooks.preBody(context)) ?? new Response(`served ${request.method}`);
  },
};
