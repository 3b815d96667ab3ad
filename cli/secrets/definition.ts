import type { CommandDefinition } from "../common/command-definition.ts";
import { targetOptions } from "../deploy/definition.ts";

export const definition = {
  name: "secrets",
  summary: "Check secrets, and store them in Cloudflare with Wrangler.",
  options: {
    ...targetOptions,
    "--from <folder>": {
      text: "folder with a file NAME or NAME.pem for each secret, in place of JSON from standard input",
      isSingle: true,
    },
    "--dry-run": "check, and name what would be stored",
  },
  examples: [
    "npx entra-gate secrets --env production < secrets.json",
    "npx entra-gate secrets --env production --from ./secrets",
  ],
  exitCodes: {
    0: "stored",
    1: "a fault: nothing was stored",
    2: "Wrangler failed, and its output says why",
    3: "a mistake in the command, or a secret that is not listed",
  },
} as const satisfies CommandDefinition;
