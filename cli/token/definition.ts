import type { CommandDefinition } from "../common/command-definition.ts";
import { defaultEntraUrl } from "../common/shared-options.ts";

export const definition = {
  name: "token",
  summary: "Print an access token of the running local Entra.",
  options: {
    "--authority <name>": "the authority that issues the token, such as customers; default by default",
    "--persona <name>": "the user, such as member, admin, guest or outsider",
    "--client <name>": "the client application, such as spa, daemon or agent",
    "--tenant <name>": "tenant that issues the token, such as contoso or fabrikam",
    "--api <name>": "API that the token is for, such as mcp-api for an MCP server; api by default",
    "--scope <name...>": "scopes of the token; access_as_user by default",
    "--role <name...>": "app roles of the token; those of the user or the client by default",
    "--group <id...>": "object IDs of the user's groups; by default those in the directory",
    "--acrs <name...>": "authentication contexts of the token, such as c1",
    "--without <claim...>": "claims that the token lacks",
    "--expired": "a token that expired an hour ago",
    "--entra <url>": `address of the local Entra; by default that of the dev of this folder, or ${defaultEntraUrl}`,
  },
  examples: [
    "npx entra-gate token                          a user of the tenant, with the scope access_as_user",
    "npx entra-gate token --persona admin --scope orders.read",
    "npx entra-gate token --client daemon --role Orders.Read.All",
    'npx entra-gate token --authority customers    a customer, for a gate with authorities("customers")',
    "npx entra-gate token --without tid            a token that the gate must refuse",
    "npx entra-gate token --expired",
  ],
  exitCodes: {
    0: "printed",
    3: "a mistake in the command, an unknown name, or no local Entra answers",
  },
} as const satisfies CommandDefinition;
