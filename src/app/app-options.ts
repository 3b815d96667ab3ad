import * as limits from "../limits.ts";
import type { BodyLimits } from "./contract/build-route.ts";
import { checkOptionsOf } from "./contract/check-members.ts";

/** Title of an app, and limits for the bodies that it reads. */
export interface AppOptions {
  readonly title?: string;
  readonly version?: string;
  readonly description?: string;
  /** Maximum of a declared body, in bytes. Default: 1 MiB. */
  readonly bodyLimitBytes?: number;
  /** Maximum of names and array items in a JSON body. Default: 10,000. */
  readonly jsonMaxKeys?: number;
  /** Maximum nesting of a JSON body. Default: 32. */
  readonly jsonMaxDepth?: number;
}

const texts = ["title", "version", "description"] as const;
const numbers = ["bodyLimitBytes", "jsonMaxKeys", "jsonMaxDepth"] as const;

/**
 * Checks the options of an app.
 *
 * @returns a frozen copy
 * @throws TypeError naming the option that is faulty
 */
export function checkAppOptions(options: AppOptions): AppOptions {
  checkOptionsOf("App", options, [...texts, ...numbers]);
  for (const name of texts) {
    if (name in options && typeof options[name] !== "string") throw new TypeError(`App: ${name} must be a string`);
  }
  for (const name of numbers) {
    const value: number | undefined = options[name];
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
      throw new TypeError(`App: ${name} must be a whole number above 0`);
    }
  }
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
