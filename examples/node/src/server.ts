// A server in Node. It serves HTTPS callers only: behind a proxy that ends TLS, with GATE_TLS_PROXY=true. Otherwise the gate
// refuses plain HTTP that is not on loopback.
import { serve } from "@hono/node-server";
import { app } from "./app.ts";

const { HOST = "127.0.0.1", PORT = "8787" } = process.env;
const server = serve(
  {
    async fetch(request, { incoming: { socket }, outgoing }) {
      // The address of the connection, for limits. Every caller can send a header.
      const response = await app.fetch(request, process.env, { remoteAddr: { hostname: socket.remoteAddress } });
      // After the signal, no connection stays open for another request.
      if (!server.listening) outgoing.setHeader("Connection", "close");
      return response;
    },
    hostname: HOST,
    port: Number(PORT),
  },
  ({ port }) => {
    console.log(`Listening on http://${HOST}:${port}`);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  },
);
// Without it, Node 22 drops the headers of a request after the thousandth. All of them still have at most 16 KiB.
if ("maxHeadersCount" in server) server.maxHeadersCount = 0;

/** Accepts no more connections. The process ends with the last response, or after eight seconds: Docker kills it after ten. */
function stop() {
  server.close();
  setTimeout(() => process.exit(), 8000).unref();
}
