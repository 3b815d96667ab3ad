import type {} from "../../../src/extensions/trace/trace.ts";
import { App, origin, requireAuth } from "../../../src/index.ts";

const hooks = requireAuth({ anyRole: ["Orders.Read.All"] });

export const routes = new App()
  .get("/orders/:id", { hooks }, origin())
  // A request of the handler itself.
  .get("/own", { hooks }, ({ state, env }) => {
    const { ORIGIN_URL = process.env.ORIGIN_URL } = env as { readonly ORIGIN_URL?: string };
    return fetch(`${ORIGIN_URL}/own`, { headers: { ...state.trace } });
  });
