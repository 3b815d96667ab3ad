import { describe, expect, it } from "vitest";
import { entryPointNames } from "./support/entry-points.ts";
import { rowsOf, tryRow } from "./support/guard-rows.ts";

describe.each(entryPointNames)("%s decides like the guard", (name) => {
  it.each(rowsOf(name))("$name: $outcome", async (row) => {
    expect(await tryRow(name, row)).toEqual(row.outcome);
  });
});
