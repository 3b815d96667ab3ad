import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { createTestCertificate } from "./client-certificate.ts";
import { type RunningServer, startServer } from "./server.ts";

const head = "HTTP/1.1 200 OK\r\n";

/** What an origin sends in place of a response. Then it closes the connection. */
const responses: Readonly<Record<string, string>> = {
  closing: "",
  length: `${head}Content-Length: abc\r\n\r\n`,
  lengths: `${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
  header: `${head}bad header: x\r\nContent-Length: 0\r\n\r\n`,
  large: `${head}${`X: ${"a".repeat(60_000)}\r\n`.repeat(40)}Content-Length: 0\r\n\r\n`,
  switching: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
  garbage: "SSH-2.0-OpenSSH\r\n\r\n",
  cut: `${head}Content-Le`,
  status: "HTTP/1.1 9999 X\r\nContent-Length: 0\r\n\r\n",
};

/** The same, but only the body is broken. Each contains a text of the caller. */
const bodies: Readonly<Record<string, string>> = {
  chunk: `${head}Transfer-Encoding: chunked\r\n\r\neyJmYWtl\r\n`,
  coding: `${head}Content-Encoding: gzip\r\nContent-Length: 10\r\n\r\neyJmYWtl..`,
  rest: `${head}Content-Length: 100\r\n\r\neyJmYWtl`,
};

/** Origins whose response has a good head and a broken body. */
export const brokenBodies: readonly string[] = Object.keys(bodies);

export interface BrokenOrigins {
  /** The address of each origin, by its name. */
  readonly urls: Readonly<Record<string, string>>;
  stop(): Promise<unknown>;
}

/** Starts origins each of which fails in another way. */
export async function startBrokenOrigins(): Promise<BrokenOrigins> {
  const servers: RunningServer[] = [];
  async function listen(server: Server): Promise<string> {
    const running = await startServer(server);
    servers.push(running);
    return `127.0.0.1:${running.port}`;
  }
  const listenAndAnswer = (answer: (socket: Socket) => void) =>
    listen(createServer((socket) => socket.once("data", () => answer(socket))));

  const urls: Record<string, string> = { lost: "https://nobody.invalid" };
  for (const [name, response] of Object.entries({ ...responses, ...bodies }))
    urls[name] = `http://${await listenAndAnswer((socket) => socket.end(response, "latin1"))}`;
  urls.resetting = `http://${await listenAndAnswer((socket) => socket.resetAndDestroy())}`;
  urls.plain = `https://${await listenAndAnswer((socket) => socket.end(`${head}\r\n`))}`;
  const { pem } = await createTestCertificate();
  const secure = createTlsServer({ cert: pem, key: pem }, (socket) => socket.end(`${head}\r\n`));
  urls.untrusted = `https://${await listen(secure.on("tlsClientError", () => {}))}`;
  // A port that was closed could be given to another server.
  urls.refusing = "http://127.0.0.1:2";
  return { urls, stop: () => Promise.all(servers.map((server) => server.stop())) };
}
