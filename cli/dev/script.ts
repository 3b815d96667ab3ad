import { connect } from "node:net";
import path from "node:path";
import type { Program } from "../project/program.ts";
import { type Server, startChild } from "./child.ts";

/** How often the command tries to connect to the program that it has started. */
const pollMilliseconds = 200;

export interface ScriptInput {
  readonly directory: string;
  readonly script: Program;
  /** Port that the script is told. It may listen on another one. */
  readonly port: number;
  /** Origin of the gate, in front of that port. */
  readonly gateUrl: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
  readonly onErrorLine: (line: string) => void;
}

/** An address that a server prints when it listens. Only its port matters. */
const printedAddress = /https?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]):(\d+)/g;

/**
 * Runs the script with the variables in its environment. It is ready when it prints its address, or listens on the port
 * that it was told. Its lines have the address of the gate in place of its own, which compares no host.
 */
export async function startScript(input: ScriptInput): Promise<Server> {
  const { directory, script, port, gateUrl, variables, onLine, onErrorLine } = input;
  const { promise: ready, resolve } = Promise.withResolvers<string | undefined>();
  // The script can print the addresses of the gate and of other servers too.
  const others = new Set(Object.values(variables).map((value) => URL.parse(value)?.port));
  const observe = (line: string): string =>
    line
      .replace(printedAddress, (address, printed) => {
        if (others.has(printed)) return address;
        resolve(`http://127.0.0.1:${printed}`);
        return gateUrl;
      })
      .replace(/\d+/g, (number) => (number === String(port) ? new URL(gateUrl).port : number));
  const timer = setInterval(() => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(`http://127.0.0.1:${port}`));
    socket.once("connect", () => socket.destroy());
    socket.once("error", () => {});
  }, pollMilliseconds);
  void ready.then(() => clearInterval(timer));
  const child = await startChild({
    command: script.command,
    args: script.args,
    cwd: directory,
    env: {
      ...process.env,
      ...variables,
      PATH: [path.join(directory, "node_modules/.bin"), process.env.PATH].join(path.delimiter),
      PORT: String(port),
      // Deno listens there, whatever the script says.
      DENO_SERVE_ADDRESS: `tcp:127.0.0.1:${port}`,
    },
    onLine: (line) => onLine(observe(line)),
    onErrorLine: (line) => onErrorLine(observe(line)),
  }).catch((error: unknown) => {
    clearInterval(timer);
    throw error;
  });
  void child.ended.then(() => resolve(undefined));
  return { ...child, ready, hasLostPort: () => false, hasMistake: () => false };
}
