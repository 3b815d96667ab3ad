// `npm run figures [-- --record]`: prints sizes of the source beside those of earlier commits. They inform, and fail
// nothing.
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

/** Figures of one commit. */
interface Figures {
  readonly date: string;
  readonly commit: string;
  readonly figures: Readonly<Record<string, number>>;
}

const root = path.resolve(import.meta.dirname, "..");
const historyFile = path.join(import.meta.dirname, "figures.jsonl");
/** Earlier commits that are printed. */
const shownCommits = 5;

/** @returns the lines of each source file below a folder that Git does not ignore, by its path */
function countLines(folder: string): ReadonlyMap<string, number> {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", folder];
  const names = execFileSync("git", args, { cwd: root, encoding: "utf8" }).split("\0");
  const files = names.filter((name) => /\.m?ts$/.test(name) && existsSync(path.join(root, name)));
  return new Map(files.map((file) => [file, readFileSync(path.join(root, file), "utf8").split("\n").length - 1]));
}

function describeFolder(folder: string): Readonly<Record<string, number>> {
  const lines = [...countLines(folder).values()];
  return { [`${folder}, files`]: lines.length, [`${folder}, lines`]: lines.reduce((sum, count) => sum + count, 0) };
}

function measure(): Readonly<Record<string, number>> {
  const source = countLines("src");
  const lengths = [...source.values()].sort((one, other) => one - other);
  const filesOf = Object.groupBy(source.keys(), (file) => path.dirname(file));
  const walked = (kind: string) => {
    const output = execFileSync("npm", ["run", "--silent", "walk", kind], { cwd: root, encoding: "utf8" });
    return Number(/, (\d+) files$/m.exec(output)?.[1]);
  };
  return {
    ...describeFolder("src"),
    ...describeFolder("entra"),
    ...describeFolder("cli"),
    "src, median lines of a file": lengths[lengths.length >> 1] ?? 0,
    "src, lines of the longest file": lengths.at(-1) ?? 0,
    "src, files of the largest folder": Math.max(...Object.values(filesOf).map((files) => files?.length ?? 0)),
    ...Object.fromEntries(
      ["known", "new", "forward", "mcp"].map((kind) => [`files of a request, ${kind}`, walked(kind)]),
    ),
    ...describeFolder("test"),
    ...describeFolder("test/support"),
    ...describeFolder("lab"),
    ...describeFolder("tools"),
  };
}

const { values } = parseArgs({ options: { record: { type: "boolean", default: false } } });
const history = readFileSync(historyFile, "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Figures);
const figures = measure();
for (const [name, value] of Object.entries(figures)) {
  const before = history.slice(-shownCommits).map((entry) => entry.figures[name] ?? "-");
  console.log(`${name.padEnd(34)}${String(value).padStart(7)}   before: ${before.join(", ")}`);
}
if (values.record) {
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).trim();
  const entry: Figures = { date: new Date().toISOString().slice(0, 10), commit, figures };
  appendFileSync(historyFile, `${JSON.stringify(entry)}\n`);
}
