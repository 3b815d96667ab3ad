import { createEntra, type Entra, type EntraOptions } from "../entra.ts";
import { createCertificate } from "./certificate.ts";
import { addLocalEndpoints } from "./local.ts";
import { addPlaygroundEndpoints } from "./playground.ts";

/** Five years. */
const certificateSeconds = 5 * 365 * 24 * 3600;

/**
 * The local Entra of `entra-gate dev`: Entra, endpoints under `/local/` that control it, and the playground.
 *
 * @param playgroundUrl origin of the playground's server; absent if the local Entra runs alone
 */
export function createLocalEntra(options: Omit<EntraOptions, "addEndpoints"> = {}, playgroundUrl?: string): Entra {
  return createEntra({
    makeCertificate: (keys, notBeforeSeconds) =>
      createCertificate({
        commonName: "accounts.accesscontrol.windows.net",
        ...keys,
        notBeforeSeconds,
        notAfterSeconds: notBeforeSeconds + certificateSeconds,
      }),
    ...options,
    addEndpoints(app, entra) {
      addPlaygroundEndpoints(app, playgroundUrl);
      addLocalEndpoints(app, entra);
    },
  });
}
