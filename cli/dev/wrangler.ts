import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { parseJson } from "../../src/common/json.ts";
import { UsageError } from "../common/usage-error.ts";
import { type Server, startChild } from "./child.ts";
import { quietEnvironment } from "./quiet.ts";

/** The first version whose `wrangler dev` has every option that is used here. */
const oldestMajor = 4;
/** An error can have more lines after its first. */
const errorMilliseconds = 1_000;
/** Makes Wrangler end when this process ends without stopping it. */
const endWithParent =
  'data:text/javascript,process.once("disconnect",()=>process.kill(process.pid,"SIGTERM"));process.channel?.unref()';

export interface WranglerInput {
  readonly directory: string;
  /** Configuration files: that of the worker, and those of workers that it calls. Wrangler finds one if there are none. */
  readonly configs: readonly string[];
  /** Entry file in place of the one that the configuration names. */
  readonly worker?: string;
  /** Folder of static assets, if the configuration names none. */
  readonly assets?: string;
  readonly port: number;
  readonly variables: Readonly<Record<string, string>>;
  /** Gets each line that the worker logs. */
  readonly onLine: (line: string) => void;
  /** Gets each line of errors and warnings. */
  readonly onErrorLine: (line: string) => void;
  /** Called when changed code runs. */
  readonly onReload: () => void;
}

/**
 * Finds the project's own Wrangler.
 *
 * @returns the path of its command
 * @throws UsageError if there is none, or it is too old
 */
export function findWrangler(directory: string): string {
  let file: string;
  try {
    file = createRequire(path.join(directory, "package.json")).resolve("wrangler/package.json");
  } catch {
    throw new UsageError("the package wrangler is not installed: run npm install --save-dev wrangler");
  }
  const { version, bin } = parseJson(readFileSync(file, "utf8")) as { version: string; bin: { wrangler: string } };
  if (Number.parseInt(version, 10) < oldestMajor) {
    throw new UsageError(
      `the package wrangler is version ${version}, but dev needs ${oldestMajor}.0.0 or newer: run npm install --save-dev wrangler@${oldestMajor}`,
    );
  }
  return path.join(path.dirname(file), bin.wrangler);
}

/** Another program can take a port between its choice and the moment when workerd listens on it. */
const portTaken = /Address already in use \((?:socket "direct:|127\.0\.0\.1:)/;

/**
 * Runs a worker with the project's own Wrangler, on this machine only. It answers only on loopback, and under that
 * address, whatever routes the configuration has.
 */
export async function startWrangler(input: WranglerInput): Promise<Server> {
  const { directory, configs, worker, assets, port, variables, onLine, onErrorLine, onReload } = input;
  const { promise: ready, resolve } = Promise.withResolvers<string | undefined>();
  let isReady = false;
  let hasLostPort = false;
  const child = await startChild({
    command: process.execPath,
    args: [
      ...["--import", endWithParent, findWrangler(directory), "dev"],
      ...(worker === undefined ? [] : [worker]),
      ...configs.flatMap((config) => ["--config", config]),
      ...(assets === undefined ? [] : ["--assets", assets]),
      // Without remote bindings, which would need an account.
      "--local",
      ...["--ip", "127.0.0.1", "--port", String(port), "--local-upstream", `127.0.0.1:${port}`],
      "--show-interactive-dev-session=false",
      ...Object.entries(variables).flatMap(([name, value]) => ["--var", `${name}:${value}`]),
    ],
    cwd: directory,
    hasChannel: true,
    env: { ...process.env, ...quietEnvironment },
    onLine(line) {
      if (/\bReady on https?:/.test(line)) {
        isReady = true;
        resolve(`http://127.0.0.1:${port}`);
      } else if (isReady && line.startsWith("⎔")) {
        if (line.includes("updated and ready")) onReload();
      } else if (isReady && line !== "") {
        // With several configurations, Wrangler writes the name of the worker before its line.
        onLine(line.replace(/^\[[\w-]+\] (?=\{)/, ""));
      }
    },
    onErrorLine(line) {
      if (portTaken.test(line)) hasLostPort = true;
      if (/\[ERROR\]/.test(stripVTControlCharacters(line)) && !isReady)
        setTimeout(() => resolve(undefined), errorMilliseconds);
      onErrorLine(line);
    },
  });
  void child.ended.then(() => resolve(undefined));
  return { ...child, ready, hasLostPort: () => hasLostPort };
}
