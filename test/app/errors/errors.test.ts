import { describe, expect, it } from "vitest";
import {
  BadRequestError,
  ConflictError,
  ForbiddenError,
  HttpError,
  InternalError,
  MethodNotAllowedError,
  NotFoundError,
  PayloadTooLargeError,
  RequestTimeoutError,
  TooManyRequestsError,
  UnauthorizedError,
  UnsupportedMediaTypeError,
  ValidationError,
} from "../../../src/app/errors/errors.ts";

const errors = [
  [new BadRequestError("d"), "BadRequestError", 400, "Bad Request"],
  [new UnauthorizedError("d"), "UnauthorizedError", 401, "Unauthorized"],
  [new ForbiddenError("d"), "ForbiddenError", 403, "Forbidden"],
  [new NotFoundError("d"), "NotFoundError", 404, "Not Found"],
  [new MethodNotAllowedError(["GET", "PUT"]), "MethodNotAllowedError", 405, "Method Not Allowed"],
  [new RequestTimeoutError(50), "RequestTimeoutError", 408, "Request Timeout"],
  [new ConflictError("d"), "ConflictError", 409, "Conflict"],
  [new PayloadTooLargeError(9), "PayloadTooLargeError", 413, "Payload Too Large"],
  [new UnsupportedMediaTypeError(["text/csv"]), "UnsupportedMediaTypeError", 415, "Unsupported Media Type"],
  [new ValidationError("body", []), "ValidationError", 422, "Request validation failed"],
  [new TooManyRequestsError(7), "TooManyRequestsError", 429, "Too Many Requests"],
  [new InternalError("d"), "InternalError", 500, "Internal Server Error"],
] as const;

describe("HTTP errors", () => {
  it.each(errors)("%s is an HttpError by name, status and title", async (error, name, status, title) => {
    expect(error).toBeInstanceOf(HttpError);
    expect([error.name, error.status]).toEqual([name, status]);
    const response = error.toResponse({ requestId: "id" });
    expect([response.status, response.headers.get("content-type")]).toEqual([status, "application/problem+json"]);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toMatchObject({ type: "about:blank", title, status, instance: "urn:uuid:id" });
  });

  it("send headers that help a client", () => {
    const header = (error: HttpError, name: string) => error.toResponse().headers.get(name);
    expect(header(new MethodNotAllowedError(["GET", "PUT"]), "allow")).toBe("GET, PUT");
    expect(header(new TooManyRequestsError(7), "retry-after")).toBe("7");
    expect(header(new TooManyRequestsError(), "retry-after")).toBeNull();
    expect(header(new UnsupportedMediaTypeError(["text/csv"]), "accept")).toBe("text/csv");
  });

  it("show the caller their detail below 500, and nothing from 500 on", async () => {
    const problem = { title: "T", detail: "D", code: 7 };
    expect(await new HttpError(418, problem).toResponse().json()).toEqual({
      ...problem,
      type: "about:blank",
      status: 418,
    });
    expect(await new HttpError(503, problem).toResponse().json()).toEqual({
      title: "T",
      type: "about:blank",
      status: 503,
      detail: "An internal error occurred. Contact the operator.",
    });
  });

  it("may have their own type, and keep the media type", async () => {
    const response = new HttpError(
      418,
      { title: "T", type: "https://x.example/t" },
      { "content-type": "text/html" },
    ).toResponse();
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ type: "https://x.example/t" });
  });

  it.each([200, 302, 399, 600, Number.NaN, 404.5])("have a status from 400 to 599, not %s", (status) => {
    expect(() => new HttpError(status, { title: "T" })).toThrow(RangeError);
  });
});
