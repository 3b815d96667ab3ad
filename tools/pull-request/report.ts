import { createHash } from "node:crypto";

/** One command on one side of a pull request. */
export interface Run {
  readonly command: string;
  readonly side: "base" | "head";
  readonly exitCode: number;
  readonly output: string;
}

/**
 * There are at most five outputs. GitHub refuses a comment of more than 65,536 characters, and Linux an environment
 * variable of more than 128 KiB.
 */
const outputBytes = 12_000;
/** A longer row of backticks is cut, because the fence around it is longer still. */
const backticks = 32;

/** The first line of a comment, by which the next run finds it. Two uses of the action have two comments. */
export function toMarker(inputs: readonly string[]): string {
  const id = createHash("sha256").update(JSON.stringify(inputs)).digest("hex").slice(0, 16);
  return `<!-- entra-gate ${id} -->`;
}

/**
 * Writes the text of the summary and of the comment. Programs of the pull request wrote the outputs, so they stay
 * in code blocks, without control characters and bounded.
 */
export function renderReport(marker: string, commits: Readonly<Record<Run["side"], string>>, runs: readonly Run[]) {
  const commands = [...new Set(runs.map(({ command }) => command))];
  const cell = (command: string, side: Run["side"]) => {
    const run = runs.find((each) => each.command === command && each.side === side);
    return run === undefined ? "" : `${run.exitCode === 0 ? "✓" : "✗"} exit code ${run.exitCode}`;
  };
  const rows = commands.map((command) => `| \`${command}\` | ${cell(command, "base")} | ${cell(command, "head")} |`);
  const failed = runs.some(({ side, exitCode }) => side === "head" && exitCode !== 0);
  return [
    marker,
    `### entra-gate: ${failed ? "a check failed" : "all checks passed"}`,
    "",
    `| command | base \`${commits.base.slice(0, 12)}\` | with this pull request \`${commits.head.slice(0, 12)}\` |`,
    "|---|---|---|",
    ...rows,
    ...runs.flatMap((run) => ["", ...renderRun(run)]),
    "",
  ].join("\n");
}

function renderRun({ command, side, exitCode, output }: Run): readonly string[] {
  const isOpen = side === "head" && exitCode !== 0;
  const text = cleanOutput(output);
  const rows = text.match(/`+/g) ?? [];
  const fence = "`".repeat(Math.max(3, ...rows.map((row) => row.length + 1)));
  return [
    `<details${isOpen ? " open" : ""}><summary>${command}, ${side}</summary>`,
    "",
    `${fence}text`,
    text,
    fence,
    "</details>",
  ];
}

function cleanOutput(output: string): string {
  const clean = output
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => (/[\n\t]/.test(character) ? character : "\uFFFD"))
    .replaceAll(new RegExp(`\`{${backticks},}`, "g"), "`".repeat(backticks))
    .trimEnd();
  const bytes = Buffer.from(clean);
  if (bytes.length <= outputBytes) return clean;
  // With "stream", a character that the cut splits is left out.
  return `${new TextDecoder().decode(bytes.subarray(0, outputBytes), { stream: true })}\n… (cut)`;
}
