import type { RuleOptions } from "../../src/policy/requirement.ts";
import type { Variables } from "./answers.ts";
import type { Takeover } from "./apim-claims.ts";

/** Other packages that a new project needs, at versions that the tests of this package use. */
export const toolVersions = { hono: "4.13.19", typescript: "7.0.2", vitest: "5.1.1", wrangler: "4.156.2" } as const;

/** The oldest that this package supports. The Vite plugin of Cloudflare (1.64.0) has an older workerd than Wrangler. */
const compatibilityDate = "2026-10-12";

/** @param isOpenEnded whether requests that match no route go to the origin too, under the requirement of the whole app */
export function writeWorker(isOpenEnded: boolean): string {
  return `${importing("{ createGate }", "entra-gate")}
${importing("{ routes }", "./routes")}

${
  isOpenEnded
    ? `// A request that matches no route must meet the same requirement, and goes to the origin server.
export default createGate({ routes });`
    : `// A request that matches no route gets 404, once its caller has authenticated.
export default createGate({ routes, unlisted: "reject" });`
}
`;
}

export function writeRoutes(scope: string): string {
  const hooks = `{ hooks: requireAuth(${JSON.stringify(scope)}) }`;
  return `${importing("{ App, origin, requireAuth }", "entra-gate")}

export const routes = new App({ title: "API", version: "1.0.0" });

// A handler in the worker itself.
routes.get("/me", ${hooks}, ({ state }) => ({
  status: 200,
  body: { oid: state.principal.oid, tid: state.principal.tid },
}));

// Everything below /api goes to the origin server.
routes.get("/api/*", ${hooks}, origin());
`;
}

/** Writes routes with the requirement of a policy, and comments with its parts that have no equivalent. */
export function writeTakenRoutes({ requirements, gaps }: Pick<Takeover, "requirements" | "gaps">): string {
  const rules = requirements.map(writeRequirement);
  const hooks = rules.length > 1 ? `anyOf(${rules.join(", ")})` : rules[0];
  const names = ["App", ...(rules.length > 1 ? ["anyOf"] : []), ...(rules.length > 0 ? ["requireAuth"] : [])];
  return [
    `${importing(`{ ${names.join(", ")} }`, "entra-gate")}`,
    "",
    ...(gaps.length > 0
      ? [
          "// The policy also had these parts, which have no equivalent here:",
          ...gaps.map((gap) => `// - ${gap.replace(/\s+/g, " ")}`),
        ]
      : []),
    'export const routes = new App({ title: "API", version: "1.0.0" });',
    "",
    ...(hooks === undefined
      ? ["// Every request must meet the default requirement of the variables."]
      : [`routes.use(${hooks});`]),
    "",
  ].join("\n");
}

function writeRequirement(rule: RuleOptions): string {
  return `requireAuth(${JSON.stringify(rule).replaceAll('":', '": ').replaceAll(',"', ', "')})`;
}

export function writeWrangler(name: string, variables: Variables): string {
  const vars = JSON.stringify(variables, null, 2).replaceAll("\n", "\n  ");
  return `{
  "name": ${JSON.stringify(name)},
  "main": "src/worker.ts",
  "compatibility_date": "${compatibilityDate}",
  "compatibility_flags": ["nodejs_compat"],

  // Only the routes of your zone lead to the worker. Set them to fail closed in the dashboard.
  // "routes": [{ "pattern": "api.contoso.com/*", "zone_name": "contoso.com" }],
  "workers_dev": false,
  "preview_urls": false,

  // A cache in front of the worker would answer without asking for a token.
  "cache": { "enabled": false },
  "observability": { "enabled": true, "redact_query_string": true },

  "vars": ${vars}
}
`;
}

export const devVarsText = `# Variables of \`wrangler dev\` on this machine. \`wrangler deploy\` does not upload this file, and Git ignores it.
# An authority or an origin server on loopback belongs here, never into wrangler.jsonc:
#ENTRA_AUTHORITY=http://127.0.0.1:8788
#ORIGIN_URL=http://127.0.0.1:8789
`;

export const ignoreText = "node_modules/\n.wrangler/\n.dev.vars*\n";

/** @param version of this package */
export function writeManifest(name: string, version: string): string {
  const { hono, ...tools } = toolVersions;
  const manifest = {
    name,
    private: true,
    type: "module",
    scripts: {
      dev: "wrangler dev",
      test: "vitest run",
      doctor: "entra-gate doctor",
      deploy: "entra-gate doctor --offline --no-dev-vars && wrangler deploy --minify",
    },
    dependencies: { "entra-gate": version, hono },
    devDependencies: tools,
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

export const compilerText = `{
  "compilerOptions": {
    "target": "es2024",
    "lib": ["esnext", "webworker"],
    "module": "esnext",
    "moduleResolution": "bundler",
    "types": [],
    "strict": true,
    "noEmit": true,
    "skipLibCheck": true
  },
  "include": ["src", "test"]
}
`;

/**
 * Writes a test that runs in Node without a network, with the test kit of this package.
 *
 * @param scope that a user's token must have for `GET /me`; `undefined` if there is no such route
 */
export function writeTest(worker: string, scope: string | undefined): string {
  return `${importing("{ createTestEntra }", "entra-gate/testing")}
${importing("{ afterAll, beforeAll, expect, it }", "vitest")}
${importing("worker", `../${worker}`)}

const entra = createTestEntra();
const env = { ...entra.variables, ORIGIN_URL: "https://origin.example" };
let restore = () => {};

beforeAll(() => {
  restore = entra.install();
});
afterAll(() => restore());

function ask(token?: string): Response | Promise<Response> {
  const headers = new Headers(token === undefined ? {} : { authorization: \`Bearer \${token}\` });
  return worker.fetch(new Request("https://api.example/me", { headers }), env);
}

it("refuses a request without a token, and says what it needs", async () => {
  const response = await ask();
  expect(response.status).toBe(401);
  expect(response.headers.get("www-authenticate")).toMatch(/^Bearer /);
});

it("refuses a token of another tenant", async () => {
  expect((await ask(await entra.token({ persona: "outsider" }))).status).toBe(401);
});

it("refuses a user without the scope", async () => {
  expect((await ask(await entra.token({ scopes: ["another.scope"] }))).status).toBe(403);
});
${
  scope === undefined
    ? ""
    : `
it("lets a user with the scope in", async () => {
  expect((await ask(await entra.token({ scopes: [${JSON.stringify(scope)}] }))).status).toBe(200);
});
`
}`;
}

/** Returns an import line for a generated module. */
function importing(names: string, module: string): string {
  return `import ${names} from ${JSON.stringify(module)};`;
}
