// The sample MCP server as a worker, for development.
import { refuseForeign, type ServerVars, serverPages } from "../../../entra/server/pages.ts";
import { createSampleServer, type SampleServer } from "./server.ts";

let server: SampleServer | undefined;

export default {
  fetch(request: Request, env: ServerVars): Response | Promise<Response> {
    const refusal = refuseForeign(request, env, serverPages.sampleMcpServer);
    if (refusal !== undefined) return refusal;
    server ??= createSampleServer();
    return server.fetch(request);
  },
};
