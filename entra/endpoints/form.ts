import { refuse } from "../common/error.ts";
import { maxFormBytes, maxQueryLength } from "../common/limits.ts";

/**
 * Reads the form of a request. A parameter without a value counts as absent (RFC 6749 section 3.2). Throws a refusal if
 * it is too large, is no form, or repeats a parameter.
 */
export async function readForm(request: Request): Promise<URLSearchParams> {
  const type = request.headers.get("content-type") ?? "application/x-www-form-urlencoded";
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) throw refuse("malformedRequest");
  const form = new URLSearchParams(await readText(request));
  requireSingle(form);
  return omitEmpty(form);
}

/**
 * Reads the query of a request. A parameter without a value counts as absent (RFC 6749 section 3.1). Throws a refusal
 * if it is too long or repeats a parameter.
 */
export function readQuery(request: Request): URLSearchParams {
  const { search, searchParams } = new URL(request.url);
  if (search.length > maxQueryLength) throw refuse("queryTooLong");
  requireSingle(searchParams);
  return omitEmpty(searchParams);
}

function omitEmpty(parameters: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...parameters].filter(([, value]) => value !== ""));
}

function requireSingle(parameters: URLSearchParams): void {
  const seen = new Set<string>();
  for (const name of parameters.keys()) {
    if (seen.has(name)) throw refuse("repeatedParameter", { name });
    seen.add(name);
  }
}

async function readText(request: Request): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.byteLength;
    if (length > maxFormBytes) throw refuse("malformedRequest");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
