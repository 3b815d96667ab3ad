import { readMediaType } from "../../base/http/media-type.ts";
import type { RequestContext } from "../pipeline/context.ts";
import type { BodyRules } from "./body.ts";
import { parseJson } from "./json.ts";
import { isolateBodies, readBody } from "./read-body.ts";

/**
 * Reads the text of a small body, for a route without a schema.
 *
 * @throws HttpError as `readBody` does
 */
export async function readText(
  { request, services: { io } }: RequestContext,
  mediaType: string,
  limitBytes: number,
): Promise<string> {
  const share = { bytes: 0, lastMs: io.now() };
  try {
    const received = readMediaType(request.headers.get("content-type"));
    const bytes = await readBody(request, received, { limitBytes, accepts: [mediaType] }, io, share);
    return new TextDecoder().decode(bytes);
  } finally {
    isolateBodies.release(share);
  }
}

/**
 * Reads a small JSON body, for a route without a schema.
 *
 * @throws HttpError as `readBody` and `parseJson` do
 */
export async function readJson(context: RequestContext, rules: Omit<BodyRules, "accepts">): Promise<unknown> {
  return parseJson(await readText(context, "application/json", rules.limitBytes), rules);
}
