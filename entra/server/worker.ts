// The local Entra as a worker. Never deploy it: it issues a token to every caller.

import type { Entra } from "../entra.ts";
import { createLocalEntra } from "./entra.ts";
import { refuseForeign, type ServerVars, serverPages } from "./pages.ts";

let entra: Entra | undefined;

export default {
  async fetch(request: Request, env: ServerVars & { readonly PLAYGROUND_URL?: string }): Promise<Response> {
    const refusal = refuseForeign(request, env, serverPages.entra);
    if (refusal !== undefined) return refusal;
    entra ??= createLocalEntra({}, env.PLAYGROUND_URL);
    return entra.fetch(request);
  },
};
