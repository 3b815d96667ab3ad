// `npm run dev`: starts the gate with a local Entra and a sample origin, and prints curl lines to try.
import { existsSync } from "node:fs";
import path from "node:path";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { PortTakenError, startOnFreePort } from "../common/loopback.ts";
import type { GateCode } from "../project/gate-code.ts";
import { GateFault, loadGate } from "./gate-fault.ts";
import { formatGuide, formatMcpGuide } from "./guide.ts";
import { createMcpVars, registerMcpUri } from "./mcp/vars.ts";
import { createGateLog } from "./playground/gate-log.ts";
import { startPlayground } from "./playground/server.ts";
import { type Stack, startStack } from "./stack.ts";

/** Made by tools/copy-docs.ts, for a gate with `docs()`. */
const assets = path.resolve(import.meta.dirname, "../../assets");
const defaultPort = 8787;
const maxPort = 65_535;
const orphanCheckMs = 500;

const help = `Usage: npm run dev -- [options]

Starts the gate, a local Entra and a sample origin on this machine, and reloads the gate when its files change.

Options:
  --port N       port of the gate, 8787 by default; Entra and the origin use the next two. 0 uses any free ports
  --downstream   a gate that calls Microsoft Graph as the user, cli/dev/downstream/worker.ts
  --mcp          a gate in front of a sample MCP server, cli/dev/mcp/worker.ts
  --worker FILE  your own worker in place of the gate; with --downstream or --mcp, it gets the same variables and origin
  --help         this text`;

const { gatePort, downstream, mcp, worker } = readArguments();
const playground = await startPlayground();
const log = createGateLog();
let gateCode: GateCode | undefined;
const stack = await start();
playground.connect({ ...stack, environment: stack.gateVars, options: async () => gateCode?.options ?? {}, log });
stopWhenAsked(stack);
if (mcp) await registerMcpUri(stack.entraUrl, stack.gateUrl);
console.log(await describe(stack));

function readArguments(): { gatePort: number; downstream: boolean; mcp: boolean; worker: string | undefined } {
  const { values } = parse({
    options: {
      port: { type: "string", default: String(defaultPort) },
      downstream: { type: "boolean", default: false },
      mcp: { type: "boolean", default: false },
      worker: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    console.log(help);
    process.exit(0);
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > maxPort - 2) exitWith(`--port ${values.port} is not a port`);
  if (values.worker !== undefined && !existsSync(values.worker)) exitWith(`--worker ${values.worker} does not exist`);
  return { gatePort: port, downstream: values.downstream, mcp: values.mcp, worker: values.worker };
}

/** The answers of the sample gates are known, and those of your own worker are not. */
function describe(running: Stack): Promise<string> {
  if (mcp && worker === undefined) return formatMcpGuide(running);
  const isSample = downstream && worker === undefined;
  return formatGuide(running, gateCode, isSample ? "downstream" : mcp ? "mcp" : "orders");
}

/** Prints a wrong option in one line. */
function parse<const T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    return exitWith(`${error instanceof Error ? error.message : error} (--help shows the options)`);
  }
}

async function start(): Promise<Stack> {
  // The configuration of an MCP server names the port of its gate.
  const starting = mcp && gatePort === 0 ? startOnFreePort(startAt) : startAt(gatePort);
  return starting.catch((error: unknown) => {
    if (error instanceof GateFault) return exitWith(error.message);
    if (!(error instanceof PortTakenError)) throw error;
    return exitWith(`Port ${error.port} is taken. Choose others with: npm run dev -- --port N (0 for any free ports)`);
  });
}

function startAt(port: number): Promise<Stack> {
  const [entraPort, originPort] = gatePort === 0 ? [0, 0] : [port + 1, port + 2];
  return startStack({
    gatePort: port,
    ...(downstream && { downstream, gateEntry: "cli/dev/downstream/worker.ts" }),
    ...(mcp && {
      gateEntry: "cli/dev/mcp/worker.ts",
      originEntry: "cli/dev/mcp/origin.ts",
      gateVars: createMcpVars(`http://127.0.0.1:${port}`),
    }),
    ...(worker !== undefined && { gateEntry: worker }),
    entraPort,
    originPort,
    playgroundUrl: playground.url,
    ...(existsSync(assets) && { gateAssets: assets }),
    onGateLog(line) {
      console.log(line);
      log.add(line);
    },
    async onGateCode(code) {
      gateCode = await loadGate(code);
    },
    onFault: (fault) => console.error(`${fault} (The last version that starts keeps running.)`),
    onReload: (name) => console.log(`Reloaded the ${name}.`),
  });
}

function stopWhenAsked({ stop }: Stack): void {
  const end = async (): Promise<void> => {
    await Promise.all([stop(), playground.stop()]);
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // Miniflare's own listeners would end this process at once, with an exit code other than 0.
    process.removeAllListeners(signal);
    process.once(signal, end);
  }
  if (process.env.npm_lifecycle_event !== undefined) callWhenOrphaned(end);
}

/**
 * npm sends SIGTERM to its shell. The shell ends without forwarding the signal, so the launcher watches for a new
 * parent.
 */
function callWhenOrphaned(end: () => Promise<void>): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    void end();
  }, orphanCheckMs);
}

function exitWith(message: string): never {
  console.error(message);
  process.exit(1);
}
