import { type EntraErrorEntry, type EntraErrorName, entraErrors } from "./errors.ts";

/** An error with the values of a request. */
export interface EntraError extends Omit<EntraErrorEntry, "text" | "provoke" | "source"> {
  readonly name: EntraErrorName;
  readonly description: string;
  /** A claims request as JSON text, for the next sign-in of the client. */
  readonly claims?: string;
}

/** A request that Entra would refuse. The endpoint catches it and answers in the form that its caller expects. */
export class EntraRefusal extends Error {
  readonly details: EntraError;

  constructor(details: EntraError) {
    super(details.description);
    this.details = details;
  }
}

/**
 * Creates a refusal.
 *
 * @param values replace `{name}` in the text of the error
 * @param claims a claims request, which the client sends with its next sign-in
 */
export function refuse(
  name: EntraErrorName,
  values: Readonly<Record<string, string>> = {},
  claims?: object,
): EntraRefusal {
  const { code, error, status, suberror, text, hasErrorUri } = entraErrors[name];
  return new EntraRefusal({
    name,
    code,
    error,
    description: text.replace(/\{(\w+)\}/g, (placeholder, key: string) => values[key] ?? placeholder),
    ...(status !== undefined && { status }),
    ...(suberror !== undefined && { suberror }),
    ...(hasErrorUri && { hasErrorUri }),
    ...(claims !== undefined && { claims: JSON.stringify(claims) }),
  });
}

/** What a response about an error needs besides the error. */
export interface ErrorContext {
  readonly authority: string;
  readonly nowSeconds: number;
  /** GUID of the response. */
  readonly traceId: string;
  /** GUID of the client's request, or a new one. */
  readonly correlationId: string;
}

/** Creates the JSON of an error, in the form of Entra's token endpoint. */
export function createErrorBody(details: EntraError, context: ErrorContext): object {
  const { traceId, correlationId, authority } = context;
  return {
    error: details.error,
    error_description: describeError(details, context),
    error_codes: [details.code],
    timestamp: formatTimestamp(context.nowSeconds),
    trace_id: traceId,
    correlation_id: correlationId,
    ...(details.hasErrorUri && { error_uri: `${authority}/error?code=${details.code}` }),
    ...(details.suberror !== undefined && { suberror: details.suberror }),
    ...(details.claims !== undefined && { claims: details.claims }),
  };
}

/** `error_description`, which ends with what Microsoft's support asks for. */
export function describeError(details: EntraError, { nowSeconds, traceId, correlationId }: ErrorContext): string {
  const timestamp = formatTimestamp(nowSeconds);
  return `${formatError(details)} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`;
}

export function formatError(details: EntraError): string {
  return `AADSTS${details.code}: ${details.description}`;
}

function formatTimestamp(nowSeconds: number): string {
  return new Date(nowSeconds * 1000).toISOString().replace("T", " ").replace(/\.\d+/, "");
}

const guid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Whether a text is a GUID. */
export function isGuid(text: string): boolean {
  return guid.test(text);
}

/** The correlation ID of a request: Microsoft's libraries send `client-request-id` in the query or as a header. */
export function readCorrelationId(parameters: URLSearchParams, headers: Headers): string {
  const sent = parameters.get("client-request-id") ?? headers.get("client-request-id") ?? "";
  return isGuid(sent) ? sent : crypto.randomUUID();
}
