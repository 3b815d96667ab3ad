// A server in Node. It serves HTTPS callers only: behind a proxy that ends TLS, with GATE_TLS_PROXY=true. Otherwise the gate
// refuses plain HTTP that is not on loopback.
import { serve } from "@hono/node-server";
import { app } from "./app.ts";

const { HOST = "127.0.0.1", PORT = "8787" } = process.env;
serve(
  {
    // The address of the connection, for limits. Every caller can send a header.
    fetch: (request, { incoming: { socket } }) =>
      app.fetch(request, process.env, { remoteAddr: { hostname: socket.remoteAddress } }),
    hostname: HOST,
    port: Number(PORT),
  },
  ({ port }) => console.log(`Listening on http://${HOST}:${port}`),
);
