import { describeCause } from "../cause.ts";
import { type Io, withDeadline } from "../io.ts";
import * as limits from "../limits.ts";
import { fail, type Result, succeed } from "../result.ts";

/** Why a document could not be had. */
export interface FetchFailure {
  /** For the operator: what went wrong. */
  readonly problem: string;
  /** When the authority wants to be asked again, where it said so. */
  readonly retryAfterMs?: number;
  /** The authority says that it has no such tenant. */
  readonly tenantUnknown?: true;
}

/**
 * Fetches one small document: status exactly 200, no redirect followed, bounded in bytes.
 *
 * @param io network
 * @param url whose origin is the authority's
 * @param signal ends it at the caller's deadline
 * @returns the text, or why there is none; never throws
 */
export async function fetchDocument(
  io: Pick<Io, "fetch">,
  url: string,
  signal: AbortSignal,
): Promise<Result<string, FetchFailure>> {
  try {
    const response = await io.fetch(url, { redirect: "manual", headers: { accept: "application/json" }, signal });
    if (response.status !== 200) return fail(await readFailure(response));
    return await readBounded(response, limits.keySetBytes);
  } catch (cause) {
    return fail({ problem: signal.aborted ? "timed out" : `unreachable: ${describeCause(cause)}` });
  }
}

async function readFailure(response: Response): Promise<FetchFailure> {
  const problem = `status ${response.status}`;
  if (response.status === 400 && (await saysTenantUnknown(response))) return { problem, tenantUnknown: true };
  // An unread body would hold its connection.
  response.body?.cancel().catch(() => {});
  return { problem, ...readRetryAfter(response) };
}

/**
 * Entra's discovery answers 400 with `"error": "invalid_tenant"` (AADSTS90002) for a tenant that it does not have. That its key
 * sets do the same is inferred: any other answer is a failure that says nothing of the tenant.
 */
async function saysTenantUnknown(response: Response): Promise<boolean> {
  try {
    const text = await readBounded(response, limits.authorityErrorBytes);
    return text.ok && JSON.parse(text.value)?.error === "invalid_tenant";
  } catch {
    return false;
  }
}

/**
 * Runs a step with a signal that aborts at the key-fetch deadline, and gives up on it then even if it does not listen.
 */
export async function withinFetchDeadline<T>(
  io: Pick<Io, "after">,
  step: (signal: AbortSignal) => Promise<Result<T, FetchFailure>>,
): Promise<Result<T, FetchFailure>> {
  const controller = new AbortController();
  const result = await withDeadline(io, limits.keyFetchMilliseconds, step(controller.signal));
  if (result !== undefined) return result;
  controller.abort();
  return fail({ problem: "timed out" });
}

/**
 * Reads a body as UTF-8 text, no further than it may be long.
 *
 * @returns the text, or why there is none; rejects where the connection breaks or the bytes are no UTF-8
 */
export async function readBounded(response: Response, bytesMaximum: number): Promise<Result<string, FetchFailure>> {
  if (response.body === null) return fail({ problem: "empty body" });
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the body.
    if (bytes > bytesMaximum) return fail({ problem: "document is too large" });
    text += decoder.decode(chunk, { stream: true });
  }
  return succeed(text + decoder.decode());
}

/** `Retry-After` in its form of seconds, bounded (RFC 9110 section 10.2.3). */
export function readRetryAfter(response: Response): { retryAfterMs?: number } {
  const value = response.headers.get("retry-after") ?? "";
  if (!/^\d{1,9}$/.test(value)) return {};
  return { retryAfterMs: Math.min(Number(value) * 1_000, limits.keyRetryAfterMilliseconds) };
}
