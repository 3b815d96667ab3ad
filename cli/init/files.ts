import { mcpClientId } from "../../entra/directory/mcp-client.ts";
import type { RuleOptions } from "../../src/cli-exports/policy.ts";
import { compatibilityDate } from "../project/wrangler-config.ts";
import type { Variables } from "./answers.ts";
import type { Takeover } from "./apim-claims.ts";
import type { Rule } from "./rule.ts";

/** Other packages that a new project needs, at versions that the tests of this package use. */
export const toolVersions = { typescript: "7.0.2", vitest: "5.1.2", wrangler: "4.157.0" } as const;

/** Vitest needs it as a peer, which Yarn does not install by itself. */
export const viteRange = "^8.0.0";
/** What a new MCP server imports. */
export const mcpPackages = { "@modelcontextprotocol/server": "2.4.0" } as const;
export const nodeTypesVersion = "26.6.11";

/**
 * @param isOpenEnded whether requests that match no route go to the origin too, under the requirement of the whole app
 */
export function writeWorker(isOpenEnded: boolean): string {
  return `${importing("{ createGate }", "entra-gate")}
${importing("{ routes }", "./routes.ts")}

${
  isOpenEnded
    ? `// A request that matches no route must meet the same requirement, and goes to the origin server.
export default createGate({ routes });`
    : `// A request that matches no route gets 404, once its caller has authenticated.
export default createGate({ routes, unlisted: "reject" });`
}
`;
}

export function writeRoutes({ code, names }: Rule): string {
  const hooks = `{ hooks: ${code} }`;
  return `${importing(`{ ${["App", "origin", ...names].sort().join(", ")} }`, "entra-gate")}

export const routes = new App({ title: "API", version: "1.0.0" });

// A handler in the worker itself.
routes.get("/me", ${hooks}, ({ state }) => ({
  status: 200,
  body: { oid: state.principal.oid, tid: state.principal.tid },
}));

// Everything below /api goes to the origin server.
routes.all("/api/*", ${hooks}, origin());
`;
}

/** Writes an MCP server with a tool for every caller, and one that needs another scope. */
export function writeMcpRoutes({ code, names }: Rule): string {
  return `${importing("{ createMcpHandler, McpServer }", "@modelcontextprotocol/server")}
${importing(`{ ${["App", ...names].sort().join(", ")} }`, "entra-gate")}
${importing("{ facade, mcp }", "entra-gate/mcp")}

const handler = createMcpHandler(() => {
  const server = new McpServer({ name: "orders", version: "1.0.0" });
  const answer = (text: string) => async () => ({ content: [{ type: "text" as const, text }] });
  server.registerTool("orders_count", { description: "Counts the orders." }, answer("3"));
  server.registerTool("orders_delete", { description: "Deletes all orders." }, answer("deleted"));
  return server;
});

const everybody = ${code};

export const routes = new App().register(
  mcp(
    "/mcp",
    {
      name: "Orders",
      hooks: everybody,
      tools: { orders_count: everybody, orders_delete: requireAuth("tools.write") },
      authorizationServer: facade({
        clientId: "${mcpClientId}", // the client "MCP clients" of the local Entra
        callback: "/oauth/callback",
      }),
    },
    (request) => handler.fetch(request),
  ),
);
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
  "$schema": "node_modules/wrangler/config-schema.json",
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
  // Names of functions and classes would take a tenth of the worker. Remove the line if your code reads them.
  "keep_names": false,

  "vars": ${vars}
}
`;
}

export const ignoreText = "node_modules/\n.wrangler/\n.dev.vars*\n.env*\n*.pem\n";

/** Scripts of a new project. */
export const newScripts = {
  dev: "entra-gate dev",
  test: "vitest run",
  doctor: "entra-gate doctor",
  deploy: "entra-gate deploy",
} as const;

export function writeReadme(name: string, run: (script: string) => string): string {
  return `# ${name}

A gate of entra-gate: requests reach the API only with a valid access token of Microsoft Entra ID.

| command | what it does |
|---|---|
| \`${run("dev")}\` | starts the gate with a local Entra, and prints requests to try |
| \`${run("test")}\` | runs the tests, without a network |
| \`${run("doctor")}\` | checks the configuration |
| \`${run("deploy")}\` | checks it, and deploys the gate |

- \`src/routes.ts\` says who may call what.
- \`rules.yaml\` says what must hold for all callers. \`npx entra-gate test rules.yaml\` proves it.
- \`wrangler.jsonc\` has the variables: tenant, API and scope.
- \`npx entra-gate docs\` prints the documentation.
`;
}

export const compilerText = `{
  "compilerOptions": {
    "target": "es2024",
    "lib": ["esnext", "webworker"],
    "module": "esnext",
    "moduleResolution": "bundler",
    "allowImportingTsExtensions": true,
    "types": [],
    "strict": true,
    "noEmit": true,
    "skipLibCheck": true
  },
  "include": ["src", "test"]
}
`;

/** Where a project has Vite plugins, which would start the worker, Vitest reads this file in place of Vite's. */
export const vitestText = `import { defineConfig } from "vitest/config";

export default defineConfig({ test: { environment: "node" } });
`;

/** Returns an import line for a generated module. */
export function importing(names: string, module: string): string {
  return `import ${names} from ${JSON.stringify(module)};`;
}
