import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingHttpHeaders, Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";

/** The part of Express that the test uses. Express has no types. */
interface Application {
  use(...handlers: readonly unknown[]): void;
  get(path: string, handler: (request: unknown, response: { send(body: unknown): void }) => void): void;
  listen(port: number, host: string): Server;
}
type Express = (() => Application) & { static(directory: string): unknown };

/** One exchange at Express. */
export interface ExpressExchange {
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly status: number;
}

export interface ExpressOrigin {
  readonly url: string;
  /** In the order in which they ended. */
  readonly exchanges: readonly ExpressExchange[];
  stop(): Promise<void>;
}

/** Bytes of each response. */
export const answerBytes = 100_000;

/** An origin in Express: `/file.txt` from static files and `/sent` from `response.send`, each with validators. */
export async function startExpressOrigin(): Promise<ExpressOrigin> {
  const express: Express = createRequire(import.meta.url)("express");
  const directory = await mkdtemp(path.join(os.tmpdir(), "express-"));
  await writeFile(path.join(directory, "file.txt"), "a".repeat(answerBytes));
  const exchanges: ExpressExchange[] = [];
  const app = express();
  type Ended = { readonly statusCode: number; on(event: "finish", listener: () => void): void };
  app.use(({ url, headers }: ExpressRequest, response: Ended, next: () => void) => {
    response.on("finish", () => exchanges.push({ target: url, headers, status: response.statusCode }));
    next();
  });
  app.use(express.static(directory));
  app.get("/sent", (_, response) => response.send({ text: "a".repeat(answerBytes) }));
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exchanges,
    async stop() {
      server.closeAllConnections();
      server.close();
      await rm(directory, { recursive: true });
    },
  };
}

interface ExpressRequest {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}
