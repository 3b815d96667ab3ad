// Failures of the metadata, key and token endpoints, and of the lists of groups in Graph, to test how the gate handles
// them.

const plainKinds = [
  "down",
  "error",
  "not-found",
  "drip",
  "html",
  "truncated",
  "oversize",
  "too-many-keys",
  "empty",
  "redirect",
  "response-issuer",
  "denied",
] as const satisfies readonly PlainOutage["kind"][];

/** An endpoint that can fail. */
export type OutageEndpoint = "discovery" | "keys" | "token" | "graph";

/** What all outages have in common. */
export interface AnyOutage {
  /** The endpoint that fails. Default: discovery and keys. */
  readonly endpoint?: OutageEndpoint;
  /** Number of requests to each endpoint that it affects. If absent, it lasts until the next change. */
  readonly requests?: number;
}

/** An outage without members of its own. */
export interface PlainOutage extends AnyOutage {
  /**
   * `down`: 503. `error`: 500. `not-found`: 404. `drip`: a body without an end, one white space at a time. `html`: a
   * page. `truncated`: the first half of the document. `oversize`: the valid document, with 600 KiB. `too-many-keys`:
   * the valid keys after 1,001 others. `empty`: `{}`, or a key set without keys. `redirect`: 302 to a copy of the valid
   * document under /local/moved/. `response-issuer` is no failure: authorization responses have `iss` (RFC 9207), and
   * the metadata says so, which Entra does not do today. `denied`: 403 with `Authorization_RequestDenied`, as Graph
   * answers a token that lacks a permission.
   */
  readonly kind:
    | "down"
    | "error"
    | "not-found"
    | "drip"
    | "html"
    | "truncated"
    | "oversize"
    | "too-many-keys"
    | "empty"
    | "redirect"
    | "response-issuer"
    | "denied";
}

/** Endpoints answer late. */
export interface SlowOutage extends AnyOutage {
  /** The valid document, after `delayMs`. */
  readonly kind: "slow";
  /** Delay in milliseconds. */
  readonly delayMs: number;
}

/** Endpoints refuse requests because there are too many. */
export interface ThrottledOutage extends AnyOutage {
  /** 429 with `Retry-After`. */
  readonly kind: "throttled";
  /** `Retry-After` in seconds. Default: 30. */
  readonly retryAfterSeconds?: number;
}

/** How endpoints fail. */
export type Outage = PlainOutage | SlowOutage | ThrottledOutage;

/** No failure. */
export interface NoOutage extends AnyOutage {
  readonly kind: "ok";
}

export interface Outages {
  /** Throws RangeError for an unknown kind. */
  set(outage: Outage | NoOutage): void;
  /** Returns the current outages without counting a request. */
  read(): Readonly<Record<OutageEndpoint, Outage | NoOutage>>;
  /** Returns the valid document, or what the outage makes of it. */
  apply(endpoint: OutageEndpoint, request: Request, document: Readonly<Record<string, unknown>>): Promise<Response>;
}

/** Kinds of failures. */
export const outageKinds: readonly string[] = [...plainKinds, "slow", "throttled"];
const dripDelayMs = 100;
const oversizeBytes = 600 * 1024;
const tooManyKeys = 1001;
const noOutage: NoOutage = { kind: "ok" };

/** @param sleepMs waits that many milliseconds; `slow` and `drip` use it */
export function createOutages(sleepMs: (delayMs: number) => Promise<void>): Outages {
  const current: Record<OutageEndpoint, Outage | NoOutage> = {
    discovery: noOutage,
    keys: noOutage,
    token: noOutage,
    graph: noOutage,
  };

  function takeOne(endpoint: OutageEndpoint): Outage | NoOutage {
    const outage = current[endpoint];
    if (outage.requests === undefined) return outage;
    if (outage.requests <= 0) {
      current[endpoint] = noOutage;
      return noOutage;
    }
    current[endpoint] = { ...outage, requests: outage.requests - 1 };
    return outage;
  }

  return {
    set(outage) {
      if (outage.kind !== "ok" && !outageKinds.includes(outage.kind)) {
        throw new RangeError(`kind must be one of ${outageKinds.join(", ")}`);
      }
      if (outage.endpoint !== undefined && !Object.hasOwn(current, outage.endpoint)) {
        throw new RangeError(`endpoint must be one of ${Object.keys(current).join(", ")}`);
      }
      const reached = outage.endpoint === undefined ? (["discovery", "keys"] as const) : [outage.endpoint];
      for (const endpoint of reached) current[endpoint] = outage;
    },
    read: () => ({ ...current }),
    async apply(endpoint, request, document) {
      const outage = takeOne(endpoint);
      if (outage.kind === "slow") await sleepMs(outage.delayMs);
      return respond(outage, request, document, sleepMs);
    },
  };
}

function respond(
  outage: Outage | NoOutage,
  request: Request,
  document: Readonly<Record<string, unknown>>,
  sleepMs: (delayMs: number) => Promise<void>,
): Response {
  const text = JSON.stringify(document);
  switch (outage.kind) {
    case "ok":
    case "slow":
      return createDocumentResponse(text);
    case "down":
      return new Response("Service Unavailable", { status: 503 });
    case "error":
      return new Response("Internal Server Error", { status: 500 });
    case "not-found":
      return new Response("Not Found", { status: 404 });
    case "throttled":
      return new Response("Too Many Requests", {
        status: 429,
        headers: { "Retry-After": String(outage.retryAfterSeconds ?? 30) },
      });
    case "html":
      return new Response("<!doctype html><title>Sorry</title><p>Please try again later.", {
        headers: { "Content-Type": "text/html; charset=utf-8" },
      });
    case "truncated":
      return createDocumentResponse(text.slice(0, Math.floor(text.length / 2)));
    case "oversize":
      return createDocumentResponse(JSON.stringify({ ...document, padding: "x".repeat(oversizeBytes) }));
    case "too-many-keys":
      return createDocumentResponse(JSON.stringify(addFillerKeys(document)));
    case "empty":
      return createDocumentResponse("keys" in document ? '{"keys":[]}' : "{}");
    case "redirect":
      return new Response(null, { status: 302, headers: { Location: formatMovedUrl(request.url) } });
    case "response-issuer":
      return createDocumentResponse(JSON.stringify(announceIssuer(document)));
    case "denied":
      return Response.json(
        { error: { code: "Authorization_RequestDenied", message: "Denied on demand." } },
        { status: 403 },
      );
    case "drip":
      return createDocumentResponse(createDrip(sleepMs));
  }
}

function createDocumentResponse(body: string | ReadableStream): Response {
  return new Response(body, {
    headers: { "Content-Type": "application/json; charset=utf-8", "Cache-Control": "max-age=86400, private" },
  });
}

/** RFC 9207 section 3. A key set announces nothing. */
function announceIssuer(document: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return "issuer" in document ? { ...document, authorization_response_iss_parameter_supported: true } : document;
}

/** The target returns the valid document. A client that follows the redirect succeeds, which a test can see. */
function formatMovedUrl(url: string): string {
  const moved = new URL(url);
  moved.pathname = `/local/moved${moved.pathname}`;
  return moved.href;
}

/** Keeps the valid keys at the end of the list, so that only the number of keys can cause a refusal. */
function addFillerKeys(document: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (!Array.isArray(document.keys)) return document;
  const fillers = Array.from({ length: tooManyKeys }, (_, index) => ({
    kty: "RSA",
    kid: `filler-${index}`,
    e: "AQAB",
  }));
  return { ...document, keys: [...fillers, ...document.keys] };
}

/** Sends white space without an end, so the body never becomes JSON. */
function createDrip(sleepMs: (delayMs: number) => Promise<void>): ReadableStream {
  const space = new TextEncoder().encode(" ");
  return new ReadableStream({
    async pull(controller) {
      await sleepMs(dripDelayMs);
      controller.enqueue(space);
    },
  });
}
