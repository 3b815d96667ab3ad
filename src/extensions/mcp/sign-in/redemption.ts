import type { RequestContext } from "../../../app/part.ts";
import { defaultAuthority } from "../../../base/common/authority-name.ts";
import { hashText } from "../../../base/common/digest.ts";
import { readJson } from "../../../base/common/json.ts";
import * as limits from "../../../base/common/limits.ts";
import type { Redeem, TokenResponse } from "../facade/clients.ts";
import { findEntra } from "../facade/metadata.ts";
import { askEntra } from "../facade/token-endpoint.ts";
import { ClientError } from "./errors.ts";
import type { Seals } from "./seals.ts";

/** What a refresh token of the gate contains. */
interface SealedRefreshToken {
  /** Refresh token of Entra. */
  readonly token: string;
  /** Hash of the client ID. */
  readonly client: string;
}

/**
 * What a client gets of a response as it is (RFC 6749 section 5.1). Any other member could contain a token of Entra.
 */
const members: readonly string[] = ["token_type", "access_token", "expires_in", "scope", "id_token"];

const isPlain = (value: unknown) => typeof value === "string" || typeof value === "number";

/**
 * Creates the function that redeems codes and refresh tokens with the gate's credential. Anybody could send them to the
 * gate, so the client gets its refresh token sealed: Entra does not accept it, and the gate accepts it only with the ID
 * of the client.
 */
export function createRedeem(seals: Seals): Redeem {
  return async (form, context, clientId) => {
    const client = await hashText(clientId);
    const request = new URLSearchParams(form);
    const sealed = form.get("refresh_token");
    if (sealed !== null) request.set("refresh_token", await openRefreshToken(seals, context, client, sealed));
    const asked = await context.setup.downstream?.authenticate(
      findEntra(context.setup, defaultAuthority).tokenUrl,
      async (credential) => {
        const proven = new URLSearchParams([...request, ...Object.entries(credential)]);
        const received = await askEntra(proven, context, defaultAuthority, limits.downstreamAnswerBytes);
        return { received, response: received && describe(received) };
      },
      context.background,
    );
    if (asked === undefined) {
      const text = "The server cannot sign in at Entra. Contact the operator.";
      throw new ClientError("FacadeCredentialError", "temporarily_unavailable", text, 503);
    }
    const { received, response } = asked;
    if (received === undefined || response === undefined) return undefined;
    const { status, body } = response;
    if (status >= 400) return { response: received.response, text: JSON.stringify(describeRefusal(body)) };
    if (typeof body.access_token !== "string") return undefined;
    const { refresh_token: token } = body;
    const refreshToken = typeof token === "string" && (await sealRefreshToken(seals, context, { token, client }));
    const kept = Object.entries(body).filter(([name, value]) => members.includes(name) && isPlain(value));
    const text = JSON.stringify({ ...Object.fromEntries(kept), ...(refreshToken && { refresh_token: refreshToken }) });
    return { response: received.response, text };
  };
}

/** @throws ClientError if the token was not sealed here for this client */
async function openRefreshToken(
  seals: Seals,
  context: RequestContext,
  client: string,
  sealed: string,
): Promise<string> {
  const refuse = (problem: string) => {
    const text = "The refresh token is not valid for this client. Sign in again.";
    return new ClientError(`FacadeRefreshToken${problem}Error`, "invalid_grant", text);
  };
  const opened = await seals.open<SealedRefreshToken>(context, "RefreshToken", sealed);
  if (!opened.ok) throw refuse(opened.error);
  if (opened.value.client !== client) throw refuse("Client");
  return opened.value.token;
}

async function sealRefreshToken(seals: Seals, context: RequestContext, value: SealedRefreshToken): Promise<string> {
  const sealed = await seals.seal(context, "RefreshToken", value);
  if (sealed === undefined) {
    throw new ClientError("FacadeKeyUnusableError", "temporarily_unavailable", "The server cannot use its key.", 503);
  }
  if (sealed.length > limits.facadeTokenCharacters) {
    throw new ClientError("FacadeRefreshTokenTooLongError", "server_error", "The refresh token is too long.", 500);
  }
  return sealed;
}

/** The status of a response, and its members; none if it is no JSON. */
function describe({ response: { status }, text = "" }: TokenResponse) {
  return { status, body: readMembers(text) };
}

/**
 * A refusal without the text of Entra, which could repeat the code, the refresh token or the credential of the request.
 */
function describeRefusal({ error, error_codes: codes }: Readonly<Record<string, unknown>>) {
  const numbers = Array.isArray(codes) ? codes.filter((code) => Number.isSafeInteger(code)).slice(0, 8) : [];
  const names = numbers.map((code) => `AADSTS${code}`).join(", ");
  return {
    error: typeof error === "string" && /^[a-z_]{1,64}$/.test(error) ? error : "server_error",
    error_description: `The sign-in service refused the request${names && `: ${names}`}.`,
    ...(numbers.length > 0 && { error_codes: numbers }),
  };
}

function readMembers(text: string): Readonly<Record<string, unknown>> {
  return Object(readJson(text)) as Readonly<Record<string, unknown>>;
}
