import type { CommandDefinition } from "../common/command-definition.ts";

export const definition = {
  name: "dev",
  summary: "Run this project with a local Entra, and print requests to try. Wrangler runs a worker.",
  options: {
    "--port <n>": {
      text: "port of the gate; the local Entra and the origins use the next ones, 0 any free ones",
      default: "8787",
    },
    "--origin <url...>":
      "origin, or billing=URL for one with a name; by default the project's own if it runs here, or a sample",
    "--worker <file>": "entry file, by default that of Wrangler's configuration",
    "--config <file>": "Wrangler's configuration file",
    "--entra-only": {
      text: "start only the local Entra, in any folder",
      conflicts: ["origin", "worker", "config", "pretty"],
    },
    "--pretty": "write decisions as readable lines, also if the output is a pipe or a file",
    "--inspect": "let debuggers connect to the worker; any page that finds the port can run code in it",
  },
  examples: [
    "npx entra-gate dev                            the worker at http://127.0.0.1:8787, and what it needs",
    "npx entra-gate dev --port 9000                9000 for the worker, the next ones for the local Entra and the origins",
    "npx entra-gate dev --origin http://127.0.0.1:3000",
    'npx entra-gate dev --origin billing=http://127.0.0.1:3001   for routes with origin({ to: "billing" })',
    "npx entra-gate dev --entra-only               the local Entra alone, as entra-gate entra serves it",
  ],
  exitCodes: {
    0: "stopped by Ctrl-C or a signal",
    1: "the worker did not start, or ended",
    3: "a mistake in the command, no project, or Wrangler is missing or too old",
  },
} as const satisfies CommandDefinition;
