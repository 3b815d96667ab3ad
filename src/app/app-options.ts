import * as limits from "../common/limits.ts";
import { checkOptionsOf, isCount, type Rule } from "../common/options.ts";
import type { BodyLimits } from "./build/build-route.ts";

/** Title of an app, and limits for the bodies that it reads. */
export interface AppOptions {
  /** Title of the API in the OpenAPI document. Default: `API`. */
  readonly title?: string;
  /** Version of the API in the OpenAPI document, for example `1.0.0`. Default: `0`. */
  readonly version?: string;
  /** Description of the API in the OpenAPI document. */
  readonly description?: string;
  /** Maximum of a declared body, in bytes. Default: 1 MiB. */
  readonly bodyLimitBytes?: number;
  /** Maximum of names and array items in a JSON body. Default: 10,000. */
  readonly jsonMaxKeys?: number;
  /** Maximum nesting of a JSON body. Default: 32. */
  readonly jsonMaxDepth?: number;
}

const isString: Rule = (value) => typeof value === "string" || "must be a string";

/**
 * Checks the options of an app.
 *
 * @returns a frozen copy
 * @throws TypeError naming the option that is faulty
 */
export function checkAppOptions(options: AppOptions): AppOptions {
  checkOptionsOf("App", options, {
    title: isString,
    version: isString,
    description: isString,
    bodyLimitBytes: isCount,
    jsonMaxKeys: isCount,
    jsonMaxDepth: isCount,
  });
  return Object.freeze({ ...options });
}

/** How bodies are read in an app. */
export function readBodyLimits({
  bodyLimitBytes: limitBytes = limits.bodyBytes,
  jsonMaxKeys = limits.bodyNames,
  jsonMaxDepth = limits.bodyJsonDepth,
}: AppOptions): BodyLimits {
  return { limitBytes, jsonMaxKeys, jsonMaxDepth };
}
