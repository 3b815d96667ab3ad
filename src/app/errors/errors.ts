import { describeCause } from "../../base/common/cause.ts";
import * as limits from "../../base/common/limits.ts";

/** Members of the problem details (RFC 9457) of an error. */
export interface ProblemOptions {
  /** URI of the class of the problem. Default: `about:blank`, if the status is sufficient. */
  readonly type?: string;
  /** The class of the problem in a few words, the same for each response of its type. */
  readonly title: string;
  /** What is wrong with this request. */
  readonly detail?: string | undefined;
  /** Identifies this response and its line in the log. */
  readonly instance?: string;
  /** The faults of the request, if it does not match a schema. */
  readonly errors?: readonly RequestFault[] | undefined;
  readonly [member: string]: unknown;
}

/** Problem details (RFC 9457), with the faults of a request if there are any. */
export interface ProblemDetails extends ProblemOptions {
  /** URI of the class of the problem; `about:blank` if the status is sufficient. */
  readonly type: string;
  /** Status of the response. */
  readonly status: number;
}

/** A fault in a request. */
export interface RequestFault {
  /** JSON Pointer (RFC 6901) into the part that `detail` names. */
  readonly path: string;
  /** What is wrong at this place, as the schema says it. */
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
  /** Name of the class. The log writes it in snake_case as the reason: `http_error`. */
  override readonly name: string = "HttpError";
  /** Status of the response, from 400 to 599. */
  readonly status: number;
  /** Body of the response. From status 500 on, the caller gets `type`, `title`, `status` and a fixed `detail`. */
  readonly problem: ProblemDetails;
  /** Headers of the response. `content-type` is always `application/problem+json`. */
  readonly headers: Readonly<Record<string, string>>;

  /**
   * Creates the error.
   *
   * @param status from 400 to 599
   * @param problem `title`, and other members for the client
   * @param headers of the response, for example `retry-after`
   * @throws RangeError if the status is not from 400 to 599
   */
  constructor(status: number, problem: ProblemOptions, headers: Readonly<Record<string, string>> = {}) {
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
  toResponse({
    requestId,
  }: {
    /** Becomes the `instance`, as `urn:uuid:…`. */
    readonly requestId?: string;
  } = {}): Response {
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
  /** Name of the class; `bad_request_error` in the log. */
  override readonly name = "BadRequestError";

  /**
   * Creates the error.
   *
   * @param detail what is wrong, for the caller
   * @param errors the faults, for the caller
   */
  constructor(detail?: string, errors?: readonly RequestFault[]) {
    super(400, { title: "Bad Request", detail, errors });
  }
}

/** 401, for other credentials. `requireAuth` refuses Entra's tokens itself, with a challenge. */
export class UnauthorizedError extends HttpError {
  /** Name of the class; `unauthorized_error` in the log. */
  override readonly name = "UnauthorizedError";

  /** Creates the error. @param detail which credentials are missing, for the caller */
  constructor(detail?: string) {
    super(401, { title: "Unauthorized", detail });
  }
}

/** 403: the caller is known and has no permission. */
export class ForbiddenError extends HttpError {
  /** Name of the class; `forbidden_error` in the log. */
  override readonly name = "ForbiddenError";

  /** Creates the error. @param detail what is not allowed, for the caller */
  constructor(detail?: string) {
    super(403, { title: "Forbidden", detail });
  }
}

/** 404. */
export class NotFoundError extends HttpError {
  /** Name of the class; `not_found_error` in the log. */
  override readonly name = "NotFoundError";

  /** Creates the error. @param detail what was not found, for the caller */
  constructor(detail?: string) {
    super(404, { title: "Not Found", detail });
  }
}

/** 405, with the supported methods in `Allow`. */
export class MethodNotAllowedError extends HttpError {
  /** Name of the class; `method_not_allowed_error` in the log. */
  override readonly name = "MethodNotAllowedError";

  /** Creates the error. @param allow the supported methods, for example `["GET", "HEAD"]` */
  constructor(allow: readonly string[]) {
    super(405, { title: "Method Not Allowed" }, { allow: allow.join(", ") });
  }
}

/** 408: the handler exceeded its `timeout`. */
export class RequestTimeoutError extends HttpError {
  /** Name of the class; `request_timeout_error` in the log. */
  override readonly name = "RequestTimeoutError";

  /** Creates the error. @param milliseconds the limit, which `detail` names */
  constructor(milliseconds: number) {
    super(408, { title: "Request Timeout", detail: `The request took longer than ${milliseconds} ms.` });
  }
}

/** 408: the body arrived too slowly. */
export class SlowBodyError extends HttpError {
  /** Name of the class; `slow_body_error` in the log. */
  override readonly name = "SlowBodyError";

  /** Creates the error. */
  constructor() {
    super(408, { title: "Request Timeout", detail: "The body arrived too slowly." });
  }
}

/** 409. */
export class ConflictError extends HttpError {
  /** Name of the class; `conflict_error` in the log. */
  override readonly name = "ConflictError";

  /** Creates the error. @param detail what conflicts, for the caller */
  constructor(detail?: string) {
    super(409, { title: "Conflict", detail });
  }
}

/** 413: the body exceeds a limit in bytes. */
export class PayloadTooLargeError extends HttpError {
  /** Name of the class; `payload_too_large_error` in the log. */
  override readonly name = "PayloadTooLargeError";

  /** Creates the error. @param limitBytes the limit, which `detail` names */
  constructor(limitBytes: number) {
    super(413, { title: "Payload Too Large", detail: `The body exceeds ${limitBytes} bytes.` });
  }
}

/** 415: the route does not accept the media type of the body. */
export class UnsupportedMediaTypeError extends HttpError {
  /** Name of the class; `unsupported_media_type_error` in the log. */
  override readonly name = "UnsupportedMediaTypeError";

  /** Creates the error. @param expected the accepted media types, which `detail` and the header `Accept` name */
  constructor(expected: readonly string[]) {
    const accept = expected.join(", ");
    super(415, { title: "Unsupported Media Type", detail: `The body must be one of: ${accept}.` }, { accept });
  }
}

/** 422: a part of the request does not match its schema. */
export class ValidationError extends HttpError {
  /** Name of the class; `validation_error` in the log. */
  override readonly name = "ValidationError";

  /**
   * Creates the error.
   *
   * @param where the invalid part
   * @param issues its faults; the caller gets the first 50, and 300 characters of each message
   */
  constructor(where: "params" | "query" | "headers" | "body", issues: readonly RequestFault[]) {
    const errors = issues.slice(0, limits.validationFaults).map(({ path, message }) => ({
      path,
      message: message.slice(0, limits.validationFaultCharacters),
    }));
    super(422, { title: "Request validation failed", detail: `Invalid ${where}`, errors });
  }
}

/** 429, with the time to wait in `Retry-After`. */
export class TooManyRequestsError extends HttpError {
  /** Name of the class; `too_many_requests_error` in the log. */
  override readonly name = "TooManyRequestsError";

  /**
   * Creates the error.
   *
   * @param retryAfterSeconds time to wait; without it, the response has no `Retry-After`
   * @param headers of the response
   */
  constructor(retryAfterSeconds?: number, headers: Readonly<Record<string, string>> = {}) {
    const wait = retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
    super(429, { title: "Too Many Requests" }, { ...wait, ...headers });
  }
}

/** 500. The detail is only logged. */
export class InternalError extends HttpError {
  /** Name of the class; `internal_error` in the log. */
  override readonly name = "InternalError";

  /** Creates the error. @param detail for the log only */
  constructor(detail?: string) {
    super(500, { title: "Internal Server Error", detail });
  }
}

/** 503, with the time to wait in `Retry-After`. */
export class ServiceUnavailableError extends HttpError {
  /** Name of the class; `service_unavailable_error` in the log. */
  override readonly name = "ServiceUnavailableError";

  /** Creates the error. @param retryAfterSeconds time to wait, in seconds */
  constructor(retryAfterSeconds: number) {
    super(503, { title: "Service Unavailable" }, { "retry-after": String(retryAfterSeconds) });
  }
}

/**
 * Describes an error for the log. The reason is the error's name in snake_case. From status 500 on, only the log has
 * the message.
 */
export function describeHttpError(error: HttpError): { readonly reason: string } {
  const reason = error.name.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
  return { reason, ...(error.status >= 500 && { cause: describeCause(error) }) };
}
