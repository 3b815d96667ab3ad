import { expect, it } from "vitest";
import { fitText, fitTextOtherwise } from "../../../src/base/http/best-fit.ts";
import source from "../../../src/base/http/best-fit.ts?raw";

/**
 * ASCII characters, each followed by the characters that a Windows code page maps to it: `WideCharToMultiByte` without
 * WC_NO_BEST_FIT_CHARS, from Microsoft's tables (unicode.org, MAPPINGS/VENDORS/MICSFT/WindowsBestFit: 874, 932, 936,
 * 949, 950, 1250 to 1258, 1361). In lower case. It omits letters with a diacritic above or below, control characters,
 * slashes, and ASCII characters that no path of a route contains.
 */
const bestFits =
  "aæα bƀ c¢© dðđɖδ♪♫ eεℇ℮ fƒφ gǥɡγ hħһ iıɨ l£łƚ∟ n∩ oøœɵω☺☻ pπ₧℘ r® sßσς tþŧƫʈθτ v↓√ y¥ zƶ " +
  "0٠○◙☼ 1١ 2٢ 3٣ 4٤ 5٥ 6٦ 7٧ 8٨∞ 9٩ !¡ǃ ?¿ %٪ :։∶ 'ʹʼˈ′ (⌠ )⌡ =≡≤≥〛 ~\u0303∼ _ˍ\u0331\u0332▄ " +
  "-\u00ad\u2010\u2011↔−─│┬┴═╤╥╦╧╨╩▀█░▒▓▬ +┌┐└┘├┤┼╒╓╔╕╖╗╘╙╚╛╜╝╪╫╬♀";
/** The second mapping of characters about which two code pages disagree. */
const otherFits = "eð l└╘╙╚ t┬╤╥╦ +┴ =═ -┌┘╒╔╛╜╝▄";

const everyCharacter = Array.from({ length: 0x10000 - 0x80 }, (_, index) => String.fromCharCode(index + 0x80));

function readTable(table: string): ReadonlyMap<string, string> {
  const pairs = table.split(" ").flatMap(([ascii = "", ...taken]) => taken.map((each) => [each, ascii] as const));
  // If two ASCII characters list the same character, the first counts.
  return new Map(pairs.reverse());
}

/** Writes a table in the format of src/base/http/best-fit.ts. */
function writeRuns(table: string): string {
  const fits = [...readTable(table)].map(([character, ascii]) => [character.charCodeAt(0), ascii] as const);
  let [text, last] = ["", Number.NEGATIVE_INFINITY];
  for (const [code, ascii] of fits.sort(([a], [b]) => a - b)) {
    const gap = code - last - 1;
    text += gap < 8 ? ".".repeat(gap) + ascii : ` ${code.toString(36)},${ascii}`;
    last = code;
  }
  return text.trim();
}

it.each([
  ["", fitText, bestFits],
  [", otherwise", fitTextOtherwise, `${otherFits} ${bestFits}`],
])("every character matches the table%s", (_, read, table) => {
  const fits = readTable(table);
  const wrong = everyCharacter.filter(
    (character) => read(`/${character}`) !== `/${fits.get(character.toLowerCase()) ?? character}`,
  );
  expect(wrong).toEqual([]);
});

it.each([bestFits, otherFits])("the table is written as ranges, in %s", (table) => {
  expect(source).toContain(JSON.stringify(writeRuns(table)));
});
