// The local Entra as a worker. Never deployed: it gives a token to whoever asks.
import { createEntra, type Entra } from "./entra.ts";

let entra: Entra | undefined;

export default {
  fetch(request: Request, env: { readonly PLAYGROUND_URL?: string }): Promise<Response> {
    entra ??= createEntra({ playgroundUrl: env.PLAYGROUND_URL });
    return entra.fetch(request);
  },
};
