import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { renderLocalErrors } from "../../../tools/local-entra/render-errors.ts";

it("the page of errors has the table of the code", () => {
  const page = readFileSync(path.resolve(import.meta.dirname, "../../../docs/reference/local-entra-errors.md"), "utf8");
  expect(page, "run: node tools/write-local-entra-errors.ts").toBe(renderLocalErrors());
});
