import type { CommandDefinition } from "../common/command-definition.ts";

export const definition = {
  name: "init",
  summary: "Protect the app or worker of a folder, or create a gate in an empty one. Shows a diff before it writes.",
  arguments: [{ name: "[folder]", text: "an empty folder, or that of an app or a worker", default: "." }],
  options: {
    "--tenant <id>": "directory (tenant) ID; without it, a placeholder that doctor refuses to deploy",
    "--audience <id>": "application (client) ID of the API's registration",
    "--scope <name>": { text: "scope that users' tokens must have", isSingle: true },
    "--role <name>": {
      text: "app role that daemons' tokens must have; without it, the gate refuses daemons",
      isSingle: true,
    },
    "--public <route...>": 'routes that stay public: "GET /health", or /health for GET; around a worker, only GET can',
    "--bind": "put a gate of its own in front of the worker, whose code stays as it is",
    "--origin <url>": "origin server; without it, the zone's own origin",
    "--name <name>": "name of the worker and of the registration; by default that of the package or the folder",
    "--register <form>":
      "write how to register the API: az, graph (entra/register.sh) or terraform (entra/register.tf)",
    "--callback <url...>": "redirect URIs of a single-page application, such as http://localhost:5173",
    "--mcp": {
      text: "in an empty folder: an MCP server whose tools have requirements",
      conflicts: ["bind", "register", "from"],
    },
    "--from <source...>": "convert a policy of Azure API Management: apim, and its file",
    "--yes": "ask nothing: every route needs the scope, and missing IDs are placeholders",
    "--dry-run": "show every change, and write nothing",
  },
  examples: [
    "npx entra-gate init                           asks, shows a diff, and then writes",
    "npx entra-gate init --dry-run                 shows every change, and writes nothing",
    "npx entra-gate init --yes --tenant TENANT_ID --audience CLIENT_ID --scope access_as_user",
    'npx entra-gate init --public "GET /health"    keeps a route public',
    "npx entra-gate init --register terraform      writes how to register the API in Entra",
    "npx entra-gate init --from apim policy.xml    converts a policy of Azure API Management",
  ],
  exitCodes: {
    0: "done",
    3: "a mistake in the command: nothing was changed",
  },
} as const satisfies CommandDefinition;
