/** `error` codes of RFC 6749, RFC 7591 and RFC 8707. */
type OAuthErrorCode =
  | "invalid_request"
  | "invalid_client"
  | "invalid_scope"
  | "invalid_target"
  | "invalid_redirect_uri"
  | "invalid_client_metadata"
  | "unsupported_grant_type"
  | "unsupported_response_type"
  | "server_error"
  | "temporarily_unavailable";

/** A request that is refused, as its client is told: in fixed words, with nothing of the request in them. */
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

/** Never stored, and no page that embeds it learns where it is from. */
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
