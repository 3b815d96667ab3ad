import { type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { isRecord } from "../../src/cli-exports/text.ts";
import { UsageError } from "../common/usage-error.ts";

/**
 * Parses the object in a file of JSON with comments and trailing commas.
 *
 * @param name of the file, for the message
 * @returns an empty object for any other value
 * @throws UsageError that says where the text is faulty
 */
export function parseCommentedJson(text: string, name: string): Readonly<Record<string, unknown>> {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  const [fault] = errors;
  if (fault !== undefined) {
    const lines = text.slice(0, fault.offset).split("\n");
    const place = `line ${lines.length} column ${(lines.at(-1) ?? "").length + 1}`;
    const problem = printParseErrorCode(fault.error)
      .replace(/\B[A-Z]/g, " $&")
      .toLowerCase();
    throw new UsageError(`${name} cannot be read: ${problem} in ${place}`);
  }
  return asTable(tree && readValue(tree));
}

/** The package's own function for it lets a member `__proto__` be the prototype of its object. */
function readValue({ type, value, children = [] }: Node): unknown {
  if (type === "array") return children.map(readValue);
  if (type !== "object") return value;
  return Object.fromEntries(
    children.map(({ children: [key, member] = [] }) => [key?.value, member && readValue(member)]),
  );
}

/** @returns an empty object for any other value */
export function asTable(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
