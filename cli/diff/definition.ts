import type { CommandDefinition } from "../common/command-definition.ts";
import { configurationOptions, documentOptions } from "../common/shared-options.ts";

export const definition = {
  name: "diff",
  summary: "Compare who may send which request, and where it goes, before and after a change.",
  arguments: [
    { name: "<old>", text: "folder of a project as it was, worker, module of routes or OpenAPI document" },
    { name: "<new>", text: "the same as it is now" },
  ],
  options: {
    "--accept <name...>": 'changes that you intend, as the output names them, such as "GET /orders"',
    "--format <form>": { text: "form of the output", choices: ["text", "markdown"], default: "text" },
    "--worker <file>": "file in both folders in place of main",
    ...documentOptions,
    ...configurationOptions,
  },
  examples: [
    "npx entra-gate diff ../before .",
    "npx entra-gate diff before/worker.ts src/worker.ts",
    'npx entra-gate diff old.yaml new.yaml --accept "GET /orders"',
    "npx entra-gate diff old.yaml new.yaml --format markdown",
  ],
  exitCodes: {
    0: "no change is open, weaker, elsewhere or unknown, except those of --accept",
    1: "a change is open, weaker or elsewhere",
    2: "a change is unknown, and none is open, weaker or elsewhere",
    3: "a mistake in the command, in the variables or in a file",
  },
} as const satisfies CommandDefinition;
