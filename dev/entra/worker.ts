// The local Entra as a worker. Never deployed: it gives a token to whoever asks.
import { createEntra, type Entra } from "./entra.ts";

let entra: Entra | undefined;

export default {
  fetch(request: Request): Promise<Response> {
    entra ??= createEntra();
    return entra.fetch(request);
  },
};
