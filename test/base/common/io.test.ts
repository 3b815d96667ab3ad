import { afterEach, expect, it, vi } from "vitest";
import { platformIo } from "../../../src/base/common/io.ts";
import * as limits from "../../../src/base/common/limits.ts";

afterEach(() => vi.restoreAllMocks());

it("writes a line as JSON, and bounds each text and each list in it", () => {
  const lines: string[] = [];
  vi.spyOn(console, "log").mockImplementation((line) => void lines.push(line));
  const long = "x".repeat(100_000);
  const cut = "x".repeat(limits.logCharacters);
  platformIo.log({
    event: "refused",
    status: 401,
    cause: long,
    entra: { error: long },
    scopes: Array(1_000).fill(long),
  });
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { event: "refused", status: 401, cause: cut, entra: { error: cut }, scopes: Array(limits.logItems).fill(cut) },
  ]);
});
