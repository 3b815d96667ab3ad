// `npm run prose [-- FILE…]`: checks the documentation, and the texts that programs output, against scripts/prose/rules.json.
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { judge } from "./prose/judge.ts";
import rules from "./prose/rules.json" with { type: "json" };

const root = path.resolve(import.meta.dirname, "..");
const chosen = process.argv.slice(2);
const files = chosen.length > 0 ? chosen : globSync([...rules.pages, ...rules.programs], { cwd: root }).sort();
const faults = files.flatMap((file) => judge(file, readFileSync(path.resolve(root, file), "utf8")));
for (const fault of faults) console.error(fault);
console.log(`${files.length} files, ${faults.length} findings.`);
process.exit(faults.length === 0 ? 0 : 1);
