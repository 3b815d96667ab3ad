import type { CommandDefinition } from "../common/command-definition.ts";
import { configurationOptions } from "../common/shared-options.ts";

export const definition = {
  name: "openapi",
  summary: "Write the OpenAPI document that the gate serves.",
  options: {
    "--out <file>": {
      text: "document to write, in JSON; an existing file must be an OpenAPI document",
      isRequired: true,
    },
    "--strict": "write nothing, and fail, if the document cannot describe a part",
    "--origins": "name the origin of each operation, for `compile`; callers must not learn these names",
    ...configurationOptions,
  },
  examples: [
    "npx entra-gate openapi --out openapi.json",
    "npx entra-gate openapi --out openapi.json --strict",
    "npx entra-gate openapi --out policy.json --origins",
  ],
  exitCodes: {
    0: "written",
    1: "the document has gaps, and --strict is set: nothing is written",
    3: "a mistake in the command or in the variables, or the worker has no App",
  },
} as const satisfies CommandDefinition;
