import type { CommandDefinition } from "../common/command-definition.ts";
import { defaultEntraPort } from "../common/shared-options.ts";

export const definition = {
  name: "entra",
  summary: "Serve a local Entra, in which the programs that you develop or test sign in.",
  options: {
    "--port <n>": { text: "port, 0 for any free one", default: defaultEntraPort },
    "--https": "serve https, with a certificate of an authority that is created once for your user",
    "--authority <name...>": "serve one for customers too, such as customers, on the next port",
    "--external <issuer>": {
      text: "behave as External ID behind a custom URL domain, over https, with issuers of this host; with --authority, only those",
      choices: ["authority", "ciamlogin", "microsoftonline"],
    },
    "--config <file>": "tenants, users and apps in YAML or JSON, in addition to the default ones",
    "--keys <file>":
      "keep the signing keys in this file, which the command creates; without it, each start has new ones",
    "--forget": "remove the authority of --https and its key, and serve nothing",
  },
  examples: [
    "npx entra-gate entra                          at http://127.0.0.1:8788",
    "npx entra-gate entra --https                  at https://localhost:8788, as the libraries of Microsoft require",
    "npx entra-gate entra --https --config entra.yaml",
    "npx entra-gate entra --external ciamlogin     as External ID, whose issuers are at https://TENANT_ID.ciamlogin.com",
    "npx entra-gate entra --authority customers    employees at 8788, customers at 8789",
    "npx entra-gate entra --forget                 remove the authority that --https has created",
  ],
  exitCodes: {
    0: "stopped by Ctrl-C or a signal, or the authority is removed",
    3: "a mistake in the command, the port is taken, or the authority's files are damaged",
  },
} as const satisfies CommandDefinition;
