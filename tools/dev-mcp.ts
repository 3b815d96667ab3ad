// `npm run dev:mcp`: starts a sample MCP server, and `entra-gate dev` with a gate in front of it. Its options are those of
// `entra-gate dev`.
import { serveFetch } from "../cli/common/loopback.ts";
import { createSampleServer } from "../cli/dev/mcp/server.ts";
import { runCommand } from "../cli/main.ts";
import { refuseForeign } from "../entra/server/foreign.ts";

const sample = createSampleServer();
const server = await serveFetch((request) => refuseForeign(request, {}, false) ?? sample.fetch(request));
const gate = ["--worker", "cli/dev/mcp/worker.ts", "--origin", server.url];
process.exitCode = await runCommand(["dev", ...gate, ...process.argv.slice(2)]);
await server.stop();
