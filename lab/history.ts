import { appendFile, readFile } from "node:fs/promises";

/** One run of the benchmark: the ratio of every line. */
export interface HistoryEntry {
  /** Day, in UTC. */
  readonly date: string;
  readonly machine: string;
  readonly ratios: Readonly<Record<string, number>>;
}

/** Reads the earlier runs, the oldest first. */
export async function readHistory(file: string): Promise<readonly HistoryEntry[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as HistoryEntry);
}

/** Adds a run to the file. */
export async function appendHistory(file: string, entry: HistoryEntry): Promise<void> {
  await appendFile(file, `${JSON.stringify(entry)}\n`);
}
