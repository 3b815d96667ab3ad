import type { CommandDefinition } from "../common/command-definition.ts";
import { configurationOptions } from "../common/shared-options.ts";

export const definition = {
  name: "doctor",
  summary: "Check the configuration, the tenants' keys, the origin and the routes.",
  options: {
    "--offline": "do not use the network, and do not start Wrangler",
    "--strict": "fail on warnings too",
    "--openapi <file>": "compare the routes with an OpenAPI document, a file or a URL",
    "--scope <name...>": "scopes that users need where a plain bearer scheme of the document has an empty list",
    "--registration": {
      text: "read the API's registration, and the groups that requirements name, with the Azure CLI (az)",
      conflicts: ["offline"],
    },
    "--claims": {
      text: "check what the project assumes about Entra with your own tenant and registration, and nothing else",
      conflicts: ["offline", "strict", "openapi", "registration"],
    },
    "--adapter": "the app is behind entra() on Deno or Node, and its code cannot be read: it forwards nothing",
    ...configurationOptions,
  },
  examples: [
    "npx entra-gate doctor",
    "npx entra-gate doctor --env production --strict",
    "npx entra-gate doctor --offline --json",
    "npx entra-gate doctor --claims",
    "npx entra-gate doctor --openapi https://origin.contoso.com/openapi.json",
  ],
  exitCodes: {
    0: "good",
    1: "a fault; with --strict also a warning",
    3: "a mistake in the command, or no variable configures a gate",
  },
} as const satisfies CommandDefinition;
