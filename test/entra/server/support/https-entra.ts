import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { type LoopbackServer, serveFetch } from "../../../../cli/common/loopback.ts";
import {
  createServerIdentity,
  findAuthorityCertificate,
  findAuthorityFolder,
} from "../../../../cli/entra/authority-files.ts";
import type { DirectoryConfig } from "../../../../entra/directory/config.ts";
import { createDirectory } from "../../../../entra/directory/create-directory.ts";
import type { Entra } from "../../../../entra/entra.ts";
import { createLocalEntra } from "../../../../entra/server/entra.ts";
import { reuseKeyPairs } from "../../../support/key-pairs.ts";

/**
 * A local Entra at https://localhost, as `entra-gate entra --https` serves it, which the clients of this process trust.
 */
export interface HttpsEntra extends LoopbackServer {
  readonly entra: Entra;
  /** `localhost` and the port, for `knownAuthorities`. */
  readonly host: string;
  /** File of the certificate authority, for other processes. */
  readonly certificate: string;
  /**
   * Signs a user in, as a browser does with the page of an authorization request.
   *
   * @returns where the browser is sent: the redirect URI with the response
   */
  signIn(authorizationUrl: string | URL, persona?: string): Promise<URL>;
}

export async function startHttpsEntra(config: DirectoryConfig = {}): Promise<HttpsEntra> {
  const data = mkdtempSync(path.join(tmpdir(), "https-entra-"));
  const folder = findAuthorityFolder({ XDG_DATA_HOME: data }, "linux");
  const tls = await createServerIdentity(folder, Math.floor(Date.now() / 1_000));
  const certificate = findAuthorityCertificate(folder);
  const before = getCACertificates("default");
  setDefaultCACertificates([...before, readFileSync(certificate, "utf8")]);
  const entra = createLocalEntra({ directory: createDirectory(config), makeKeyPair: reuseKeyPairs() });
  const server = await serveFetch(entra.fetch, 0, tls);
  return {
    entra,
    url: server.url,
    host: new URL(server.url).host,
    certificate,
    async signIn(authorizationUrl, persona = "member") {
      const { origin, pathname, searchParams } = new URL(authorizationUrl);
      const body = new URLSearchParams(searchParams);
      body.set("persona", persona);
      const response = await fetch(origin + pathname, { method: "POST", body, redirect: "manual" });
      const location = response.headers.get("location");
      if (location === null) throw new Error(`no redirect, but ${response.status}: ${await response.text()}`);
      return new URL(location);
    },
    async stop() {
      await server.stop();
      setDefaultCACertificates(before);
      rmSync(data, { recursive: true });
    },
  };
}
