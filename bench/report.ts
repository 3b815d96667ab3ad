import os from "node:os";
import type { Contender } from "./contenders.ts";

/** What one contender came to. */
export interface Line {
  readonly name: string;
  readonly against: string;
  /** Answers per second, of each round. */
  readonly rounds: readonly number[];
  readonly median: number;
  /** Of the median, to that of `against`. */
  readonly ratio: number;
  readonly target?: number;
}

export interface Report {
  readonly machine: string;
  readonly tool: string;
  readonly seconds: number;
  readonly lines: readonly Line[];
}

/** Makes lines of samples. The ratio is that of medians, since rounds are interleaved. */
export function createReport(
  contenders: readonly Contender[],
  samples: ReadonlyMap<string, readonly number[]>,
  { tool, seconds }: { tool: string; seconds: number },
): Report {
  const medianOf = (name: string) => median(samples.get(name) ?? []);
  const lines = contenders.map(({ name, against, target }) => ({
    name,
    against,
    rounds: (samples.get(name) ?? []).map(Math.round),
    median: Math.round(medianOf(name)),
    ratio: Number((medianOf(name) / medianOf(against)).toFixed(3)),
    ...(target !== undefined && { target }),
  }));
  const machine = `${os.cpus().length} × ${os.cpus()[0]?.model}, Node ${process.version}`;
  return { machine, tool, seconds, lines };
}

/** The report as a person reads it. */
export function describeReport({ machine, tool, seconds, lines }: Report): string {
  const rounds = lines[0]?.rounds.length ?? 0;
  const rows = lines.map((line) => {
    const spread = `${Math.min(...line.rounds)} to ${Math.max(...line.rounds)}`;
    const target = line.target === undefined ? "" : ` (target ${line.target.toFixed(2)})`;
    return `${line.name.padEnd(28)} ${String(line.median).padStart(7)}/s  ${spread.padEnd(16)} ${line.ratio.toFixed(2)} of ${line.against}${target}`;
  });
  const head = `${machine}; raw workerd, load by ${tool} over 16 connections
median of ${rounds} interleaved rounds of ${seconds} s; lowest to highest; ratio of medians`;
  return `${head}\n\n${rows.join("\n")}`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
