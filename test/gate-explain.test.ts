import { describe, expect, it } from "vitest";
import { describeExplanation, renderExplanation } from "../cli/explain/render.ts";
import { App } from "../src/app/app.ts";
import { origin } from "../src/app/build/origin.ts";
import type { GateOptions } from "../src/app/gate-options.ts";
import { requireAuth } from "../src/app/types/auth.ts";
import { createGate } from "../src/gate.ts";
import { entra, environment, explainCredential } from "./cli/support/explain-world.ts";
import { createFakeIo } from "./support/io.ts";

const address = "https://api.contoso.example";
const health = "/.well-known/entra-gate/health";
const routes = new App()
  .get("/orders/*", { middleware: [requireAuth("orders.read")] }, origin())
  .get("/strict", { middleware: [requireAuth("orders.read")], mode: "enforce" }, origin())
  .get("/tried", { middleware: [requireAuth("orders.read")], mode: "report" }, origin())
  .get("/open", { public: true }, origin());
const gates: readonly GateOptions[] = [{}, { routes }, { routes, unlisted: "reject" }];
const variables: readonly Readonly<Record<string, string>>[] = [
  {},
  { GATE_MODE: "report" },
  { GATE_HEALTH: "public" },
  { GATE_MODE: "report", GATE_HEALTH: "guarded" },
  { ENTRA_ALLOWED_CLIENTS: "33333333-4444-5555-6666-777777777777", GATE_MODE: "report" },
];
const credentials: Readonly<Record<string, string | null>> = {
  nobody: null,
  member: `Bearer ${await entra.issueAccessToken()}`,
  reader: `Bearer ${await entra.issueAccessToken({ scopes: ["access_as_user", "orders.read"] })}`,
  daemon: `Bearer ${await entra.issueAccessToken({ client: "daemon" })}`,
  outsider: `Bearer ${await entra.issueAccessToken({ persona: "outsider" })}`,
};
const requests = [
  ...["/orders/1", "/Orders/1", "/strict", "/tried", "/open", "/open/", "/else", health, `${health}/`],
  ...["/orders/1?access_token=x", "/orders%2f1"],
].map((target) => ["GET", target] as const);
const others = [
  ["POST", "/orders/1"],
  ["HEAD", "/orders/1"],
  ["get", "/orders/1"],
  ["HEAD", health],
] as const;

/** The gate's own decision: it allows, reports, or refuses for a reason. */
async function askGate(options: GateOptions, env: object, method: string, target: string, credential: string | null) {
  const io = createFakeIo({
    fetch: ({ url }) =>
      url.startsWith("https://login.") ? entra.fetch(new Request(url)) : Promise.resolve(new Response("origin")),
  });
  const headers = credential === null ? {} : { authorization: credential };
  const request = new Request(`${address}${target}`, { headers });
  // Node's Request converts some methods to upper case; a server passes them unchanged.
  Object.defineProperty(request, "method", { value: method });
  const answer = await createGate(options, io).fetch(request, {
    ...environment,
    ORIGIN_URL: "https://origin.contoso.example",
    GATE_URL: address,
    GATE_LOG_SUBJECT: "none",
    ...env,
  });
  const line = io.lines.find(({ event }) => event === "refused" || event === "reported");
  return line === undefined ? `answered ${answer.status}` : `${line.event} ${line.reason}`;
}

describe("explain predicts what the gate does", () => {
  for (const [index, options] of gates.entries()) {
    it.each(variables)(`with gate ${index} and %j`, async (env) => {
      for (const [name, credential] of Object.entries(credentials)) {
        for (const [method, target] of [...requests, ...others]) {
          const done = await askGate(options, env, method, target, credential);
          const request = { method, url: `${address}${target}` };
          const { verdict } = await explainCredential(credential, { options, environment: env, request });
          const said =
            verdict.outcome === "refused"
              ? `refused ${verdict.denial.reason}`
              : "reported" in verdict
                ? `reported ${verdict.reported?.reason}`
                : "answered 200";
          expect(said, `${name}: ${method} ${target}`).toBe(done);
        }
      }
    });
  }
});

it("explains a request as a proxy that ends TLS passes it on", async () => {
  const proxied = { GATE_URL: address, GATE_TLS_PROXY: "true", ORIGIN_URL: "https://origin.contoso.example" };
  const ask = async (url: string) => {
    const request = { method: "GET", url };
    const { verdict } = await explainCredential(credentials.reader ?? null, {
      environment: proxied,
      request,
      onWorkers: false,
    });
    return verdict.outcome === "refused" ? verdict.denial : verdict.outcome;
  };
  expect([await ask("/orders/1"), await ask(`${address}/orders/1`)]).toEqual(["allowed", "allowed"]);
  expect(await ask("http://api.contoso.example/orders/1")).toEqual({
    reason: "plaintext_transport",
    forwardedProto: "other",
  });
  expect(await ask("https://evil.example/orders/1")).toEqual({ reason: "host_not_served" });
});

it("names what report mode ignores", async () => {
  const explanation = await explainCredential(credentials.daemon ?? null, { environment: { GATE_MODE: "report" } });
  expect(explanation.verdict).toMatchObject({ outcome: "allowed", reported: { reason: "kind_not_allowed" } });
  const report = describeExplanation(explanation, { sources: [], keys: "the authority", problems: [] });
  expect(renderExplanation(report, (_, text) => text)).toMatch(
    /^Allowed {2}in report mode, despite kind_not_allowed\n/,
  );
});
