import type { CommandDefinition } from "../common/command-definition.ts";
import { configurationOptions } from "../common/shared-options.ts";

export const definition = {
  name: "explain",
  summary: "Explain what the gate does with an access token, check by check.",
  arguments: [
    {
      name: "[token]",
      text: "access token, or what the refused caller has: a response, its instance, a reason, a code such as AADSTS50011; - reads standard input",
    },
  ],
  options: {
    "--route <route>": 'method and path, such as "GET /orders/1"; without it, a request that matches no route',
    "--keys <file>": "take the tenant's keys from a JWKS file, without the network",
    "--no-verify": "do not check the signature; the verdict is then never allowed",
    "--at <time>": "explain as of this time: ISO 8601 or seconds since the epoch",
    "--entra <url>": "trust this local Entra; by default that of the dev of this folder; not with --env",
    "--revocations <file>": "a copy of the list of revocations, if it is in KV; without it, that check is unknown",
    "--rules <file>": "with --route: name the rules of this file that the request breaks, or would break if admitted",
    "--unsafe": "show claims that no signature vouches for",
    ...configurationOptions,
  },
  examples: [
    "npx entra-gate explain                        asks for a token and does not show it",
    "npx entra-gate token --persona outsider | npx entra-gate explain -",
    "npx entra-gate explain - < token.txt          reads it from a file or a pipe, so it stays out of the shell's history",
    'npx entra-gate explain - --route "GET /orders/1"',
    'npx entra-gate explain - --route "GET /orders/1" --rules rules.yaml',
    "npx entra-gate explain AADSTS9010010          why Entra gave a client no token",
    "npx entra-gate explain scope_missing          what a reason of the log means",
    "npx entra-gate explain - --at 2026-11-25T12:03:00Z --json",
    "npx entra-gate explain - --keys keys.json     without the network",
    "npx entra-gate explain - --no-verify          without keys: the claims can be forged",
  ],
  exitCodes: {
    0: "the gate would allow the request, possibly only in report mode",
    1: "the gate would refuse it, or the app has no route for it",
    2: "cannot tell: no keys or signature, code that does not show who may call, or no token",
    3: "a mistake in the command, or no variable configures a gate",
  },
} as const satisfies CommandDefinition;
