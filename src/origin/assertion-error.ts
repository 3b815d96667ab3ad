/** Why a request has no valid assertion. The name is for the log, not for the client. */
export type AssertionReason =
  | "assertion_missing"
  | "assertion_malformed"
  | "header_not_allowed"
  | "key_unknown"
  | "keys_unavailable"
  | "signature_invalid"
  | "issuer_mismatch"
  | "audience_mismatch"
  | "expired"
  | "not_yet_valid"
  | "claims_invalid"
  | "method_mismatch"
  | "target_mismatch";

/** A request that the gate did not send, or whose origin cannot check it at the moment. */
export class AssertionError extends Error {
  /** Always `AssertionError`. */
  override readonly name = "AssertionError";
  /** For the log of the origin. */
  readonly reason: AssertionReason;
  /** 401, or 503 if the keys of the gate are unavailable. Express reads it. */
  readonly status: 401 | 503;
  /** The same. Fastify reads it. */
  readonly statusCode: 401 | 503;

  /**
   * Creates the error.
   *
   * @param reason is not part of the message, so that servers that send the message do not show it
   */
  constructor(reason: AssertionReason) {
    const isTemporary = reason === "keys_unavailable";
    super(isTemporary ? "the keys of the gate are unavailable" : "the request has no valid assertion of the gate");
    this.reason = reason;
    this.status = isTemporary ? 503 : 401;
    this.statusCode = this.status;
  }
}
