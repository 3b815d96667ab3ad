import { X509Certificate } from "node:crypto";
import { createServer, type TLSSocket } from "node:tls";
import { exportPKCS8 } from "jose";
import type { MiniflareBinding } from "miniflare";
import { createAuthority, createServerKeys } from "../../../entra/server/tls.ts";
import { createTestCertificate } from "../../support/client-certificate.ts";
import { startServer } from "../../support/server.ts";

/** An origin that accepts only connections with one client certificate. */
export interface MutualTlsOrigin {
  /** Carries requests to the origin with the certificate, as a binding `mtls_certificates` does. */
  readonly binding: MiniflareBinding;
  /** Connects without a certificate. */
  readonly bindingWithoutCertificate: MiniflareBinding;
  /** Address of the origin, and what a client without bindings connects with, in PEM. */
  readonly url: string;
  readonly client: { readonly key: string; readonly cert: string; readonly ca: string };
  /** Fingerprint of the certificate, as `certificateOf` returns it. */
  readonly fingerprint: string;
  stop(): Promise<void>;
}

/** The fingerprint (SHA-256) of the client certificate of a request's connection. */
export const certificateOf = (socket: unknown): string => (socket as TLSSocket).getPeerCertificate().fingerprint256;

const toPem = (der: Uint8Array): string => new X509Certificate(der).toString();

/**
 * Starts such an origin on loopback, with a certificate that workerd checks.
 *
 * @param take gets each connection after its handshake
 */
export async function startMutualTlsOrigin(take: (socket: TLSSocket) => void): Promise<MutualTlsOrigin> {
  const client = await createTestCertificate();
  const [certificate = ""] = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(client.pem) ?? [];
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const authority = await createAuthority(nowSeconds);
  const authorityPem = toPem(authority.certificate);
  const keys = await createServerKeys(
    {
      ...authority,
      commonName: new X509Certificate(authorityPem).subject.replace(/^CN=/, ""),
      notAfterSeconds: nowSeconds + 3_600,
    },
    nowSeconds,
  );
  const server = createServer(
    {
      key: await exportPKCS8(keys.privateKey),
      cert: toPem(keys.certificate),
      ca: certificate,
      requestCert: true,
      rejectUnauthorized: true,
    },
    (socket) => {
      socket.on("error", () => {});
      take(socket);
    },
  );
  const { port, stop } = await startServer(server);
  const bind = (own: object): MiniflareBinding => ({
    type: "external",
    address: `127.0.0.1:${port}`,
    https: { certificateHost: "localhost", tlsOptions: { ...own, trustedCertificates: [authorityPem] } },
  });
  const key = client.pem.replace(certificate, "").trim();
  return {
    binding: bind({ keypair: { privateKey: key, certificateChain: certificate } }),
    bindingWithoutCertificate: bind({}),
    url: `https://localhost:${port}`,
    client: { key, cert: certificate, ca: authorityPem },
    fingerprint: new X509Certificate(certificate).fingerprint256,
    stop,
  };
}
