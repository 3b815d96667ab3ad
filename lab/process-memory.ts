import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Gives a worker as much JavaScript heap as an isolate has on Cloudflare, 128 MB. A worker that needs more fails. */
export const isolateHeapFlag = "--max-heap-size=128";

/** State of a listening socket in /proc/net/tcp. */
const listening = "0A";

/**
 * Finds the process that listens on a port of 127.0.0.1. Linux only.
 *
 * @throws Error if there is none, or it is not visible
 */
export function findListener(port: number): number {
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = readFileSync("/proc/net/tcp", "utf8").split("\n");
  const row = rows
    .map((line) => line.trim().split(/\s+/))
    .find((columns) => columns[1] === address && columns[3] === listening);
  const link = `socket:[${row?.[9]}]`;
  const found = readdirSync("/proc").find((pid) => /^\d+$/.test(pid) && listLinks(`/proc/${pid}/fd`).includes(link));
  if (found === undefined) throw new Error(`no process listens on port ${port}`);
  return Number(found);
}

/** Resident memory of a process in bytes. */
export function readResidentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  if (kibibytes === undefined) throw new Error(`process ${pid} has no resident memory`);
  return Number(kibibytes) * 1024;
}

function listLinks(directory: string): readonly string[] {
  try {
    return readdirSync(directory).map((name) => readLink(`${directory}/${name}`));
  } catch {
    // The process belongs to another user, or has just ended.
    return [];
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
