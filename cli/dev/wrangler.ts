import { quietEnvironment } from "../project/quiet.ts";
import { findWrangler } from "../project/wrangler-program.ts";
import { type Server, startChild } from "./child.ts";
import type { PassedVariables } from "./secret-file.ts";

/** An error can have more lines after its first. */
const errorMilliseconds = 1_000;
/**
 * Runs in Wrangler before its own code. It makes Wrangler end when this process ends without stopping it.
 *
 * @param folder removed then
 */
const writeEnd = (folder: string | undefined) => `
import { rmSync } from "node:fs";
process.once("disconnect", () => {
  for (const folder of ${JSON.stringify(folder === undefined ? [] : [folder])}) rmSync(folder, { recursive: true, force: true });
  process.kill(process.pid, "SIGTERM");
});
process.channel?.unref();
`;
/**
 * Starts workerd without its inspector, for which Wrangler has no option. That inspector compares neither \`Host\` nor
 * \`Origin\`: every page that finds its port runs code in the worker. Wrangler waits for workerd's message that it
 * listens.
 */
const withoutInspector = `
import childProcess from "node:child_process";
const { spawn } = childProcess;
childProcess.spawn = (command, args, options) => {
  if (!Array.isArray(args) || !args.some(isInspector)) return spawn(command, args, options);
  const child = spawn(command, args.filter((each) => !isInspector(each)), options);
  child.stdio[3].unshift('{"event":"listen-inspector","port":0}\\n');
  return child;
};
function isInspector(argument) {
  return String(argument).startsWith("--inspector-addr");
}
`;

export interface WranglerInput {
  readonly directory: string;
  /**
   * Configuration files: that of the worker, and those of workers that it calls. Wrangler finds one if there are none.
   */
  readonly configs: readonly string[];
  /** Entry file in place of the one that the configuration names. */
  readonly worker?: string;
  /** Folder of static assets, if the configuration names none. */
  readonly assets?: string;
  readonly port: number;
  /** Host and port of the gate, in front of that port. */
  readonly gateHost: string;
  readonly variables: PassedVariables;
  /** Whether workerd's inspector listens, to which every page can connect. */
  readonly inspects: boolean;
  /** Gets each line that the worker logs. */
  readonly onLine: (line: string) => void;
  /** Gets each line of errors and warnings. */
  readonly onErrorLine: (line: string) => void;
  /** Called when changed code runs. */
  readonly onReload: () => void;
}

/** Another program can take a port between its choice and the moment when workerd listens on it. */
const portTaken = /Address already in use \((?:socket "direct:|127\.0\.0\.1:)/;
/** What Wrangler says of code that throws in its module scope, or cannot be built. */
const codeMistake = /\bUncaught \w+|\bBuild failed with \d+ error/;

/**
 * Runs a worker with the project's own Wrangler, on this machine only. The worker gets the host of the request,
 * whatever routes the configuration has: a gate refuses a foreign one.
 */
export async function startWrangler(input: WranglerInput): Promise<Server> {
  const { directory, configs, worker, assets, port, gateHost, variables, inspects } = input;
  const { onLine, onErrorLine, onReload } = input;
  const { command, keepsHost } = findWrangler(directory);
  const preload = writeEnd(variables.folder) + (inspects ? "" : withoutInspector);
  const { promise: ready, resolve } = Promise.withResolvers<string | undefined>();
  let isReady = false;
  let hasLostPort = false;
  let hasMistake = false;
  const child = await startChild({
    command: process.execPath,
    args: [
      ...["--import", `data:text/javascript,${encodeURIComponent(preload)}`, command, "dev"],
      ...(worker === undefined ? [] : [worker]),
      ...configs.flatMap((config) => ["--config", config]),
      ...(assets === undefined ? [] : ["--assets", assets]),
      // Without remote bindings, which would need an account.
      "--local",
      ...["--ip", "127.0.0.1", "--port", String(port)],
      ...(keepsHost ? ["--infer-origin-from-routes=false"] : ["--local-upstream", gateHost]),
      "--show-interactive-dev-session=false",
      ...variables.args,
    ],
    cwd: directory,
    hasChannel: true,
    env: {
      ...variables.env,
      ...process.env,
      ...quietEnvironment,
      // In a terminal of VS Code, Wrangler leaves its own inspector out too.
      ...(!inspects && { VSCODE_INSPECTOR_OPTIONS: process.env.VSCODE_INSPECTOR_OPTIONS || "{}" }),
    },
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
      if (codeMistake.test(line)) hasMistake = true;
      if (/\[ERROR\]/.test(line) && !isReady) setTimeout(() => resolve(undefined), errorMilliseconds);
      onErrorLine(line);
    },
  });
  void child.ended.then(() => resolve(undefined));
  return { ...child, ready, hasLostPort: () => hasLostPort, hasMistake: () => hasMistake };
}
