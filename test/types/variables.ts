/** Environments and configurations in code that compile, or do not: see app.ts. This code does not run. */
import * as daloy from "../../src/adapters/daloy.ts";
import * as hono from "../../src/adapters/hono.ts";
import { revocations } from "../../src/extensions/revocations/revocations.ts";
import { App, createEntraPlugin, createGate } from "../../src/index.ts";

/** The type that `wrangler types` writes. */
interface Env {
  ENTRA_TENANT_ID: "11111111-2222-3333-4444-555555555555";
  ENTRA_API_AUDIENCE: string;
  ENTRA_CLIENT_SECRET: SecretsStoreSecret;
  ORIGIN: Fetcher;
  TOKEN_CACHE: KVNamespace;
  REVOCATIONS: KVNamespace;
  RATE_LIMITER: RateLimit;
  DECISIONS: AnalyticsEngineDataset;
  DATABASE: D1Database;
}
declare const env: Env;
declare const ofProcess: NodeJS.ProcessEnv;
declare const request: Request;

// A gate accepts the whole environment of its platform, and variables of the gate with those of the app.
const gate = createGate();
export const worker = gate satisfies ExportedHandler<Env>;
gate.fetch(request, env);
gate.fetch(request, { ...env, GATE_MODE: "report", mine: 7 });
gate.fetch(request, ofProcess);
gate.fetch(request, {
  ...env,
  GATE_SESSION_KEY: env.ENTRA_CLIENT_SECRET,
  ENTRA_APP_ID_URI: "https://mcp.contoso.com/mcp",
});
gate.fetch(request, { ...ofProcess, ORIGIN: { fetch } });
gate.fetch(request, {});
gate.scheduled(undefined, env);
// @ts-expect-error misspelled
gate.fetch(request, { ENTRA_TENNANT_ID: "x" });
// @ts-expect-error misspelled
gate.scheduled(undefined, { ...env, ORIGIN_URI: "https://origin.contoso.com" });
// @ts-expect-error variables are text
gate.fetch(request, { ENTRA_CLOCK_SKEW_SECONDS: 60 });
// @ts-expect-error variables are text
gate.fetch(request, { GATE_SESSION_KEY: 1 });
// @ts-expect-error the environment of wrangler types is misspelled
export const misspelt = gate satisfies ExportedHandler<Env & { GATE_HELTH: string }>;

const app = new App();
app.fetch(request, env);
app.request("/a", {}, { ENTRA_TENANT_ID: "x", DATABASE: env.DATABASE });
// @ts-expect-error misspelled
app.request("/a", {}, { ENTRA_TENNANT_ID: "x" });
// @ts-expect-error misspelled
app.fetch(request, { ENTRA_ALLOWED_TENANT: "x" });

// A plugin accepts the same, and a configuration in code must have valid names.
createEntraPlugin(env);
createEntraPlugin({ ENTRA_TENANT_ID: "x", ENTRA_API_AUDIENCE: "y", ORIGIN: env.ORIGIN, TOKEN_CACHE: env.TOKEN_CACHE });
createEntraPlugin({ ENTRA_CLIENT_SECRET: { get: async () => "secret" } });
// @ts-expect-error misspelled
createEntraPlugin({ ENTRA_TENNANT_ID: "x" });
// @ts-expect-error not a variable of the gate
createEntraPlugin({ TENANT_ID: "x" });
// @ts-expect-error lists are text, as in the environment
createEntraPlugin({ ENTRA_ALLOWED_CLIENTS: ["x"] });
// @ts-expect-error a variable without a value
createEntraPlugin({ ENTRA_ALLOWED_CLIENTS: undefined });

hono.entra({ ENTRA_TENANT_ID: "x", GATE_LOG_KEY: { get: async () => "key" } });
daloy.createEntraPlugin({ ENTRA_TENANT_ID: "x" });
// @ts-expect-error misspelled
hono.entra({ ENTRA_TENNANT_ID: "x" });
// @ts-expect-error an adapter has no origin
daloy.createEntraPlugin({ ENTRA_TENANT_ID: "x", ORIGIN_URL: "https://origin.contoso.com" });

// Every entry takes a list of revocations.
createGate({ revocations: revocations() });
createEntraPlugin(env, { revocations: revocations() });
hono.entra({ REVOCATIONS: env.REVOCATIONS }, { revocations: revocations() });
daloy.createEntraPlugin({ GATE_REVOCATIONS_URL: "x", GATE_REVOCATIONS_TOKEN: "y" }, { revocations: revocations() });
// @ts-expect-error the function and not its result
createGate({ revocations });
// @ts-expect-error a binding is an object
gate.fetch(request, { REVOCATIONS: "x" });
