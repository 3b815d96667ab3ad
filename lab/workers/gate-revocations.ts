import { revocations } from "../../src/extensions/revocations/revocations.ts";
import { App, createGate, requireAuth } from "../../src/index.ts";

const routes = new App().route({
  method: "GET",
  path: "/me",
  hooks: requireAuth("access_as_user"),
  handler: () => ({ status: 200, body: { ok: true } }),
});

const gate = createGate({ routes, revocations: revocations() });

/** As many rules as a list may have, of every kind, about callers that send nothing here. */
const rules = Array.from({ length: 2_000 }, (_, index) => {
  const id = `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
  const before = "2026-11-30T08:00:00Z";
  return [
    { user: `${id}/${id}`, before },
    ...["client", "tenant", "session", "token"].map((kind) => ({ [kind]: id, before })),
  ];
}).flat();
const text = JSON.stringify({ schema: "entra-gate/revocations/1", rules });
const REVOCATIONS = { get: async () => new Response(text).body };

let bound: object | undefined;

export default {
  fetch(request: Request, env: object, context: ExecutionContext) {
    bound ??= { ...env, REVOCATIONS };
    return gate.fetch(request, bound, context);
  },
};
