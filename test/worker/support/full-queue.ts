import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";

/** A server to which nobody can connect any more. */
export interface FullServer {
  readonly url: string;
  stop(): void;
}

/** Prints the port, and then never accepts a connection. */
const program = `
const server = require("node:net").createServer();
server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
  require("node:fs").writeSync(1, server.address().port + "\\n");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});`;

/** Starts a server whose queue of connections is full, so that the operating system answers no further one. */
export async function startFullServer(): Promise<FullServer> {
  const child: ChildProcess = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = (await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), "line")) as [string];
  const waiting: Socket[] = Array.from({ length: 8 }, () => {
    const socket = connect({ host: "127.0.0.1", port: Number(port) });
    socket.on("error", () => {});
    return socket;
  });
  await once(waiting[0] as Socket, "connect");
  return {
    url: `http://127.0.0.1:${port}`,
    stop() {
      for (const socket of waiting) socket.destroy();
      child.kill("SIGKILL");
    },
  };
}
