// Runs in Node: serves a gate over HTTP/2 without TLS, as some proxies speak to a process.
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { serve } from "@hono/node-server";

const { default: gate } = await import(process.argv[2] as string);
serve(
  { fetch: (request) => gate.fetch(request, process.env), createServer, hostname: "127.0.0.1", port: 0 },
  ({ port }: AddressInfo) => console.log(`Listening on 127.0.0.1:${port}`),
);
