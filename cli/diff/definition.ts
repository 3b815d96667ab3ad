import type { CommandDefinition } from "../common/command-definition.ts";
import { configurationOptions, documentOptions } from "../common/shared-options.ts";

export const definition = {
  name: "diff",
  summary: "Compare who may send which request, before and after a change.",
  arguments: [
    { name: "<old>", text: "worker or module of routes, or OpenAPI document, as it was" },
    { name: "<new>", text: "the same as it is now" },
  ],
  options: {
    "--accept <request...>": 'requests that may be open to more callers or go elsewhere, such as "GET /orders"',
    "--format <form>": { text: "form of the output", choices: ["text", "markdown"], default: "text" },
    ...documentOptions,
    ...configurationOptions,
  },
  examples: [
    "npx entra-gate diff before/worker.ts src/worker.ts",
    'npx entra-gate diff old.yaml new.yaml --accept "GET /orders"',
    "npx entra-gate diff old.yaml new.yaml --format markdown",
  ],
  note: "Exit code: 0 no caller is newly admitted and no request goes to another origin, or --accept names the request, 1 one is, 2 that is not known, 3 a mistake in the command.",
} as const satisfies CommandDefinition;
