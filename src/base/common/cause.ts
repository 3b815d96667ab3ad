import * as limits from "./limits.ts";

/** Returns the message of an error for the log, cut to `causeCharacters`; `unknown` if the value is not an `Error`. */
export function describeCause(cause: unknown): string {
  return cause instanceof Error ? cause.message.slice(0, limits.causeCharacters) : "unknown";
}

/** Codes of the system, of TLS and of undici, which is the `fetch` of Node. */
const codes =
  /^(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE|UND_ERR_SOCKET|UND_ERR_CONNECT_TIMEOUT|CERT_HAS_EXPIRED|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT_LOCALLY|UNABLE_TO_VERIFY_LEAF_SIGNATURE|ERR_TLS_CERT_ALTNAME_INVALID)$/;
/**
 * Parts of the messages of Workers and Deno, which have no codes. A URL contains no space, so it is not taken for one
 * of them.
 */
const texts = /Network connection lost|Connection (?:refused|reset)|dns error/;

/**
 * Names the error of a network call for the log, with a word of a closed list. The message can contain the URL with its
 * query, and so a token.
 *
 * @returns for example `ECONNREFUSED` or `Connection_refused`; `Error` for any other error
 */
export function nameNetworkError(error: unknown): string {
  // Node and Deno throw "fetch failed", whose cause says why.
  const { code, message } = Object(Object(error).cause ?? error);
  return codes.test(code) ? code : (texts.exec(message)?.[0] ?? "Error").replaceAll(" ", "_");
}
