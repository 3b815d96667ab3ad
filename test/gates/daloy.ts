import { entraPlugin, type HookContext, requireAuth } from "../../src/adapters/daloy.ts";

// Simulates DaloyJS on its Cloudflare adapter: root routes cannot see a plugin's decorations, and neither the
// environment nor the context of a request is passed.
entraPlugin.register({ decorate: () => {} });
const hooks = requireAuth(process.env.ENTRA_REQUIRED_SCOPE ?? "");

export default {
  bundles: [hooks],
  async fetch(request: Request): Promise<Response> {
    const context: HookContext = { request, state: {}, routePath: "/me" };
    const response = (await hooks.preBody(context)) ?? Response.json(context.state.principal);
    return hooks.onSend(response, context) ?? response;
  },
};
