import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { RunningServer } from "./servers.ts";

/** Starts the origin in a process of its own, which ends with this one. */
export async function startOrigin(): Promise<RunningServer> {
  const running = spawn(process.execPath, [path.join(import.meta.dirname, "origin-process.ts")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = (await once(running.stdout, "data")) as [Buffer];
  return { url: line.toString().trim(), stop: () => running.stdin.end() };
}
