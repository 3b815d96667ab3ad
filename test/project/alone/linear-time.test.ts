import fc from "fast-check";
import { expect, it } from "vitest";
import { toCredential } from "../../../cli/common/credential.ts";
import { recognize } from "../../../cli/explain/recognize.ts";
import { isSuperLinear } from "../../support/growth.ts";
import { callerParsers, units } from "../../support/parsers.ts";

// This test runs in Node, because the clock of workerd has a resolution of one millisecond.

/** A unit is repeated alone, and between other texts, where the end of a run is not the end of the text. */
const frames = [
  ["", ""],
  ["a", "a"],
  ["", "/x&"],
  ["/", "/index.php/x"],
  ["?", "=\u0101#"],
] as const;
/**
 * A limit of the work, such as that of a path's aliases, ends its growth. It shows in texts for which the limit is not
 * reached.
 */
const shortCharacters = [256, 2 * 1024];
/** From here on, one text takes up to a second, so there are fewer of them. */
const bodyCharacters = 64 * 1024;
const framesAt = (characters: number) => {
  if (characters <= 2 * 1024) return frames;
  return characters < bodyCharacters ? [frames[0], frames[2]] : [frames[0]];
};
const unitsAt = (characters: number) => (characters < bodyCharacters ? [...units, ...combinations] : units);

/** The same in every run. */
const combinations = fc.sample(
  fc.array(fc.constantFrom(...units), { minLength: 2, maxLength: 3 }).map((pieces) => pieces.join("")),
  { seed: 20_261_127, numRuns: 8 },
);

// Other programs can look like growth once. A parser that is too slow fails each time.
it.each(callerParsers)(
  "%s takes time in proportion to its text",
  { tags: "linear-time", retry: 2 },
  async (_, parser) => {
    const slow: string[] = [];
    const { charactersMaximum } = parser;
    const lengths = [...(parser.readsParts ? [] : shortCharacters), charactersMaximum];
    for (const characters of new Set(lengths.filter((each) => each <= charactersMaximum))) {
      for (const unit of parser.readsOnlyLength ? ["a"] : unitsAt(characters)) {
        for (const [before, after] of framesAt(characters)) {
          const textOf = (length: number) =>
            before + unit.repeat((length - before.length - after.length) / unit.length) + after;
          if (await isSuperLinear(parser.parse, textOf, characters))
            slow.push(`${characters}: ${before}${unit}…${after}`);
        }
        // More of them would take too long.
        if (slow.length > 2) break;
      }
      if (slow.length > 0) break;
    }
    expect(slow).toEqual([]);
  },
);

it.each(["eyJ-", "eyJa.", "curl authorization: ", "AADSTS1-", "a_b ", '"reason" ', "HTTP/1.1 4", `${"0".repeat(8)}-`])(
  "explain takes time in proportion to a text with many %j",
  { retry: 2 },
  async (unit) => {
    const read = (text: string) => recognize(text) ?? toCredential(text);
    expect(await isSuperLinear(read, (characters) => unit.repeat(characters / unit.length), 16 * 1024)).toBe(false);
  },
);

it.each<[name: string, work: (text: string) => unknown, isSlow: boolean]>([
  ["a quadratic expression", (text) => text.replace(/ +$/, ""), true],
  ["a linear expression", (text) => text.replace(/ +/g, ""), false],
  ["a sort", (text) => [...text].map((_, at) => (at * 7_919) % 10_007).sort((one, other) => one - other), false],
  // Other programs on the processor can hide growth from one measurement.
])("the measurement recognizes %s", { retry: 5 }, async (_, work, isSlow) => {
  const textOf = (characters: number) => `a${" ".repeat(characters)}a`;
  expect(await isSuperLinear(work, textOf, 4 * 1024)).toBe(isSlow);
});
