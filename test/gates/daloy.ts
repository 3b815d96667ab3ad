import { entraPlugin, type HookContext, requireAuth } from "../../src/adapters/daloy.ts";

// As DaloyJS on its Cloudflare adapter: a plugin's decorations are hidden from root routes, and neither the environment nor
// the context of a request is handed on.
entraPlugin.register({ decorate: () => {} });
const hooks = requireAuth(process.env.ENTRA_REQUIRED_SCOPE ?? "");

export default {
  async fetch(request: Request): Promise<Response> {
    const context: HookContext = { request, state: {}, routePath: "/me" };
    const response = (await hooks.preBody(context)) ?? Response.json(context.state.principal);
    return hooks.onSend(response, context) ?? response;
  },
};
