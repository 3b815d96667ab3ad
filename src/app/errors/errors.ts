import { describeCause } from "../../common/cause.ts";
import * as limits from "../../common/limits.ts";

/** Problem details (RFC 9457), with the faults of a request if there are any. */
export interface ProblemDetails {
  /** `about:blank` if the status is sufficient. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string | undefined;
  /** Identifies this response and its line in the log. */
  readonly instance?: string;
  readonly errors?: readonly Fault[] | undefined;
  readonly [member: string]: unknown;
}

/** A fault in a request. */
export interface Fault {
  /** JSON Pointer (RFC 6901) into the part that `detail` names. */
  readonly path: string;
  readonly message: string;
}

/**
 * An error response. Throw it from a handler or a hook to end a request with problem details. Below status 500, the
 * caller gets all members. From 500 on, the caller gets only the title, and the log has the message.
 *
 * @example
 * throw new HttpError(409, { title: "Conflict", detail: "The order is shipped." });
 */
export class HttpError extends Error {
  override readonly name: string = "HttpError";
  readonly status: number;
  readonly problem: ProblemDetails;
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param status from 400 to 599
   * @param problem `title`, and other members for the client
   * @param headers of the response, for example `retry-after`
   * @throws RangeError if the status is not from 400 to 599
   */
  constructor(
    status: number,
    problem: Partial<ProblemDetails> & { readonly title: string },
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(problem.detail ?? problem.title);
    if (!Number.isInteger(status) || status < 400 || status > 599)
      throw new RangeError(`HttpError: status ${status} must be from 400 to 599`);
    this.status = status;
    this.problem = { ...problem, type: problem.type ?? "about:blank", status };
    this.headers = headers;
  }

  /**
   * Creates the response.
   *
   * @param requestId becomes the `instance`
   */
  toResponse({ requestId }: { readonly requestId?: string } = {}): Response {
    const { type, title, status } = this.problem;
    const told =
      this.status < 500
        ? this.problem
        : { type, title, status, detail: "An internal error occurred. Contact the operator." };
    const headers = new Headers({ "cache-control": "no-store", ...this.headers });
    headers.set("content-type", "application/problem+json");
    const instance = requestId === undefined ? {} : { instance: `urn:uuid:${requestId}` };
    return new Response(JSON.stringify({ ...told, ...instance }), { status: this.status, headers });
  }
}

/** 400: the request is malformed. */
export class BadRequestError extends HttpError {
  override readonly name = "BadRequestError";
  constructor(detail?: string, errors?: readonly Fault[]) {
    super(400, { title: "Bad Request", detail, errors });
  }
}

/** 401, for other credentials. `requireAuth` refuses Entra's tokens itself, with a challenge. */
export class UnauthorizedError extends HttpError {
  override readonly name = "UnauthorizedError";
  constructor(detail?: string) {
    super(401, { title: "Unauthorized", detail });
  }
}

/** 403: the caller is known and has no permission. */
export class ForbiddenError extends HttpError {
  override readonly name = "ForbiddenError";
  constructor(detail?: string) {
    super(403, { title: "Forbidden", detail });
  }
}

/** 404. */
export class NotFoundError extends HttpError {
  override readonly name = "NotFoundError";
  constructor(detail?: string) {
    super(404, { title: "Not Found", detail });
  }
}

/** 405, with the supported methods in `Allow`. */
export class MethodNotAllowedError extends HttpError {
  override readonly name = "MethodNotAllowedError";
  constructor(allow: readonly string[]) {
    super(405, { title: "Method Not Allowed" }, { allow: allow.join(", ") });
  }
}

/** 408: the handler exceeded its `timeout`. */
export class RequestTimeoutError extends HttpError {
  override readonly name = "RequestTimeoutError";
  constructor(milliseconds: number) {
    super(408, { title: "Request Timeout", detail: `The request took longer than ${milliseconds} ms.` });
  }
}

/** 408: the body arrived too slowly. */
export class SlowBodyError extends HttpError {
  override readonly name = "SlowBodyError";
  constructor() {
    super(408, { title: "Request Timeout", detail: "The body arrived too slowly." });
  }
}

/** 409. */
export class ConflictError extends HttpError {
  override readonly name = "ConflictError";
  constructor(detail?: string) {
    super(409, { title: "Conflict", detail });
  }
}

/** 413: the body exceeds a limit in bytes. */
export class PayloadTooLargeError extends HttpError {
  override readonly name = "PayloadTooLargeError";
  constructor(limitBytes: number) {
    super(413, { title: "Payload Too Large", detail: `The body exceeds ${limitBytes} bytes.` });
  }
}

/** 415: the route does not accept the media type of the body. */
export class UnsupportedMediaTypeError extends HttpError {
  override readonly name = "UnsupportedMediaTypeError";
  constructor(expected: readonly string[]) {
    const accept = expected.join(", ");
    super(415, { title: "Unsupported Media Type", detail: `The body must be one of: ${accept}.` }, { accept });
  }
}

/** 422: a part of the request does not match its schema. */
export class ValidationError extends HttpError {
  override readonly name = "ValidationError";
  constructor(where: "params" | "query" | "headers" | "body", issues: readonly Fault[]) {
    const errors = issues.slice(0, limits.validationFaults).map(({ path, message }) => ({
      path,
      message: message.slice(0, limits.validationFaultCharacters),
    }));
    super(422, { title: "Request validation failed", detail: `Invalid ${where}`, errors });
  }
}

/** 429, with the time to wait in `Retry-After`. */
export class TooManyRequestsError extends HttpError {
  override readonly name = "TooManyRequestsError";
  constructor(retryAfterSeconds?: number, headers: Readonly<Record<string, string>> = {}) {
    const wait = retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
    super(429, { title: "Too Many Requests" }, { ...wait, ...headers });
  }
}

/** 500. The detail is only logged. */
export class InternalError extends HttpError {
  override readonly name = "InternalError";
  constructor(detail?: string) {
    super(500, { title: "Internal Server Error", detail });
  }
}

/** 503, with the time to wait in `Retry-After`. */
export class ServiceUnavailableError extends HttpError {
  override readonly name = "ServiceUnavailableError";
  constructor(retryAfterSeconds: number) {
    super(503, { title: "Service Unavailable" }, { "retry-after": String(retryAfterSeconds) });
  }
}

/** Describes an error for the log. The reason is the error's name in snake_case. From status 500 on, only the log has the message. */
export function describeHttpError(error: HttpError): { readonly reason: string } {
  const reason = error.name.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
  return { reason, ...(error.status >= 500 && { cause: describeCause(error) }) };
}
