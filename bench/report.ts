import os from "node:os";
import type { Contender } from "./contenders.ts";
import type { Sample } from "./sample.ts";

/** What one contender came to. */
export interface Line {
  readonly name: string;
  readonly against: string;
  /** Answers per second, of each round. */
  readonly rounds: readonly number[];
  readonly median: number;
  /** Median of the rounds' ratios to `against`: both of a round meet the same moods of the machine. */
  readonly ratio: number;
  /** Median of the processor time of one request, in microseconds. */
  readonly cpuUs: number;
  /** Median of the memory at the end of a round, in MB. */
  readonly memoryMb: number;
  readonly target?: number;
}

export interface Report {
  readonly machine: string;
  readonly tool: string;
  readonly seconds: number;
  readonly lines: readonly Line[];
}

/** Makes lines of samples, of which all contenders have as many. */
export function createReport(
  contenders: readonly Contender[],
  samples: ReadonlyMap<string, readonly Sample[]>,
  { tool, seconds }: { tool: string; seconds: number },
): Report {
  const ratesOf = (name: string) => (samples.get(name) ?? []).map(({ perSecond }) => perSecond);
  const lines = contenders.map(({ name, against, target }) => {
    const rates = ratesOf(name);
    const others = ratesOf(against);
    const taken = samples.get(name) ?? [];
    return {
      name,
      against,
      rounds: rates.map(Math.round),
      median: Math.round(median(rates)),
      ratio: Number(median(rates.map((rate, round) => rate / (others[round] ?? Number.NaN))).toFixed(3)),
      cpuUs: Math.round(median(taken.map(({ cpuUs }) => cpuUs))),
      memoryMb: Math.round(median(taken.map(({ memoryMb }) => memoryMb))),
      ...(target !== undefined && { target }),
    };
  });
  return { machine: describeMachine(), tool, seconds, lines };
}

/** Processors and Node. */
export function describeMachine(): string {
  return `${os.cpus().length} × ${os.cpus()[0]?.model}, Node ${process.version}`;
}

/** The report as a person reads it. */
export function describeReport({ machine, tool, seconds, lines }: Report): string {
  const rounds = lines[0]?.rounds.length ?? 0;
  const rows = lines.map((line) => {
    const spread = `${Math.min(...line.rounds)} to ${Math.max(...line.rounds)}`;
    const target = line.target === undefined ? "" : ` (target ${line.target.toFixed(2)})`;
    const cost = `${String(line.cpuUs).padStart(4)} us ${String(line.memoryMb).padStart(4)} MB`;
    return `${line.name.padEnd(28)} ${String(line.median).padStart(6)}/s  ${spread.padEnd(14)} ${cost}  ${line.ratio.toFixed(2)} of ${line.against}${target}`;
  });
  const head = `${machine}; raw workerd, load by ${tool} over 16 connections
${rounds} interleaved rounds of ${seconds} s: median; lowest to highest; processor time of a request; memory; median of the
rounds' ratios`;
  return `${head}\n\n${rows.join("\n")}`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
