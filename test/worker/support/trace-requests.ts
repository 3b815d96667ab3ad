// Loaded into a program by `node --import`: writes each request of the program to stderr after its response.
import { subscribe } from "node:diagnostics_channel";

interface Answered {
  readonly request: { readonly method: string; readonly origin: string; readonly path: string };
  readonly response: { readonly statusCode: number };
}

subscribe("undici:request:headers", (message) => {
  const { request, response } = message as Answered;
  process.stderr.write(`\nsent ${request.method} ${request.origin}${request.path} ${response.statusCode}\n`);
});
