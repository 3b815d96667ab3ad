import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";

export interface Question {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** The client closes the connection after this time. */
  readonly abortAfterMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Longer than every wait of the gate. A request that takes longer hangs. */
const hangMs = 30_000;

/** @param connections number of connections, which are kept alive */
export function createClient(origin: string, connections: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const { hostname, port } = new URL(origin);

  /** @returns `broken` if the connection or the body ended early, `hung` if nothing ended */
  async function ask({ method, path, headers, body, abortAfterMs }: Question): Promise<Answer | "broken" | "hung"> {
    const signal = AbortSignal.any([
      AbortSignal.timeout(hangMs),
      ...(abortAfterMs === undefined ? [] : [AbortSignal.timeout(abortAfterMs)]),
    ]);
    const startMs = performance.now();
    try {
      return await new Promise<Answer>((resolve, reject) => {
        const outgoing = request({ agent, hostname, port, method, path, headers, signal }, (incoming) => {
          const { statusCode: status = 0 } = incoming;
          text(incoming).then((read) => resolve({ status, headers: incoming.headers, body: read }), reject);
        });
        outgoing.on("error", reject);
        outgoing.end(body);
      });
    } catch {
      return performance.now() - startMs >= hangMs ? "hung" : "broken";
    }
  }

  return { ask, close: () => agent.destroy() };
}
