// Writes the table of claims that `doctor --claims` checks: node tools/write-claims.ts
import { writeFileSync } from "node:fs";
import path from "node:path";
import { claimsPage, renderClaimsPage } from "./claims/render.ts";

writeFileSync(path.resolve(import.meta.dirname, "..", claimsPage), renderClaimsPage());
