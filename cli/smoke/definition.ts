import type { CommandDefinition } from "../common/command-definition.ts";

const nobody = "00000000-0000-4000-8000-000000000000";

export const definition = {
  name: "smoke",
  summary: "Send requests without a valid token, which the gate must refuse, and one with yours.",
  arguments: [{ name: "<url>", text: "URL of a route that is not public" }],
  options: {
    "--tenant <id>": { text: "tenant that forged tokens claim to be from", default: nobody },
    "--audience <id>": { text: "API that forged tokens claim to be for", default: nobody },
    "--token <source>": {
      text: "your token, which the gate must admit; - reads it from standard input",
      choices: ["-"],
    },
    "--measure": "send the token 20 times, and print times of cold and warm requests",
    "--resolve <host:port:address...>": "address of the host in place of what DNS says, as curl takes it",
    "--json": "print JSON",
  },
  examples: [
    "npx entra-gate smoke https://api.contoso.com/orders",
    "npx entra-gate smoke https://api.contoso.com/orders --tenant TENANT_ID --audience CLIENT_ID",
    "npx entra-gate smoke https://api.contoso.com/orders --token - < token.txt",
    "npx entra-gate smoke https://api.contoso.com/orders --token - --measure < token.txt",
    "npx entra-gate smoke https://api.contoso.com/orders --resolve api.contoso.com:443:203.0.113.7",
  ],
  exitCodes: {
    0: "the gate refused all requests, and admitted the token of --token",
    1: "a request passed, something other than the gate answered, or the gate did not admit the token",
    2: "no answer",
    3: "a mistake in the command",
  },
} as const satisfies CommandDefinition;
