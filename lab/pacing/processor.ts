import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import os from "node:os";

/** Microseconds that all threads of a process have run on a processor so far. Linux only. */
export function readProcessorUs(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + readThreadUs(pid, thread), 0);
}

/** Processor time of this process until now, in microseconds. */
export function readOwnUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function readThreadUs(pid: number, thread: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]) / 1_000;
  } catch {
    // The thread has just ended.
    return 0;
  }
}

/**
 * Starts to watch the other programs of the machine.
 *
 * @param pids processes that are not among them
 * @returns a function that returns the share of the machine's processor time that others have used since then
 */
export function readOthersShare(pids: readonly number[]): () => number {
  const readOthersUs = () => readBusyUs() - pids.reduce((sum, pid) => sum + readProcessorUs(pid), 0);
  const [startedUs, startedMs] = [readOthersUs(), performance.now()];
  return () => (readOthersUs() - startedUs) / ((performance.now() - startedMs) * 1_000 * os.cpus().length);
}

/** Microseconds that all programs have run on all processors so far, including time that the host took. */
function readBusyUs(): number {
  const [user, nice, system, , , interrupts, softInterrupts, stolen] =
    /^cpu +(.*)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1]?.split(" ").map(Number) ?? [];
  return (user! + nice! + system! + interrupts! + softInterrupts! + stolen!) * 10_000;
}

/** Keeps all threads of a process, and those that they start, on one processor. Linux only. */
export function pin(pid: number, processor: number): void {
  execFileSync("taskset", ["--all-tasks", "--cpu-list", "--pid", `${processor}`, `${pid}`]);
}
