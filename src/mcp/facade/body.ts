import type { RequestContext } from "../../app/pipeline/context.ts";
import { isolateBodies } from "../../app/request/body-budget.ts";
import { readBody } from "../../app/request/read-body.ts";
import * as limits from "../../common/limits.ts";

/** Options for reading the small bodies of these endpoints. */
export const bodyRules = {
  limitBytes: limits.facadeBodyBytes,
  jsonMaxKeys: limits.facadeNames,
  jsonMaxDepth: limits.facadeJsonDepth,
};

/**
 * Reads the text of a small body.
 *
 * @throws HttpError as `readBody` does
 */
export async function readText({ request, services }: RequestContext, mediaType: string): Promise<string> {
  const share = { bytes: 0, lastMs: services.io.now() };
  try {
    const bytes = await readBody(request, { ...bodyRules, accepts: [mediaType] }, services.io, share);
    return new TextDecoder().decode(bytes);
  } finally {
    isolateBodies.release(share);
  }
}
