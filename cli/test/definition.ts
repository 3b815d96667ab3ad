import type { CommandDefinition } from "../common/command-definition.ts";
import { configurationOptions, documentOptions } from "../common/shared-options.ts";

export const definition = {
  name: "test",
  summary: "Send the requests of a file of cases to the gate, and prove its rules for all callers.",
  arguments: [{ name: "<file>", text: "cases and rules, in YAML or JSON" }],
  options: {
    "--routes <file>": "worker, module of routes or OpenAPI document; by default the worker in main",
    "--matrix [form]": {
      text: "print who may do what, in place of the cases",
      choices: ["table", "csv"],
      conflicts: ["coverage", "junit", "replay"],
    },
    "--coverage": "fail if a route lacks a passed case that is allowed, or, unless it is public, one that is refused",
    "--replay": "send each request that breaks a rule to the gate, and compare the status",
    "--format <form>": { text: "form of the output", choices: ["text", "markdown"], default: "text" },
    "--junit <file>": "write the results as JUnit XML",
    ...documentOptions,
    ...configurationOptions,
  },
  examples: [
    "npx entra-gate test cases.yaml",
    "npx entra-gate test rules.yaml --replay",
    "npx entra-gate test cases.yaml --routes src/routes.ts --coverage --junit results.xml",
    "npx entra-gate test cases.yaml --matrix csv",
  ],
  exitCodes: {
    0: "every case passed, and every rule is proved",
    1: "a case failed, a rule is broken, a route lacks a case, or a replay had another status",
    2: "a rule is unknown",
    3: "a mistake in the command, in the variables or in a file, or the code does not show who may send a request",
  },
} as const satisfies CommandDefinition;
