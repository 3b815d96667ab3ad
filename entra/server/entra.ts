import { createEntra, type Entra, type EntraOptions } from "../entra.ts";
import { createCertificate } from "./certificate.ts";
import { addLocalEndpoints, type NamedAuthority } from "./local.ts";
import { instancePath } from "./pages.ts";
import { addPlaygroundEndpoints } from "./playground.ts";

/** Five years. */
const certificateSeconds = 5 * 365 * 24 * 3600;

export interface LocalEntraOptions extends Omit<EntraOptions, "addEndpoints" | "makeCertificate"> {
  /** Other authorities by name, from which its `/local/token?authority=NAME` gets tokens; none if absent. */
  readonly authorities?: ReadonlyMap<string, NamedAuthority>;
  /** Beginning of the validity of the signing keys' certificates, and with it their `kid`; their creation if absent. */
  readonly notBeforeSeconds?: number;
  /** ID of this run, which programs that know it ask for. */
  readonly instance?: string;
}

/**
 * The local Entra of `entra-gate dev` and `entra-gate entra`: Entra, endpoints under `/local/` that control it, and the
 * playground.
 *
 * @param playgroundUrl origin of the playground's server; absent if the local Entra runs alone
 */
export function createLocalEntra(
  { notBeforeSeconds, instance, authorities = new Map(), ...options }: LocalEntraOptions = {},
  playgroundUrl?: string,
): Entra {
  return createEntra({
    makeCertificate: (keys, createdSeconds) =>
      createCertificate({
        commonName: "accounts.accesscontrol.windows.net",
        ...keys,
        notBeforeSeconds: notBeforeSeconds ?? createdSeconds,
        notAfterSeconds: (notBeforeSeconds ?? createdSeconds) + certificateSeconds,
      }),
    ...options,
    addEndpoints(app, entra) {
      addPlaygroundEndpoints(app, playgroundUrl);
      addLocalEndpoints(app, entra, authorities);
      if (instance !== undefined) app.get(instancePath, (c) => c.text(instance));
      // The other endpoints follow, which scripts of other pages may read (CORS).
      app.all("/local/*", (c) => c.notFound());
    },
  });
}
