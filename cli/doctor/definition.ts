import type { CommandDefinition } from "../common/command-definition.ts";
import { configurationOptions } from "../common/shared-options.ts";

export const definition = {
  name: "doctor",
  summary: "Check the configuration, the tenants' keys, the origin and the routes.",
  options: {
    "--offline": "do not use the network",
    "--strict": "fail on warnings too",
    "--openapi <file>": "file or URL of an OpenAPI document to compare the routes with",
    "--scope <name...>": "scopes that users need where a plain bearer scheme of the document has an empty list",
    "--registration": {
      text: "read the API's registration, and the groups that requirements name, with the Azure CLI (az)",
      conflicts: ["offline"],
    },
    "--claims": {
      text: "check what the project assumes about Entra with your own tenant and registration, and nothing else",
      conflicts: ["offline", "strict", "openapi", "registration"],
    },
    "--adapter": "the app is behind entra() on Deno or Node: forward nothing, and do not read its code",
    ...configurationOptions,
  },
  examples: [
    "npx entra-gate doctor",
    "npx entra-gate doctor --env production --strict",
    "npx entra-gate doctor --offline --json",
    "npx entra-gate doctor --claims",
    "npx entra-gate doctor --openapi https://origin.contoso.com/openapi.json",
  ],
  note: "Exit code: 0 good, 1 a fault, 3 a mistake in the command, or nothing to check. With --strict, warnings count too.",
} as const satisfies CommandDefinition;
