import type { CommandDefinition } from "../common/command-definition.ts";
import { configurationOptions, documentOptions } from "../common/shared-options.ts";

export const definition = {
  name: "test",
  summary: "Send the requests of a file of cases to the gate, with tokens of a test authority.",
  arguments: [{ name: "<file>", text: "cases, in YAML or JSON" }],
  options: {
    "--routes <file>": "worker, module of routes or OpenAPI document; by default the worker in main",
    "--matrix [form]": {
      text: "print who may do what, in place of the cases",
      choices: ["table", "csv"],
      conflicts: ["coverage", "junit"],
    },
    "--coverage": "fail if a route lacks a case that is allowed, or one that is refused",
    "--junit <file>": "write the results as JUnit XML",
    ...documentOptions,
    ...configurationOptions,
  },
  examples: [
    "npx entra-gate test cases.yaml",
    "npx entra-gate test cases.yaml --routes src/routes.ts --coverage --junit results.xml",
    "npx entra-gate test cases.yaml --matrix csv",
  ],
  note: "Exit code: 0 every case passed, 1 one failed, or a route lacks a case, 3 a mistake in the command or in the file of cases.",
} as const satisfies CommandDefinition;
