import * as limits from "../base/common/limits.ts";
import { checkMembers, checkOptionsOf, isCount, type Rule } from "../base/common/options.ts";
import type { BodyLimits } from "./build/build-route.ts";

/** Whom to ask about an API. */
export interface ApiContact {
  /** Name of a person or team. */
  readonly name?: string;
  /** Address of a page, with its scheme. */
  readonly url?: string;
  /** Email address. */
  readonly email?: string;
}

/** License of an API. */
export interface ApiLicense {
  /** Name, for example `Apache 2.0`. */
  readonly name: string;
  /** Address of its text, with its scheme. */
  readonly url?: string;
  /** SPDX identifier in place of `url`, for example `Apache-2.0`. */
  readonly identifier?: string;
}

/** Title of an app, and limits for the bodies that it reads. */
export interface AppOptions {
  /** Title of the API in the OpenAPI document. Default: `API`. */
  readonly title?: string;
  /** Version of the API in the OpenAPI document, for example `1.0.0`. Default: `0`. */
  readonly version?: string;
  /** Description of the API in the OpenAPI document. */
  readonly description?: string;
  /** Whom to ask about the API, in the OpenAPI document. */
  readonly contact?: ApiContact;
  /** License of the API in the OpenAPI document. */
  readonly license?: ApiLicense;
  /** Maximum of a declared body, in bytes. Default: 1 MiB. */
  readonly bodyLimitBytes?: number;
  /** Maximum of names and array items in a JSON body. Default: 10,000. */
  readonly jsonMaxKeys?: number;
  /** Maximum nesting of a JSON body, at most 1,000. Default: 32. */
  readonly jsonMaxDepth?: number;
}

const isString: Rule = (value) => typeof value === "string" || "must be a string";

const isDepth: Rule = (value) =>
  (isCount(value) === true && (value as number) <= limits.bodyJsonDepthMaximum) ||
  `must be a whole number from 1 to ${limits.bodyJsonDepthMaximum}, for example 64`;

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
    contact: (value) =>
      checkMembers(value, { prefix: "contact.", optional: { name: isString, url: isString, email: isString } }),
    license: (value) =>
      checkMembers(value, {
        prefix: "license.",
        required: { name: isString },
        optional: { url: isString, identifier: isString },
      }),
    bodyLimitBytes: isCount,
    jsonMaxKeys: isCount,
    jsonMaxDepth: isDepth,
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
