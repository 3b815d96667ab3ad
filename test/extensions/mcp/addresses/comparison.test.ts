import { describe, expect, it } from "vitest";
import { createUriComparison } from "../../../../src/extensions/mcp/addresses/comparison.ts";
import { entries, passing, resembling, unreadable } from "../../../support/mcp/addresses.ts";

const rows = resembling.flatMap(([what, entry, spellings]) =>
  spellings.map((spelling) => ({ what, entry, spelling: JSON.stringify(spelling), address: spelling })),
);
/** Letters with other cases and forms, and every 31st of the other characters. */
const characters = Array.from({ length: 0x1_f000 }, (_, code) => code)
  .filter((code) => (code > 0xa0 && code < 0x600) || (code >= 0x1e00 && code < 0x2200) || code % 31 === 0)
  .map((code) => String.fromCodePoint(code))
  .filter((character) => character.isWellFormed() && /[^\0-\x7f\p{Cn}\s]/u.test(character));
const compareWithAll = createUriComparison(entries);
const compareWithOther = createUriComparison(["*", "note://secret"]);

describe("an address", () => {
  it.each(rows)("$spelling resembles $entry by $what", ({ entry, address }) => {
    expect(createUriComparison([entry])(address)).toBeUndefined();
    expect(compareWithOther(address)).toEqual([]);
  });

  it.each(unreadable)("with %s is not compared", (_, address) => {
    expect(compareWithOther(address)).toBeUndefined();
  });

  it("has the template that stands for it, and all that it resembles", () => {
    const both = createUriComparison(["file:///orders/{id}", "FILE:///orders/{id}", "file:///other/{id}"]);
    expect(both("file:///orders/7")).toEqual(["file:///orders/{id}", "FILE:///orders/{id}"]);
    expect(both("File:///orders/7")).toBeUndefined();
  });

  it("resembles an entry if a file system or a database writes it in another case or form", {
    tags: "mcp-addresses",
  }, () => {
    const different = characters.flatMap((character) => {
      const address = `file:///a${character}b`;
      const written = [
        ...[
          address.toUpperCase(),
          address.toLowerCase(),
          address.toLocaleUpperCase("tr"),
          address.toLocaleLowerCase("lt"),
        ],
        ...(["NFC", "NFD", "NFKC", "NFKD"] as const).map((form) => address.normalize(form)),
      ].filter((text) => text !== address && !/[?#;%]/.test(text));
      return written.filter((text) => createUriComparison([text])(address) !== undefined);
    });
    expect(different).toEqual([]);
  });

  it("resembles an entry if a URL parser writes its host as that of the entry", () => {
    const different = characters.flatMap((character) => {
      const address = `https://a${character}b.example/x`;
      const url = URL.parse(address)?.href ?? address;
      return url === address || createUriComparison([url])(address) === undefined ? [] : [[address, url]];
    });
    expect(different).toEqual([]);
  });

  it.each(passing)("with %s resembles no entry: %j", (_, address) => {
    expect(compareWithAll(address)).toEqual([]);
  });
});
