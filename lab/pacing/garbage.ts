import { isolateHeapFlag } from "../process-memory.ts";
import { startRawWorkers } from "../workerd.ts";

/** A time in which a worker does nothing but collect garbage. */
export interface Pause {
  readonly isMajor: boolean;
  readonly ms: number;
}

/** Starts a worker and, if `observes`, collects its pauses from now on. */
export async function startObserved(
  entry: string,
  vars: Readonly<Record<string, string>>,
  flags: readonly string[],
  observes: boolean,
) {
  const pauses: Pause[] = [];
  const onLine = (line: string) => {
    const pause = readPause(line);
    if (pause !== undefined) pauses.push(pause);
  };
  const v8Flags = [isolateHeapFlag, ...flags];
  const observed = { v8Flags: [...v8Flags, "--trace-gc"], onLine };
  const { ports, pid, stop } = await startRawWorkers([entry], vars, observes ? observed : { v8Flags });
  return { port: ports[0]!, pid, stop, pauses };
}

/**
 * Reads what V8 prints with `--trace-gc`.
 *
 * @returns `undefined` for a line that does not report a pause
 */
export function readPause(line: string): Pause | undefined {
  const [, kind, ms] = /^\[\S+\] +\d+ ms: (Scavenge|Mark-Compact) .* ([\d.]+) \/ [\d.]+ ms /.exec(line) ?? [];
  return kind === undefined ? undefined : { isMajor: kind === "Mark-Compact", ms: Number(ms) };
}

export function sumPausesMs(pauses: readonly Pause[]): number {
  return pauses.reduce((sum, { ms }) => sum + ms, 0);
}

/** Head of the table whose rows {@link describePauses} writes. */
export const collectionsHead =
  "| worker | scavenges: number, mean | major collections: number, mean, longest | per request |\n|---|---|---|---|";

/** A row of a table in Markdown: how many pauses, how long, and what they cost a request. */
export function describePauses(name: string, pauses: readonly Pause[], requests: number): string {
  const mean = (of: readonly Pause[]) => `${of.length}, ${(sumPausesMs(of) / of.length || 0).toFixed(1)} ms`;
  const majors = pauses.filter(({ isMajor }) => isMajor);
  const longestMs = Math.max(0, ...majors.map(({ ms }) => ms));
  const perRequestUs = ((sumPausesMs(pauses) * 1_000) / requests).toFixed(1);
  const minors = pauses.filter(({ isMajor }) => !isMajor);
  return `| ${name} | ${mean(minors)} | ${mean(majors)}, ${longestMs.toFixed(0)} ms | ${perRequestUs} us |`;
}
