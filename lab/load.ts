import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const script = path.join(import.meta.dirname, "wrk.lua");

/**
 * Lets wrk send requests over 16 connections as fast as responses come.
 *
 * @param url of the worker
 * @param credentials values of the `Authorization` header, in a cycle
 * @returns responses per second
 * @throws Error if a response has a status of 400 or above, or if there are too few credentials for `once`
 */
export async function applyLoad(
  url: string,
  credentials: readonly string[],
  { seconds, once }: { readonly seconds: number; readonly once: boolean },
): Promise<number> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "entra-gate-load-"));
  const file = path.join(directory, "credentials");
  await writeFile(file, credentials.map((credential) => `${credential}\n`).join(""));
  const { stdout } = await promisify(execFile)("wrk", ["-t1", "-c16", `-d${seconds}s`, "-s", script, url, "--", file]);
  await rm(directory, { recursive: true });
  const [requests = 0, microseconds = 0, refused = 0, broken = 0] =
    /^counts (.*)$/m.exec(stdout)?.[1]?.split(" ").map(Number) ?? [];
  if (refused > 0 || broken > 0) throw new Error(`${url}: ${refused} refused, ${broken} broken`);
  if (once && requests > credentials.length) throw new Error(`${url}: ${credentials.length} credentials are too few`);
  return (requests * 1_000_000) / microseconds;
}
