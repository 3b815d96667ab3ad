import os from "node:os";
import type { HistoryEntry } from "./history.ts";
import type { Line } from "./lines.ts";
import type { Round } from "./segments.ts";
import { bootstrap, type Estimate, trimmedMean } from "./statistics.ts";

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

export interface Report {
  readonly machine: string;
  readonly processes: number;
  /** Measured in each process. */
  readonly rounds: number;
  readonly lines: readonly ReportLine[];
}

/** Creates the report from the rounds of each process. */
export function createReport(lines: readonly Line[], processes: readonly (readonly Round[])[]): Report {
  const meanOf = (name: string) => (rounds: readonly Round[]) =>
    trimmedMean(rounds.map((round) => round[name] as number));
  return {
    machine: describeMachine(),
    processes: processes.length,
    rounds: processes[0]?.length ?? 0,
    lines: lines.map(({ name, against, goal }) => {
      const own = meanOf(name);
      const other = meanOf(against);
      return {
        name,
        against,
        us: bootstrap(processes, own),
        ratio: bootstrap(processes, (rounds) => other(rounds) / own(rounds)),
        ...(goal !== undefined && { goal }),
      };
    }),
  };
}

/** Processors and Node. */
export function describeMachine(): string {
  return `${os.cpus().length} × ${os.cpus()[0]?.model}, Node ${process.version}`;
}

/** Runs that the trend shows, including this one. */
const trendRuns = 4;

/** Writes the report as text. */
export function describeReport(report: Report, history: readonly HistoryEntry[] = []): string {
  const { machine, processes, rounds, lines } = report;
  const rows = lines.map((line) => {
    const { name, against, us, ratio } = line;
    const cost = `${us.value.toFixed(us.value < 1_000 ? 1 : 0).padStart(7)} us (${us.low.toFixed(0)} to ${us.high.toFixed(0)})`;
    const share = `${ratio.value.toFixed(2)} (${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)}) of ${against}`;
    return `${name.padEnd(33)}${cost.padEnd(26)}${share}${describeVerdict(line)}${describeTrend(line, machine, history)}`;
  });
  return `${machine}; raw workerd, 16 connections
Processor time of one request, and its share in that of another line: trimmed mean of ${processes} × ${rounds} segments in random
order, with the interval that holds 95 % of the bootstrap

${rows.join("\n")}`;
}

function describeVerdict({ name, against, ratio, goal }: ReportLine): string {
  if (name === against) return "";
  if (goal === undefined) return ratio.low <= 1 && ratio.high >= 1 ? "; no difference beyond the noise" : "";
  if (ratio.low >= goal) return `; goal ${goal}: reached`;
  if (ratio.high < goal) return `; goal ${goal}: missed`;
  return `; goal ${goal}: ${ratio.value >= goal ? "reached" : "missed"}, within the noise`;
}

/** Only runs of the same kind of machine can be compared. */
function describeTrend({ name, against }: ReportLine, machine: string, history: readonly HistoryEntry[]): string {
  if (name === against) return "";
  const earlier = history.filter((entry) => entry.machine === machine).flatMap(({ ratios }) => ratios[name] ?? []);
  return earlier.length === 0
    ? ""
    : `; before: ${earlier
        .slice(1 - trendRuns)
        .map((value) => value.toFixed(2))
        .join(", ")}`;
}
