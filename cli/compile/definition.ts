import type { CommandDefinition } from "../common/command-definition.ts";
import { configurationOptions } from "../common/shared-options.ts";

export const definition = {
  name: "compile",
  summary: "Write one route for each operation of an OpenAPI document, with the requirement of its `security`.",
  arguments: [{ name: "<document>", text: "OpenAPI 3.0 to 3.2, JSON or YAML" }],
  options: {
    "--out <file>": { text: "module to write; the command replaces only one that it wrote", isRequired: true },
    "--check": "write nothing, and fail if the module is stale",
    "--public <operation...>": 'operations that stay public, such as "GET /health"',
    "--skip <operation...>": 'operations to leave out, such as "GET /files/{path}.json"',
    "--origin-checks <scheme...>": "schemes that the origin checks, in addition to Entra",
    "--scope <name...>": "scopes that users need where a plain bearer scheme has an empty list",
    "--tenant <domain=id...>": "tenant ID of a domain in a URL of the document",
    ...configurationOptions,
  },
  examples: [
    "npx entra-gate compile openapi.yaml --out src/routes.openapi.ts",
    "npx entra-gate compile openapi.yaml --out src/routes.openapi.ts --check",
    'npx entra-gate compile openapi.yaml --out src/routes.openapi.ts --public "GET /health"',
    "npx entra-gate compile openapi.yaml --out src/routes.openapi.ts --scope access_as_user",
    'npx entra-gate compile openapi.yaml --out src/routes.openapi.ts --skip "GET /compare/{base}...{head}"',
  ],
  exitCodes: {
    0: "written, or up to date",
    1: "a fault in the document, or with --check a stale module: nothing is written",
    3: "a mistake in the command, or in the variables of the gate",
  },
} as const satisfies CommandDefinition;
