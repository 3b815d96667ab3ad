/** `error` codes of RFC 6749, RFC 7591 and RFC 8707. */
type OAuthErrorCode =
  | "invalid_request"
  | "invalid_client"
  | "invalid_grant"
  | "invalid_scope"
  | "invalid_target"
  | "invalid_redirect_uri"
  | "invalid_client_metadata"
  | "unsupported_grant_type"
  | "unsupported_response_type"
  | "server_error"
  | "temporarily_unavailable";

/** A refused request. The text for the client is fixed and contains nothing of the request. */
export class OAuthFault extends Error {
  override readonly name = "OAuthFault";
  readonly code: OAuthErrorCode;
  readonly status: number;

  constructor(code: OAuthErrorCode, description: string, status = 400) {
    super(description);
    this.code = code;
    this.status = status;
  }
}

/** The response is not stored, and a page that embeds it does not learn its URL. */
export const privateHeaders = {
  "cache-control": "no-store",
  pragma: "no-cache",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

/** RFC 6749 section 5.2. */
export function writeOAuthError({ code, message, status }: OAuthFault): Response {
  return Response.json({ error: code, error_description: message }, { status, headers: privateHeaders });
}
