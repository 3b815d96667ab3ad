import { applyLoad, type Load } from "./load.ts";
import { readProcessorSeconds, readResidentBytes } from "./process-memory.ts";
import { startRawWorker } from "./workerd.ts";

/** What one worker came to under load. */
export interface Sample {
  /** Answers per second. */
  readonly perSecond: number;
  /** Processor time of the worker's process for one request, in microseconds: the load generator's is not in it. */
  readonly cpuUs: number;
  /** Resident memory of the worker's process at the end, in MB. */
  readonly memoryMb: number;
}

/**
 * Puts load on a worker in a workerd of its own, which knows nothing of the rounds before.
 *
 * @param worker file in bench/workers
 * @param warmUp load until the code is compiled; its answers are not counted
 */
export async function takeSample(
  worker: string,
  vars: Readonly<Record<string, string>>,
  warmUp: Load,
  load: Load,
): Promise<Sample> {
  const { url, pid, stop } = await startRawWorker(`bench/workers/${worker}.ts`, vars);
  try {
    await applyLoad(url, warmUp);
    const beforeSeconds = readProcessorSeconds(pid);
    const { requests, seconds } = await applyLoad(url, load);
    const usedSeconds = readProcessorSeconds(pid) - beforeSeconds;
    return {
      perSecond: requests / seconds,
      cpuUs: (usedSeconds * 1_000_000) / requests,
      memoryMb: readResidentBytes(pid) / 1_000_000,
    };
  } finally {
    await stop();
  }
}
