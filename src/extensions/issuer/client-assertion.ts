import type { Io } from "../../base/common/io.ts";
import * as limits from "../../base/common/limits.ts";
import type { ClientAssertionSigner } from "../../core/guard/issuer.ts";
import type { ClientIssuerConfig } from "./configuration.ts";
import { type KeyHolder, signJwt } from "./signing-key.ts";

/**
 * Creates the function that signs client assertions for Entra, which trusts issuer and subject as a federated
 * credential.
 *
 * @see https://learn.microsoft.com/entra/workload-id/workload-identity-federation
 */
export function createClientAssertionSigner(
  io: Pick<Io, "now">,
  keys: KeyHolder,
  { issuer, subject, audience }: Pick<ClientIssuerConfig, "issuer" | "subject" | "audience">,
): ClientAssertionSigner {
  return async (background) => {
    const found = await keys.find(background);
    if (!found.ok) return found;
    const nowSeconds = Math.floor(io.now() / 1_000);
    // Entra accepts no other `typ` (AADSTS5002727).
    return signJwt(found.value, "JWT", {
      iss: issuer,
      sub: subject,
      aud: audience,
      jti: crypto.randomUUID(),
      iat: nowSeconds,
      nbf: nowSeconds,
      exp: nowSeconds + limits.clientAssertionSeconds,
    });
  };
}
