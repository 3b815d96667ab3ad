import { readFileSync } from "node:fs";
import path from "node:path";
import { listTaggedTests, type TaggedTest } from "./tagged-tests.ts";

const file = "docs/explanation/promises.md";
const page = readFileSync(path.resolve(import.meta.dirname, "../..", file), "utf8");
/** `| `id` | words | tests |`, where a program writes the tests. */
const row = /^\| `([a-z]+(?:-[a-z]+)*)` \| ([^|]+) \|[^|]*\|$/;

/** Returns the IDs of the promises as tags, for a configuration of Vitest. */
export const declareTags = () => readPromises(page).map(({ id, words }) => ({ name: id, description: words }));

/** Writes the column of tests in the page of promises. */
export function renderPromisesPage(before: string): string {
  return renderPromises(before, listTaggedTests());
}

/**
 * Writes the column of tests in a page of promises.
 *
 * @throws Error that names each promise without a test, and each tag without a promise
 */
export function renderPromises(before: string, tests: readonly TaggedTest[]): string {
  const ids = readPromises(before).map(({ id }) => id);
  const faults = [
    ...ids.filter((id, index) => ids.indexOf(id) < index).map((id) => `${file} has the promise ${id} twice`),
    ...ids.filter((id) => !tests.some(({ tags }) => tags.includes(id))).map((id) => `no test has the tag ${id}`),
    ...tests.flatMap(({ file: place, title, tags }) =>
      tags
        .filter((tag) => !ids.includes(tag))
        .map((tag) => `${place}: "${title}" has the tag ${tag}, which is no promise of ${file}`),
    ),
  ];
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return before.replaceAll(new RegExp(row, "gm"), (_row, id: string, words: string) => {
    const holding = tests.filter(({ tags }) => tags.includes(id));
    return `| \`${id}\` | ${words} | ${linkFiles(holding)} |`;
  });
}

/** Lists the promises of a page, in their order. */
function readPromises(text: string) {
  const rows = text.split("\n").filter((line) => line.startsWith("|") && !/^\|(?: ID |---)/.test(line));
  return rows.map((line) => {
    const [, id, words] = row.exec(line) ?? [];
    if (id === undefined || words === undefined)
      throw new Error(`${file}: a promise is written as | \`id-in-words\` | words | |, not as ${line}`);
    return { id, words };
  });
}

/** Writes each file once, with the number of its tests, so that a lost tag shows in the diff. */
function linkFiles(tests: readonly TaggedTest[]): string {
  const files = Map.groupBy(tests, (test) => test.file);
  return [...files]
    .map(([name, { length }]) => {
      const words = name.replace(/^test\/(.*)\.test\.ts$/, "$1");
      return `[${words}](../../${name})${length > 1 ? ` ×${length}` : ""}`;
    })
    .join(", ");
}
