// Writes docs/reference/local-entra-errors.md from the table of errors: node tools/write-local-entra-errors.ts
import { writeFileSync } from "node:fs";
import path from "node:path";
import { renderLocalErrors } from "./local-entra/render-errors.ts";

writeFileSync(path.resolve(import.meta.dirname, "../docs/reference/local-entra-errors.md"), renderLocalErrors());
