// A server in Node. Behind HTTPS only: the gate refuses plain HTTP that is not on loopback.
import { serve } from "@hono/node-server";
import { app } from "./app.ts";

serve({ fetch: (request) => app.fetch(request, process.env), hostname: "127.0.0.1", port: 8787 }, ({ port }) =>
  console.log(`Listening on http://127.0.0.1:${port}`),
);
