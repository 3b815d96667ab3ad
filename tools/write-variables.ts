// Writes the tables of docs/reference/variables.md from the tables of src/config: node tools/write-variables.ts
import { writeFileSync } from "node:fs";
import path from "node:path";
import { renderVariables, variablesPage } from "./variables/render.ts";

writeFileSync(path.resolve(import.meta.dirname, "..", variablesPage), renderVariables());
