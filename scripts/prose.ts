// `npm run prose [-- FILE…]`: holds README, docs and the pages beside them to scripts/prose/rules.json. --worst N prints the
// longest sentences.
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { checkProse } from "./prose/check-prose.ts";
import { describePage } from "./prose/judge.ts";
import rules from "./prose/rules.json" with { type: "json" };

const root = path.resolve(import.meta.dirname, "..");
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { worst: { type: "string", default: "0" } },
});
const files = positionals.length > 0 ? positionals : globSync(rules.files, { cwd: root });
const pages = files
  .sort()
  .map((file) => ({ file, report: checkProse(readFileSync(path.resolve(root, file), "utf8")) }));
const faults = pages.flatMap(({ file, report }) => describePage(file, report));
for (const fault of faults) console.error(fault);
const longest = pages
  .flatMap(({ file, report }) => report.sentences.map((sentence) => ({ file, ...sentence })))
  .sort((a, b) => b.words - a.words)
  .slice(0, Number(values.worst));
for (const { file, line, words, text } of longest) console.log(`${file}:${line} ${words} words: ${text}`);
console.log(`${files.length} pages, ${faults.length} findings.`);
process.exit(faults.length === 0 ? 0 : 1);
