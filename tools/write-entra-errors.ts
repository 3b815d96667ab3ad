// Writes docs/reference/entra-errors.md from the table of codes: node tools/write-entra-errors.ts
import { writeFileSync } from "node:fs";
import path from "node:path";
import { renderSignInErrors } from "../cli/explain/sign-in-errors-page.ts";

writeFileSync(path.resolve(import.meta.dirname, "../docs/reference/entra-errors.md"), renderSignInErrors());
