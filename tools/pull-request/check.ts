// A step of action.yml: runs the command line on both sides of a pull request. Its outputs are the report and the exit
// code. node tools/pull-request/check.ts FOLDER, which has the checkouts "base" and "head"
import { execFileSync, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { type Run, renderReport, toMarker } from "./report.ts";

const checkouts = path.resolve(process.argv[2] ?? "");
const { FOLDER = ".", WORKER = "", CASES = "", WRANGLER_ENV = "", ACCEPT = "" } = process.env;
const projectOf = (side: Run["side"]) => path.join(checkouts, side, FOLDER);
const commitOf = (revision: string) =>
  execFileSync("git", ["rev-parse", revision], { cwd: path.join(checkouts, "head"), encoding: "utf8" }).trim();

/** Runs the command line that a side has installed. Its code gets no token and no file of the runner. */
function run(side: Run["side"], command: string, ...args: readonly string[]): Run {
  const cwd = projectOf(side);
  const { PATH, HOME, TMPDIR } = process.env;
  let program: string;
  try {
    const manifest = createRequire(path.join(cwd, "package.json")).resolve("entra-gate/package.json");
    program = path.join(path.dirname(manifest), "cli/entra-gate.js");
  } catch {
    return { command, side, exitCode: 3, output: "The package entra-gate is not installed here." };
  }
  // What is deployed counts, and not a .dev.vars that somebody committed.
  const all = [program, command, ...args, "--no-dev-vars", ...(WRANGLER_ENV === "" ? [] : ["--env", WRANGLER_ENV])];
  const ended = spawnSync(process.execPath, all, {
    cwd,
    env: { PATH, HOME, TMPDIR, CI: "true", NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    maxBuffer: 16 * 1024 * 1024,
  });
  const output = [ended.stdout, ended.stderr, ended.error?.message ?? ""].filter((text) => text !== "").join("\n");
  return { command, side, exitCode: ended.error === undefined ? (ended.status ?? 3) : 3, output };
}

const accepted = ACCEPT.split("\n").flatMap((line) => line.trim() || []);
const runs = [
  run(
    "head",
    "diff",
    projectOf("base"),
    projectOf("head"),
    ...(WORKER === "" ? [] : ["--worker", WORKER]),
    ...(accepted.length === 0 ? [] : ["--accept", ...accepted]),
  ),
  ...(["head", "base"] as const).flatMap((side) => [
    ...(CASES === "" ? [] : [run(side, "test", CASES, ...(WORKER === "" ? [] : ["--routes", WORKER]))]),
    run(side, "doctor", "--offline"),
  ]),
];
const commits = { base: commitOf("HEAD^1"), head: commitOf("HEAD^2") };
const report = renderReport(toMarker([FOLDER, WORKER, WRANGLER_ENV]), commits, runs);
const exitCode = runs.find((each) => each.side === "head" && each.exitCode !== 0)?.exitCode ?? 0;
for (const { command, side, exitCode: code } of runs) console.log(`${command}, ${side}: exit code ${code}`);
const { GITHUB_STEP_SUMMARY, GITHUB_OUTPUT } = process.env;
if (GITHUB_STEP_SUMMARY === undefined || GITHUB_OUTPUT === undefined) throw new Error("action.yml runs this script");
appendFileSync(GITHUB_STEP_SUMMARY, report);
// Its lines end at a name that no output can contain.
const end = randomUUID();
appendFileSync(GITHUB_OUTPUT, `exit-code=${exitCode}\nreport<<${end}\n${report}\n${end}\n`);
