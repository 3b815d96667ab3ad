import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";

/** A server of this process, at any free port. */
export interface RunningServer {
  readonly port: number;
  readonly url: string;
  /** Its open connections. */
  readonly sockets: ReadonlySet<Socket>;
  /** Ends all connections too. */
  stop(): Promise<void>;
}

/**
 * Starts a server of Node on loopback. Errors of its connections are ignored.
 *
 * @param server of `node:net`, `node:tls`, `node:http` or `node:https`
 */
export async function startServer(server: Server, host = "127.0.0.1"): Promise<RunningServer> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  });
  server.listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    sockets,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
