import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { findAuthorityCertificate, type ServerIdentity } from "../../../cli/entra/authority-files.ts";
import type { HostNames } from "../../../entra/server/extensions.ts";
import { createServerKeys } from "../../../entra/server/tls.ts";

const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/** Certifies a server for any name, as a thief of the authority's key would. */
export async function certify(folder: string, names: HostNames): Promise<ServerIdentity> {
  const key = createPrivateKey(readFileSync(path.join(folder, "authority-key.pem")));
  const authority = new X509Certificate(readFileSync(findAuthorityCertificate(folder)));
  const certifier = {
    commonName: authority.subject.replace("CN=", ""),
    notAfterSeconds: authority.validToDate.getTime() / 1_000,
    privateKey: key.toCryptoKey(algorithm, true, ["sign"]) as CryptoKey,
    publicKey: createPublicKey(key).toCryptoKey(algorithm, true, ["verify"]) as CryptoKey,
  };
  const { privateKey, certificate } = await createServerKeys(certifier, Math.floor(Date.now() / 1_000), names);
  const pkcs8 = Buffer.from((await crypto.subtle.exportKey("pkcs8", privateKey)) as ArrayBuffer);
  return {
    key: createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" }).export({
      format: "pem",
      type: "pkcs8",
    }) as string,
    cert: new X509Certificate(certificate).toString(),
  };
}
