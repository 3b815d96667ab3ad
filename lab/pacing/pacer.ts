// Sends requests in its own thread, in a closed or an open loop. lab/pacing/pace.ts starts it.
import { parentPort } from "node:worker_threads";
import { type Connection, openConnection, writeRequest } from "../connection.ts";

/** A list of requests. */
export interface Plan {
  readonly port: number;
  /** Name of the prepared requests. */
  readonly requests: string;
  /** Index of the token of each request. */
  readonly sequence: Uint32Array;
  readonly connections: number;
  /**
   * When each request is due, in milliseconds after the start. Without it, each connection sends its next request at
   * once when it has an answer (closed loop).
   */
  readonly arrivalsMs?: Float64Array;
  /** Ends a closed loop before its last request. */
  readonly seconds?: number;
}

/** The result of a plan. */
export interface Outcome {
  readonly requests: number;
  readonly seconds: number;
  /** Time of each request from when it was due until the last byte of its response. Empty for a closed loop. */
  readonly latenciesMs: Float64Array;
  /** Delay of each request by the pacer although a connection was free. Empty for a closed loop. */
  readonly lagsMs: Float64Array;
}

export type Order =
  | { readonly name: string; readonly path: string; readonly tokens: readonly string[] }
  | { readonly plan: Plan };

const heads = new Map<string, readonly Buffer[]>();
const port = parentPort!;

port.on("message", async (order: Order) => {
  try {
    if ("plan" in order) port.postMessage(await run(order.plan));
    else {
      const { name, path, tokens } = order;
      heads.set(
        name,
        tokens.map((token) => writeRequest({ path, headers: { authorization: `Bearer ${token}` } })),
      );
      port.postMessage("ready");
    }
  } catch (error) {
    port.postMessage(error instanceof Error ? error : new Error(String(error)));
  }
});

async function run(plan: Plan): Promise<Outcome> {
  const { sequence, arrivalsMs } = plan;
  const requests = heads.get(plan.requests);
  if (requests === undefined) throw new Error(`${plan.requests}: not prepared`);
  const total = sequence.length;
  const isOpen = arrivalsMs !== undefined;
  const latenciesMs = new Float64Array(isOpen ? total : 0);
  const lagsMs = new Float64Array(isOpen ? total : 0);
  const endMs = performance.now() + (plan.seconds ?? Number.POSITIVE_INFINITY) * 1_000;
  const free: number[] = [];
  /** The request for which each connection waits. */
  const underWay = new Int32Array(plan.connections);
  const connections: Connection[] = [];
  let startMs = 0;
  let next = 0;
  let answered = 0;
  /** The last time at which a request was due and no connection was free. */
  let blockedMs = 0;
  let finish = () => {};
  let failed = (_fault: Error) => {};
  const finished = new Promise<void>((resolve, reject) => {
    finish = resolve;
    failed = reject;
  });

  function send(connection: number): void {
    const request = next;
    next += 1;
    underWay[connection] = request;
    connections[connection]!.send(requests![sequence[request]!]!);
  }

  function onAnswer(connection: number, status: number): void {
    const nowMs = performance.now() - startMs;
    if (status !== 200) failed(new Error(`${plan.requests}: answered ${status}`));
    answered += 1;
    if (isOpen) {
      const request = underWay[connection]!;
      latenciesMs[request] = nowMs - arrivalsMs[request]!;
      free.push(connection);
      if (answered === total) finish();
      return;
    }
    if (next < total && performance.now() < endMs) send(connection);
    else if (answered === next) finish();
  }

  function sendDue(): void {
    const nowMs = performance.now() - startMs;
    while (next < total && arrivalsMs![next]! <= nowMs) {
      const connection = free.pop();
      if (connection === undefined) {
        blockedMs = nowMs;
        break;
      }
      lagsMs[next] = nowMs - Math.max(arrivalsMs![next]!, blockedMs);
      send(connection);
    }
    if (next < total) setImmediate(sendDue);
  }

  for (let index = 0; index < plan.connections; index += 1)
    connections.push(
      await openConnection(
        plan.port,
        (status) => onAnswer(index, status),
        (fault) => failed(fault),
      ),
    );
  startMs = performance.now();
  if (isOpen) {
    for (let index = 0; index < plan.connections; index += 1) free.push(index);
    sendDue();
  } else for (let index = 0; index < Math.min(plan.connections, total); index += 1) send(index);
  try {
    await finished;
  } finally {
    for (const connection of connections) connection.close();
  }
  const seconds = (performance.now() - startMs) / 1_000;
  return { requests: answered, seconds, latenciesMs, lagsMs };
}
