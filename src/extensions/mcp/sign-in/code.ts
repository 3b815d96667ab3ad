import type { RequestContext } from "../../../app/part.ts";
import { hashText } from "../../../base/common/digest.ts";
import { ClientError } from "./errors.ts";
import type { Seals } from "./seals.ts";

/** What a code of the gate contains. */
interface SealedCode {
  /** Code of Entra. */
  readonly code: string;
  /** Hashes of the client ID and of the redirect URI. */
  readonly client: string;
  readonly uri: string;
}

/**
 * Seals a code of Entra for a client.
 *
 * @param client hash of the client ID
 * @returns `undefined` if GATE_SESSION_KEY cannot be used
 */
export async function sealCode(
  seals: Seals,
  context: RequestContext,
  code: string,
  client: string,
  redirectUri: string,
): Promise<string | undefined> {
  const value: SealedCode = { code, client, uri: await hashText(redirectUri) };
  return seals.seal(context, "Code", value);
}

/**
 * Opens the code of a token request.
 *
 * @returns the code of Entra
 * @throws ClientError if the code is not of this client and redirect URI
 */
export async function openCode(
  seals: Seals,
  context: RequestContext,
  code: string,
  clientId: string,
  redirectUri: string,
): Promise<string> {
  const opened = await seals.open<SealedCode>(context, "Code", code);
  if (!opened.ok) throw refuseCode(`FacadeCode${opened.error}Error`);
  const { client, uri, code: ofEntra } = opened.value;
  if (client !== (await hashText(clientId))) throw refuseCode("FacadeCodeClientError");
  if (uri !== (await hashText(redirectUri))) throw refuseCode("FacadeCodeRedirectUriError");
  return ofEntra;
}

function refuseCode(name: ConstructorParameters<typeof ClientError>[0]): ClientError {
  return new ClientError(
    name,
    "invalid_grant",
    "The code is not valid for this client and redirect URI. Sign in again.",
  );
}
