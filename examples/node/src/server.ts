// A server in Node. Behind HTTPS only: the gate refuses plain HTTP that is not on loopback.
import { serve } from "@hono/node-server";
import { app } from "./app.ts";

serve(
  {
    // The address of the connection, for limits. Every caller can send a header.
    fetch: (request, { incoming: { socket } }) =>
      app.fetch(request, process.env, { remoteAddr: { hostname: socket.remoteAddress } }),
    hostname: "127.0.0.1",
    port: Number(process.env.PORT ?? 8787),
  },
  ({ port }) => console.log(`Listening on http://127.0.0.1:${port}`),
);
