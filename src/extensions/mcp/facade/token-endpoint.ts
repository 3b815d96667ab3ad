import type { RequestContext } from "../../../app/part.ts";
import { withDeadline } from "../../../base/common/io.ts";
import * as limits from "../../../base/common/limits.ts";
import { readBounded } from "../../../base/http/bounded-body.ts";
import { readMediaType } from "../../../base/http/media-type.ts";
import type { TokenResponse } from "./clients.ts";
import { findEntra } from "./metadata.ts";

/** Type of the body of a token request. */
export const formType = "application/x-www-form-urlencoded";

/**
 * Sends a token request to Entra. Reads the body of a refusal.
 *
 * @param authority whose endpoint gets it
 * @param bytesMaximum of the body of any other response; without it, that body is streamed
 * @returns `undefined` if Entra does not respond in time, or not as a token endpoint does
 */
export async function askEntra(
  form: URLSearchParams,
  { request, setup, services: { io } }: RequestContext,
  authority: string,
  bytesMaximum?: number,
): Promise<TokenResponse | undefined> {
  const abort = new AbortController();
  const asked = io.fetch(findEntra(setup, authority).tokenUrl, {
    method: "POST",
    headers: { "content-type": formType, accept: "application/json" },
    body: form.toString(),
    redirect: "manual",
    signal: AbortSignal.any([request.signal, abort.signal]),
  });
  const read = asked.then((response) => readResponse(response, bytesMaximum));
  const received = await withDeadline(io, limits.facadeMilliseconds, read).catch(() => undefined);
  if (received === undefined) abort.abort();
  return received;
}

async function readResponse(response: Response, bytesMaximum: number | undefined): Promise<TokenResponse | undefined> {
  const { status, headers, body } = response;
  // A redirect would send the client elsewhere, and a page would belong to the gate's origin.
  if (readMediaType(headers.get("content-type"))?.essence !== "application/json" || (status >= 300 && status < 400)) {
    body?.cancel().catch(() => {});
    return undefined;
  }
  const bytes = status === 400 || status === 401 ? limits.authorityErrorBytes : bytesMaximum;
  if (bytes === undefined) return { response, text: undefined };
  const text = await readBounded(body, bytes);
  return text === undefined ? undefined : { response, text };
}
