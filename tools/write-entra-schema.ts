// Writes entra/directory/directory-schema.json from entra/directory/config.ts: node tools/write-entra-schema.ts
import { writeFileSync } from "node:fs";
import path from "node:path";
import { renderEntraSchema } from "./entra-schema/render.ts";

writeFileSync(path.resolve(import.meta.dirname, "../entra/directory/directory-schema.json"), renderEntraSchema());
