import type { CommandDefinition } from "../common/command-definition.ts";

export const definition = {
  name: "docs",
  summary: "Print a page of the documentation. The package carries them.",
  arguments: [
    { name: "[part]", text: "page, or one part of it: reasons#scope_missing; without it, the list of pages" },
  ],
  options: { "--find <words>": "list the parts that contain all these words" },
  examples: [
    "npx entra-gate docs",
    "npx entra-gate docs reasons#scope_missing",
    "npx entra-gate docs variables | less",
    'npx entra-gate docs --find "clock skew"',
  ],
  exitCodes: {
    0: "printed",
    3: "there is no such page, part or word",
  },
} as const satisfies CommandDefinition;
