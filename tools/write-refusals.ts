// Writes docs/reference/reasons.md from the union of refusals and their texts: node tools/write-refusals.ts
import { writeFileSync } from "node:fs";
import path from "node:path";
import { renderRefusals } from "../cli/explain/refusals-page.ts";

writeFileSync(path.resolve(import.meta.dirname, "../docs/reference/reasons.md"), renderRefusals());
