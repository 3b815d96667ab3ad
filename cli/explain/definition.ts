import type { CommandDefinition } from "../common/command-definition.ts";
import { configurationOptions } from "../common/shared-options.ts";

export const definition = {
  name: "explain",
  summary: "Explain what the gate does with an access token, check by check.",
  arguments: [
    {
      name: "[token]",
      text: "access token, or a code of Entra such as AADSTS50011; - reads a token from standard input",
    },
  ],
  options: {
    "--route <route>": 'method and path of a request, for example "GET /orders/1"',
    "--keys <file>": "take the tenant's keys from a JWKS file",
    "--no-verify": "do not check the signature",
    "--at <time>": "explain as of another time, ISO 8601 or seconds since the epoch",
    "--entra <url>": "trust the local Entra at this address; by default that of the dev of this folder",
    "--revocations <file>": "the list of revocations, if the gate has one in KV",
    "--unsafe": "show claims although the signature is not verified",
    ...configurationOptions,
  },
  examples: [
    "npx entra-gate explain                        asks for a token and does not show it",
    "npx entra-gate token --persona outsider | npx entra-gate explain -",
    "npx entra-gate explain - < token.txt          reads it from a file or a pipe, so it stays out of the shell's history",
    'npx entra-gate explain - --route "GET /orders/1"',
    "npx entra-gate explain AADSTS9010010          why Entra gave a client no token",
    "npx entra-gate explain - --at 2026-11-25T12:03:00Z --json",
    "npx entra-gate explain - --keys keys.json     without the network",
    "npx entra-gate explain - --no-verify          without keys: the claims can be forged",
  ],
  note: "Exit code: 0 allowed, 1 refused, 2 could not tell, 3 a mistake in the command.",
} as const satisfies CommandDefinition;
