import { readFileSync } from "node:fs";
import path from "node:path";

/** A promise of SECURITY.md. The tests that hold it have its ID as a tag. */
export interface SecurityPromise {
  /** Words in lower case, with hyphens. */
  readonly id: string;
  readonly words: string;
}

/**
 * Lists the promises of SECURITY.md, in their order.
 *
 * @throws Error that names a row without an ID or words
 */
export function listPromises(): readonly SecurityPromise[] {
  const text = readFileSync(path.resolve(import.meta.dirname, "../../SECURITY.md"), "utf8");
  const [, section = ""] = /^## What the gate promises\n([\s\S]*?)^## /m.exec(text) ?? [];
  const rows = section.split("\n").filter((line) => line.startsWith("|") && !/^\|(?: ID |---)\|/.test(line));
  return rows.map((row) => {
    const [, id, words] = /^\| `([a-z]+(?:-[a-z]+)*)` \| ([^|]+) \|$/.exec(row) ?? [];
    if (id === undefined || words === undefined)
      throw new Error(`SECURITY.md: a promise is written as | \`id-in-words\` | words |, not as ${row}`);
    return { id, words };
  });
}

/** Returns the IDs as tags, for a configuration of Vitest. */
export const declareTags = () => listPromises().map(({ id, words }) => ({ name: id, description: words }));
