import stripJsonComments from "strip-json-comments";
import { describeCause } from "../../src/cli-exports/common.ts";
import { isRecord, parseJson } from "../../src/cli-exports/text.ts";
import { UsageError } from "../common/usage-error.ts";

/**
 * Parses the object in a file of JSON with comments and trailing commas.
 *
 * @param name of the file, for the message
 * @returns an empty object for any other value
 * @throws UsageError that says where the text is faulty
 */
export function parseCommentedJson(text: string, name: string): Readonly<Record<string, unknown>> {
  try {
    return asTable(parseJson(stripJsonComments(text, { trailingCommas: true })));
  } catch (error) {
    throw new UsageError(...`${name} cannot be read: ${describeCause(error)}`.split("\n"));
  }
}

/** @returns an empty object for any other value */
export function asTable(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
