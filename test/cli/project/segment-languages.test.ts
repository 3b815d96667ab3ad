import { createRequire } from "node:module";
import { afterEach, describe, expect, it, vi } from "vitest";
import { listSegments } from "../../../cli/project/segment-languages.ts";

afterEach(() => vi.restoreAllMocks());

describe("the segments of regular expressions", () => {
  it.each<[readonly string[], readonly string[] | undefined, (readonly string[])?]>([
    [["[0-9]+"], ["0", "a"]],
    [["[0-9]+"], ["1", "b"], ["0", "a"]],
    [["[^/]+"], ["0"]],
    [
      ["[a-z]+", "[0-9a-f]+"],
      ["a", "g", "0", "0g"],
    ],
    [["[a-z0-9]+"], ["0", "!"]],
    [["(?:en|de)"], ["0"], ["en", "de"]],
    [["[^/]{1,40}"], ["0", "0".repeat(41)]],
    [["\\.{1,2}"], undefined],
    [["[a-z]*"], undefined],
    [["x[^y]"], undefined],
    [["(?i:x)"], undefined],
    [["(?<name>x)"], undefined],
    [["a}?b"], undefined],
    [["(?=x)[a-z]+"], undefined],
    [["[a-z]{1,5000}"], undefined],
    [["[^\\s/]+"], undefined],
    [Array.from({ length: 7 }, (_, at) => `[a-z]{${at}}x[a-z]*`), undefined],
  ])("%j are %j", (sources, segments, literals = []) => {
    expect(listSegments(sources, new Set(literals))).toEqual(segments);
  });

  it("are not known if the automaton and the expression disagree", () => {
    const { prototype } = createRequire(import.meta.url)("refa").DFA;
    const { complement } = prototype;
    vi.spyOn(prototype, "complement")
      .mockImplementationOnce(function (this: unknown, limits) {
        complement.call(this, limits);
      })
      .mockImplementationOnce(() => {});
    expect(listSegments(["[0-8]+"], new Set())).toBeUndefined();
  });
});
