import { issuer } from "../../src/extensions/issuer/issuer.ts";
import { App, createGate, requireAuth } from "../../src/index.ts";

interface Variables {
  readonly SIGNING_KEY: string;
}

const routes = new App().route({
  method: "GET",
  path: "/me",
  hooks: requireAuth("access_as_user"),
  handler: () => ({ status: 200, body: { ok: true } }),
});
const gate = createGate({ routes, issuer: issuer() });
let environment: object | undefined;

/** `gate.ts`, which signs an assertion for the origin. The other workers of the process may not have its variables. */
export default {
  fetch(request: Request, variables: Variables, context: ExecutionContext): Response | Promise<Response> {
    environment ??= {
      ...variables,
      GATE_ISSUER: "https://api.contoso.example",
      GATE_SIGNING_KEY: variables.SIGNING_KEY,
      ORIGIN_ASSERTION: "jwt",
    };
    return gate.fetch(request, environment, context);
  },
};
