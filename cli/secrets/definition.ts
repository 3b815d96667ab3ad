import type { CommandDefinition } from "../common/command-definition.ts";
import { targetOptions } from "../deploy/definition.ts";

export const definition = {
  name: "secrets",
  summary: "Check secrets, and store them in Cloudflare with Wrangler.",
  options: {
    ...targetOptions,
    "--from <folder>": {
      text: "folder with a file for each secret of secrets.required, in place of JSON from standard input",
      isSingle: true,
    },
    "--dry-run": "check, and name what would be stored",
  },
  examples: [
    "npx entra-gate secrets --env production < secrets.json",
    "npx entra-gate secrets --env production --from ./secrets",
  ],
  note: "Exit code: 0 done, 1 a fault and nothing was stored, 2 Wrangler failed, 3 a mistake in the command.",
} as const satisfies CommandDefinition;
