import { nameNetworkError } from "../../base/common/cause.ts";
import { type Io, withDeadline } from "../../base/common/io.ts";
import { parseJson } from "../../base/common/json.ts";
import * as limits from "../../base/common/limits.ts";
import { fail, type Result, succeed } from "../../base/common/result.ts";
import { readBounded } from "../../base/http/bounded-body.ts";

/** Why a document could not be fetched. */
export interface FetchFailure {
  /** Description for the operator. */
  readonly problem: string;
  /** When the authority allows the next request, if it says so. */
  readonly retryAfterMs?: number;
  /** Whether the authority says that the tenant does not exist. */
  readonly tenantUnknown?: true;
}

/**
 * Fetches a small document. It accepts only status 200, follows no redirect and limits the size. Never throws.
 *
 * @param io network
 * @param url on the authority's origin
 * @param signal aborts the fetch at the caller's deadline
 * @returns the text, or why there is none
 */
export async function fetchDocument(
  io: Pick<Io, "fetch">,
  url: string,
  signal: AbortSignal,
): Promise<Result<string, FetchFailure>> {
  try {
    const response = await io.fetch(url, { redirect: "manual", headers: { accept: "application/json" }, signal });
    if (response.status !== 200) return fail(await readFailure(response));
    if (response.body === null) return fail({ problem: "empty body" });
    const text = await readBounded(response.body, limits.keySetBytes);
    return text === undefined ? fail({ problem: "document exceeds the size limit" }) : succeed(text);
  } catch (cause) {
    return fail({ problem: signal.aborted ? "timed out" : `unreachable: ${nameNetworkError(cause)}` });
  }
}

async function readFailure(response: Response): Promise<FetchFailure> {
  const problem = `status ${response.status}`;
  if (response.status === 400 && (await saysTenantUnknown(response))) return { problem, tenantUnknown: true };
  // An unread body would keep its connection open.
  response.body?.cancel().catch(() => {});
  return { problem, ...readRetryAfter(response) };
}

/**
 * For a tenant that does not exist, Entra's discovery answers 400 with `"error": "invalid_tenant"` (AADSTS90002). Its
 * key sets are assumed to do the same. Any other response says nothing about the tenant.
 */
async function saysTenantUnknown(response: Response): Promise<boolean> {
  try {
    const text = await readBounded(response.body, limits.authorityErrorBytes);
    return text !== undefined && (parseJson(text) as { readonly error?: unknown }).error === "invalid_tenant";
  } catch {
    return false;
  }
}

/**
 * Runs a step with a signal that aborts at the deadline for key fetches, and returns then even if the step ignores the
 * signal.
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

/** Reads `Retry-After` in seconds, up to a maximum (RFC 9110 section 10.2.3). */
export function readRetryAfter(response: Response): { retryAfterMs?: number } {
  const value = response.headers.get("retry-after") ?? "";
  if (!/^\d{1,9}$/.test(value)) return {};
  return { retryAfterMs: Math.min(Number(value) * 1_000, limits.keyRetryAfterMilliseconds) };
}
