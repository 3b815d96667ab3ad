// Writes docs/reference/limits.md from src/common/limits.ts: node tools/write-limits.ts
import { writeFileSync } from "node:fs";
import path from "node:path";
import { renderLimits } from "./limits/render.ts";

writeFileSync(path.resolve(import.meta.dirname, "../docs/reference/limits.md"), renderLimits());
