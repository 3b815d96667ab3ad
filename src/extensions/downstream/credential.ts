import { SignJWT } from "jose";
import { type Background, type Io, withDeadline } from "../../base/common/io.ts";
import * as limits from "../../base/common/limits.ts";
import { fail, type Result, succeed } from "../../base/common/result.ts";
import type { CredentialConfig } from "../../core/config/credentials.ts";
import { readSecret } from "../../core/config/secret.ts";
import type { Secret } from "../../core/config/variables.ts";
import type { ClientAssertionSigner } from "../../core/guard/issuer.ts";
import { assertionAlgorithm, type ClientCertificate, readCertificate } from "./certificate.ts";
import { isCertificate } from "./configuration.ts";
import type { Proof } from "./msal.ts";

/** The client and the endpoint for which a credential is used. */
export interface ProofContext {
  /** ENTRA_CLIENT_ID, the client ID of the gate. */
  readonly clientId: string;
  /** URL of the tenant's token endpoint. */
  readonly endpoint: string;
}

/** Why a credential cannot be used. */
export interface CredentialFault {
  readonly problem: string;
  /** Expiry time in ISO 8601, if it is known. */
  readonly expires?: string;
}

/** A proof that can be sent. */
export interface ReadyProof {
  readonly proof: Proof;
  readonly expires?: string;
}

/** A credential of the gate. */
export interface Credential {
  /** Its variable, or `assertion`. */
  readonly name: string;
  /**
   * Whether Entra fetches the keys of another issuer to check it: the gate's own, or that of another identity provider.
   */
  readonly isFederated?: true;
  /**
   * Creates a proof for one request. Never throws, because the error of a store may contain a secret.
   *
   * @param background keeps the renewal of a stored key alive
   */
  prove(context: ProofContext, background: Background): Promise<Result<ReadyProof, CredentialFault>>;
}

/** Returns a signed assertion of another identity provider that Entra trusts (a federated credential). */
export type AssertionSource = (
  context: ProofContext & {
    /** Variables and bindings of the platform. */
    readonly env: unknown;
  },
) => string | Promise<string>;

/** Creates a credential from a configured secret or certificate. Does no I/O. */
export function createCredential(io: Pick<Io, "now" | "after">, { name, value }: CredentialConfig): Credential {
  if (isCertificate(name)) return createCertificateCredential(io, name, value);
  return {
    name,
    async prove() {
      const secret = await readSecret(io, value);
      return secret === undefined ? fail(unreadable) : succeed({ proof: { clientSecret: secret } });
    },
  };
}

function createCertificateCredential(io: Pick<Io, "now" | "after">, name: string, value: Secret): Credential {
  /** The latest text and its certificate. A Secrets Store can return a new one later. */
  let known: { readonly text: string; readonly read: Result<ClientCertificate, string> } | undefined;

  return {
    name,
    async prove({ clientId, endpoint }) {
      const text = await readSecret(io, value);
      if (text === undefined) return fail(unreadable);
      const read = known?.text === text ? known.read : await readCertificate(text);
      known = { text, read };
      if (!read.ok) return fail({ problem: read.error });
      const certificate = read.value;
      const expires = new Date(certificate.notAfterSeconds * 1_000).toISOString();
      const nowMs = io.now();
      if (nowMs >= certificate.notAfterSeconds * 1_000) return fail({ problem: "has expired", expires });
      if (nowMs < certificate.notBeforeSeconds * 1_000) return fail({ problem: "is not valid yet", expires });
      const clientAssertion = await signClientAssertion(certificate, clientId, endpoint, nowMs);
      return succeed({ proof: { clientAssertion }, expires });
    },
  };
}

/**
 * Creates a credential from an assertion that a callback returns.
 *
 * @param env of the platform, for secrets that the callback needs
 */
export function createFederatedCredential(io: Pick<Io, "after">, source: AssertionSource, env: unknown): Credential {
  return {
    name: "assertion",
    isFederated: true,
    async prove(context) {
      try {
        const asked = Promise.resolve(source({ ...context, env }));
        const clientAssertion = await withDeadline(io, limits.callbackMilliseconds, asked);
        if (typeof clientAssertion !== "string" || clientAssertion === "")
          return fail({ problem: "returned no assertion" });
        return succeed({ proof: { clientAssertion } });
      } catch {
        return fail({ problem: "threw an exception" });
      }
    },
  };
}

/**
 * Creates a credential from the gate's own issuer, which Entra trusts as a federated credential.
 *
 * @param sign signs an assertion
 */
export function createIssuerCredential(sign: ClientAssertionSigner): Credential {
  return {
    name: issuerVariable,
    isFederated: true,
    async prove(_context, background) {
      const signed = await sign(background);
      return signed.ok
        ? succeed({ proof: { clientAssertion: signed.value } })
        : fail({ problem: signed.error.problem });
    },
  };
}

/** The variable of the key that signs for Entra. The log names the credential by it. */
const issuerVariable = "ENTRA_CLIENT_KEY";

const unreadable: CredentialFault = { problem: "cannot be read from its store" };

/**
 * Signs the client assertion with which a client proves that it has a certificate.
 *
 * @param endpoint URL of the token endpoint, the audience of the assertion
 * @see https://learn.microsoft.com/entra/identity-platform/certificate-credentials
 */
export function signClientAssertion(
  { thumbprint, key }: Pick<ClientCertificate, "thumbprint" | "key">,
  clientId: string,
  endpoint: string,
  nowMs: number,
): Promise<string> {
  const nowSeconds = Math.floor(nowMs / 1_000);
  return new SignJWT()
    .setProtectedHeader({ alg: assertionAlgorithm, typ: "JWT", "x5t#S256": thumbprint })
    .setAudience(endpoint)
    .setIssuer(clientId)
    .setSubject(clientId)
    .setJti(crypto.randomUUID())
    .setNotBefore(nowSeconds)
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + limits.clientAssertionSeconds)
    .sign(key);
}
