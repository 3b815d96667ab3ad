import { readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Line } from "./lines.ts";
import type { Round } from "./segments.ts";
import { bootstrap, describeEstimate, type Estimate, trimmedMean } from "./statistics.ts";

/** The measurements of one line. */
export interface ReportLine {
  readonly name: string;
  readonly against: string;
  /** Processor time of one job, in microseconds. */
  readonly us: Estimate;
  /** Processor time of `against` divided by that of this line. */
  readonly ratio: Estimate;
  readonly goal?: number;
}

/** Of the resampled values that an interval contains. */
const intervalPercent = 90;

/** Compares lines by the rounds of each process. */
export function createReport(lines: readonly Line[], processes: readonly (readonly Round[])[]): readonly ReportLine[] {
  const mean = (name: string, rounds: readonly Round[]) => trimmedMean(rounds.map((round) => round[name] as number));
  return lines.map(({ name, against, goal }) => ({
    name,
    against,
    us: estimate(processes, (round) => round[name] as number),
    ratio: bootstrap(processes, (rounds) => mean(against, rounds) / mean(name, rounds), intervalPercent),
    ...(goal !== undefined && { goal }),
  }));
}

/** Processors and Node. */
export function describeMachine(): string {
  return `${os.cpus().length} × ${os.cpus()[0]?.model}, Node ${process.version}`;
}

/** Writes the table of lines in Markdown. */
export function describeLines(lines: readonly ReportLine[]): string {
  const rows = lines.map(({ name, against, us, ratio }) => [
    name,
    describeEstimate(us, us.value < 1_000 ? 1 : 0),
    name === against ? "" : describeEstimate(ratio, 2),
    name === against ? "" : against,
  ]);
  return writeTable(["line", "us", "share", "of"], rows);
}

/** Says which goals are reached, one in a line. */
export function describeGoals(lines: readonly ReportLine[]): string {
  return lines
    .flatMap(({ name, ratio, goal }) => (goal === undefined ? [] : [`${name}: goal ${goal} ${judge(ratio, goal)}`]))
    .join("\n");
}

function judge({ value, low, high }: Estimate, goal: number): string {
  if (low >= goal) return "reached";
  if (high < goal) return "missed";
  return `${value >= goal ? "reached" : "missed"}, within the noise`;
}

/** What a table has of each measurement. */
interface Column<M> {
  readonly head: string;
  readonly digits: number;
  read(measured: M): number;
}

/** Writes a table of lines in Markdown, whose measurements a round has by their names. */
export function describeRounds<M>(
  lines: readonly { readonly name: string }[],
  processes: readonly (readonly Readonly<Record<string, M>>[])[],
  columns: readonly Column<M>[],
): string {
  const rows = lines.map(({ name }) => [
    name,
    ...columns.map(({ digits, read }) =>
      describeEstimate(
        estimate(processes, (round) => read(round[name] as M)),
        digits,
      ),
    ),
  ]);
  return writeTable(["line", ...columns.map(({ head }) => head)], rows);
}

function estimate<R>(processes: readonly (readonly R[])[], read: (round: R) => number): Estimate {
  return bootstrap(processes, (rounds) => trimmedMean(rounds.map(read)), intervalPercent);
}

/** Writes a table in Markdown. */
export function writeTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Replaces what stands between two comments of the page about speed, `<!-- name -->` and `<!-- /name -->`. */
export function writeToSpeedPage(name: string, text: string): void {
  const page = path.resolve(import.meta.dirname, "../docs/explanation/speed.md");
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [before, rest] = readFileSync(page, "utf8").split(open);
  const after = rest?.split(close)[1];
  if (after === undefined) throw new Error(`${page} lacks ${open} or ${close}`);
  writeFileSync(page, `${before}${open}\n\n${text}\n\n${close}${after}`);
}
