import { createGateVars } from "../../cli/common/gate-vars.ts";
import { clients } from "../../entra/directory/clients.ts";
import { api, tenants } from "../../entra/directory/directory.ts";
import { bundleWorkerOnce } from "./bundle.ts";
import { forwardingEntry } from "./gates.ts";
import { bundleLocalEntra } from "./local-entra.ts";
import { startWorkers, type WorkerInput } from "./worker-process.ts";

export interface StackOptions {
  /** Ports on 127.0.0.1; 0 or absent for any free port. */
  readonly gatePort?: number;
  readonly entraPort?: number;
  readonly originPort?: number;
  /** Variables of the gate, in addition to those with which it trusts the local Entra. */
  readonly gateVars?: Readonly<Record<string, string>>;
  /** Entry file of the gate, relative to the root of the project; `forwardingEntry` if absent. */
  readonly gateEntry?: string;
  /** Entry file of the origin; the sample origin if absent. */
  readonly originEntry?: string;
  /**
   * Starts a second local Entra, and gives the gate the variables of `customers`. Both have the same tenants, users,
   * apps and key IDs, but different keys.
   */
  readonly hasCustomers?: boolean;
  /** Gives the gate a credential for tokens of other APIs, and the URL of the local Graph. */
  readonly downstream?: boolean;
  /** Folder of the gate's static assets. Without it, the gate has no binding ASSETS. */
  readonly gateAssets?: string;
  /** Bindings of the gate in workerd, in addition to its variables. */
  readonly gateBindings?: WorkerInput["bindings"];
  /** Workers beside the gate in workerd, to which its bindings lead. */
  readonly gateNeighbors?: readonly WorkerInput[];
  /** Name of the neighbor that gets the spans of the gate in workerd. */
  readonly gateTail?: string;
  /** Origin of the server of the playground. */
  readonly playgroundUrl?: string;
  /** Gets each line of the gate's log. Without it, the lines are printed. */
  readonly onGateLog?: (line: string) => void;
  /** Runs the gate on any free port of 127.0.0.1; workerd runs it if absent. */
  readonly runGate?: (entry: string, vars: Readonly<Record<string, string>>) => Promise<Part>;
}

export interface Stack {
  /** Origins, without a slash at the end. */
  readonly gateUrl: string;
  readonly entraUrl: string;
  readonly originUrl: string;
  /** The second local Entra; empty if there is none. */
  readonly customersUrl: string;
  /** The gate's variables. */
  readonly gateVars: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Where a server of another runtime than workerd listens. */
export interface Place {
  /** An IPv4 address of this machine; 127.0.0.1 if absent. */
  readonly host?: string;
  /** Gets each line of its log. */
  readonly onLine?: (line: string) => void;
  /** Gets each line that the runtime itself writes. */
  readonly onMessage?: (line: string) => void;
}

/** A running worker. */
export interface Part {
  /** Origin, without a slash at the end. */
  readonly url: string;
  stop(): Promise<void>;
}

/** A running worker that is the server of a process of its own. */
export interface ServerPart extends Part {
  /** Sends SIGTERM, and waits for the end. @returns the exit code; null if a signal ended it */
  terminate(): Promise<number | null>;
}

/**
 * Starts the local Entra and the sample origin in one workerd, and the gate in another. Throws PortTakenError if a port
 * is taken, after it has stopped the servers that had started.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { gatePort = 0, entraPort = 0, originPort = 0, gateEntry = forwardingEntry, runGate } = options;
  const { originEntry = "cli/dev/origin/worker.ts" } = options;
  const parts: Pick<Part, "stop">[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(parts.map((part) => part.stop()));
  };
  const keep = async (starting: Promise<Part>): Promise<string> => {
    const part = await starting;
    parts.push(part);
    return part.url;
  };

  try {
    const { code, vars } = await bundleLocalEntra();
    // The gate runs in a process of its own, whose memory and connections tests measure.
    const { urls, stop: stopServers } = await startWorkers([
      {
        name: "entra",
        port: entraPort,
        code,
        vars: {
          ...vars,
          ...nameOwnPort(entraPort),
          ...(options.playgroundUrl !== undefined && { PLAYGROUND_URL: options.playgroundUrl }),
          ...(options.hasCustomers && sameKeyIds),
        },
      },
      await createInput("origin", originEntry, originPort, nameOwnPort(originPort)),
      ...(options.hasCustomers
        ? [{ name: "customers", port: 0, code, vars: { KEYS: reverseKeys(vars.KEYS), ...sameKeyIds } }]
        : []),
    ]);
    parts.push({ stop: stopServers });
    const [entraUrl, originUrl, customersUrl = ""] = urls;
    const ofCustomers = options.hasCustomers ? createCustomersVars(customersUrl) : {};
    const forDownstream = options.downstream ? createDownstreamVars(entraUrl!) : {};
    const gateVars = {
      ...createGateVars(entraUrl!, originUrl!),
      ...forDownstream,
      ...ofCustomers,
      ...options.gateVars,
    };
    const gate = runGate ? runGate(gateEntry, gateVars) : startGate(gateEntry, gatePort, gateVars, options);
    return { gateUrl: await keep(gate), entraUrl: entraUrl!, originUrl: originUrl!, customersUrl, gateVars, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Makes the worker answer only under that port. A free port is not known before the worker starts. */
function nameOwnPort(port: number): Record<string, string> {
  return port === 0 ? {} : { PORT: String(port) };
}

/** Of the keys that an authority has at its start. */
const sameKeyIds = { KEY_IDS: JSON.stringify(["key-1", "key-2", "key-3", "key-4"]) };

/** So that no key of the start is one of the other authority. */
function reverseKeys(keys: string): string {
  return JSON.stringify((JSON.parse(keys) as readonly string[]).toReversed());
}

function createCustomersVars(url: string): Record<string, string> {
  return {
    ENTRA_CUSTOMERS_AUTHORITY: url,
    ENTRA_CUSTOMERS_TENANT_ID: tenants.contoso.id,
    ENTRA_CUSTOMERS_API_AUDIENCE: api.clientId,
  };
}

function createDownstreamVars(entraUrl: string): Record<string, string> {
  return { ENTRA_CLIENT_ID: api.clientId, ENTRA_CLIENT_SECRET: clients.api.secret, GRAPH_URL: entraUrl };
}

async function startGate(
  entry: string,
  port: number,
  vars: Readonly<Record<string, string>>,
  {
    onGateLog: onLog,
    gateAssets: assets,
    gateBindings: bindings,
    gateNeighbors: neighbors = [],
    gateTail: tail,
  }: StackOptions,
): Promise<Part> {
  const input = await createInput("gate", entry, port, vars);
  const gate = {
    ...input,
    ...(bindings && { bindings }),
    ...(assets !== undefined && { assets }),
    ...(tail !== undefined && { tail }),
  };
  const { urls, stop } = await startWorkers([gate, ...neighbors], onLog);
  return { url: urls[0]!, stop };
}

async function createInput(
  name: "gate" | "origin",
  entry: string,
  port: number,
  vars: Readonly<Record<string, string>>,
): Promise<WorkerInput> {
  const code = await bundleWorkerOnce(entry);
  return { name, port, code, vars };
}
