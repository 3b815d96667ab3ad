import { type Connection, openConnection } from "./connection.ts";

/** Requests that one connection sends one after another. */
export type Job = readonly Buffer[];

/** Connections that stay open. */
export interface Client {
  /**
   * Sends every job once. Each connection takes the next job as soon as it has finished the last one.
   *
   * @throws Error if a response has another status, or if a connection ends
   */
  send(jobs: readonly Job[], status: number): Promise<void>;
  close(): void;
}

/** Connects to a port of 127.0.0.1. */
export async function openClient(port: number, connections = 16): Promise<Client> {
  const exchanges = await Promise.all(Array.from({ length: connections }, () => openExchange(port)));
  return {
    async send(jobs, status) {
      let next = 0;
      const work = async ({ exchange }: Exchange) => {
        for (let job = jobs[next++]; job !== undefined; job = jobs[next++]) {
          for (const request of job) {
            const received = await exchange(request);
            if (received !== status) throw new Error(`port ${port} answered ${received}, not ${status}`);
          }
        }
      };
      await Promise.all(exchanges.map(work));
    },
    close() {
      for (const { connection } of exchanges) connection.close();
    },
  };
}

interface Exchange {
  readonly connection: Connection;
  /** @returns the status, when the whole response has arrived */
  exchange(request: Buffer): Promise<number>;
}

async function openExchange(port: number): Promise<Exchange> {
  let settle: { resolve(status: number): void; reject(error: Error): void } | undefined;
  let broken: Error | undefined;
  const connection = await openConnection(
    port,
    (status) => settle?.resolve(status),
    (fault) => {
      broken = fault;
      settle?.reject(fault);
    },
  );
  return {
    connection,
    exchange(request) {
      return new Promise((resolve, reject) => {
        settle = { resolve, reject };
        if (broken === undefined) connection.send(request);
        else reject(broken);
      });
    },
  };
}
