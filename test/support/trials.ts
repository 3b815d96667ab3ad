import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** A request that `npm run dev` prints, and the status that it prints with it. */
export interface Trial {
  readonly title: string;
  readonly status: number;
  readonly command: string;
}

/** The last line that `npm run dev` prints before it waits for requests. */
export const guideEnd = "Ctrl-C stops.";

/** Finds the requests in what `npm run dev` prints. */
export function readTrials(output: string): readonly Trial[] {
  return [...output.matchAll(/^# (.+): (\d+)\n(curl .+)$/gm)].map(([, title, status, command]) => ({
    title: title!,
    status: Number(status),
    command: command!,
  }));
}

/**
 * Runs a printed line as it is.
 *
 * @param cwd folder of the project
 * @returns the status of the response
 */
export async function runTrial(command: string, cwd = process.cwd()): Promise<number> {
  const { stdout } = await promisify(execFile)("sh", ["-c", command], { cwd });
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(stdout)?.[1]);
}
