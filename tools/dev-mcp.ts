// `npm run dev:mcp`: starts a sample MCP server, and `entra-gate dev` with a gate in front of it. Its options are those
// of `entra-gate dev`.
import { serveFetch } from "../cli/common/loopback.ts";
import { createSampleServer } from "../cli/dev/mcp/server.ts";
import { runCommand } from "../cli/main.ts";
import { refuseForeign, type ServerVars, serverPages } from "../entra/server/pages.ts";

const sample = createSampleServer();
const vars: ServerVars & { PORT?: string } = {};
const server = await serveFetch(
  (request) => refuseForeign(request, vars, serverPages.sampleMcpServer) ?? sample.fetch(request),
);
vars.PORT = new URL(server.url).port;
const gate = ["--worker", "cli/dev/mcp/worker.ts", "--origin", server.url];
process.exitCode = await runCommand(["dev", ...gate, ...process.argv.slice(2)]);
await server.stop();
