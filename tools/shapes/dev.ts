import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { type Launcher, startLauncher } from "../../test/support/launcher.ts";
import type { Shape, StepResult } from "./shapes.ts";

/**
 * Runs `entra-gate dev` of the installed package in a project, and sends the requests that the project answered before:
 * without a token, which is refused, and with one.
 *
 * @param paths folders of programs, in front of those of the system
 */
export async function tryDev(
  { config, requests, open = [] }: Shape,
  folder: string,
  paths: readonly string[],
): Promise<StepResult> {
  const bin = path.join(folder, "node_modules/.bin/entra-gate");
  const env = { PATH: [...paths, process.env.PATH].join(path.delimiter) };
  let launcher: Launcher | undefined;
  const lines: string[] = [];
  const compare = (name: string, expected: number, actual: number) =>
    lines.push(
      `${actual === expected ? "" : "FAILED: "}${name}: ${actual}${actual === expected ? "" : ` in place of ${expected}`}`,
    );
  try {
    launcher = await startLauncher(config ? ["--config", config] : [], { cwd: folder, command: [bin, "dev"], env });
    const output = launcher.output();
    const addressOf = (name: string) => new RegExp(`^${name} +(\\S+)$`, "m").exec(output)?.[1] ?? "";
    const token = promisify(execFile)(process.execPath, [bin, "token", "--entra", addressOf("Local Entra")], {
      cwd: folder,
    });
    const authorization = `Bearer ${(await token).stdout.trim()}`;
    const ask = async (target: string, method = "GET", headers: Readonly<Record<string, string>> = {}) => {
      const body = method === "POST" ? "parcel" : null;
      return (await fetch(`${addressOf("Gate")}${target}`, { method, headers, body })).status;
    };
    for (const { method = "GET", path: target, status } of requests) {
      compare(`${method} ${target} without a token`, 401, await ask(target, method));
      compare(`${method} ${target} with a token`, status, await ask(target, method, { authorization }));
    }
    for (const target of open) compare(`GET ${target}, public`, 200, await ask(target));
  } catch (error) {
    lines.push(`FAILED: ${error instanceof Error ? error.message : error}`);
  } finally {
    await launcher?.stop("SIGINT");
  }
  const failed = lines.some((line) => line.startsWith("FAILED"));
  return {
    step: "dev",
    code: Number(failed),
    output: failed ? `${lines.join("\n")}\n${launcher?.output()}\n${launcher?.errors()}` : lines.join("\n"),
  };
}
