import { entraPlugin, type HookContext, requireAuth } from "../../src/adapters/daloy.ts";
import { share, sharing } from "../support/sharing.ts";

// Runs hooks like DaloyJS: the onSend of every bundle in order, then the onResponse of every bundle, both of which may change
// the headers of the response.
entraPlugin.register({ decorate: () => {} });
const bundles = [{ onResponse: share }, requireAuth("access_as_user")];

export default {
  async fetch(request: Request): Promise<Response> {
    const context: HookContext = { request, state: {}, routePath: "/me" };
    let response = Response.json({}, { headers: sharing });
    for (const bundle of bundles) {
      const refusal = "preBody" in bundle ? await bundle.preBody(context) : undefined;
      if (refusal !== undefined) response = refusal;
    }
    for (const bundle of bundles) {
      if ("onSend" in bundle) response = bundle.onSend(response, context) ?? response;
    }
    for (const { onResponse } of bundles as readonly {
      onResponse?(response: Response, context: HookContext): void;
    }[]) {
      onResponse?.(response, context);
    }
    return response;
  },
};
