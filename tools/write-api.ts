// Builds the package, and writes the report of each entry's public interface, so that a diff shows what a change means
// for
// users: node tools/write-api.ts
import { execFileSync } from "node:child_process";
import { globSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { reportEntries, reportsFolder } from "./api/report.ts";

const root = path.resolve(import.meta.dirname, "..");
execFileSync(process.execPath, [path.join(root, "tools/build.ts")], { cwd: root, stdio: "inherit" });
const reports = reportEntries(root);
for (const file of globSync("*.api.md", { cwd: reportsFolder })) rmSync(path.join(reportsFolder, file));
for (const [file, text] of reports) writeFileSync(path.join(reportsFolder, file), text);
