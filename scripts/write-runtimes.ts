// Asks a gate in every runtime that npm installs, and writes what it saw into docs/reference/runtimes.md: node scripts/write-runtimes.ts
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Column, renderTable, runChecks, runtimes } from "../test/support/runtimes/table.ts";

const columns: Record<string, Column> = {};
for (const [name, runGate] of Object.entries(runtimes)) columns[name] = await runChecks(runGate);
const file = path.resolve(import.meta.dirname, "../docs/reference/runtimes.md");
const table = renderTable(columns);
writeFileSync(
  file,
  readFileSync(file, "utf8").replace(
    /<!-- table -->[\s\S]*<!-- \/table -->/,
    `<!-- table -->\n\n${table}\n\n<!-- /table -->`,
  ),
);
console.log(table);
process.exit(0);
