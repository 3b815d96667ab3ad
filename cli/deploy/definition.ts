import type { CommandDefinition } from "../common/command-definition.ts";

/** Options that choose what is deployed. */
export const targetOptions = {
  "--env <name>": {
    text: 'environment of Wrangler; "" is the top level, the default if the file has no environments',
    isSingle: true,
  },
  "--config <file>": {
    text: "Wrangler's configuration file; by default the file that Wrangler would read",
    isSingle: true,
  },
} as const;

/** None of them changes what was checked: there is no --var, no --name, and no other entry file. */
export const definition = {
  name: "deploy",
  summary: "Check what Wrangler would deploy, and deploy it if the gate would start with it.",
  options: {
    ...targetOptions,
    "--dry-run": "check and build, and upload nothing; example IDs are then only a warning",
    "--version-only": "upload a version that gets no requests yet",
    "--secrets-file <file>": { text: "JSON with secrets that are stored together with the deployment", isSingle: true },
    "--outdir <folder>": { text: "folder that also gets the built worker", isSingle: true },
    "--message <text>": { text: "description of the version", isSingle: true },
    "--tag <text>": { text: "tag of the version", isSingle: true },
  },
  examples: [
    "npx entra-gate deploy --dry-run",
    "npx entra-gate deploy --env production",
    "npx entra-gate deploy --env production --secrets-file secrets.json",
    "npx entra-gate deploy --env production --version-only --tag v2",
  ],
  exitCodes: {
    0: "deployed; with --dry-run, built",
    1: "a fault: nothing was deployed",
    2: "Wrangler failed, and its output says why",
    3: "a mistake in the command, or no file, environment or Wrangler",
  },
} as const satisfies CommandDefinition;
