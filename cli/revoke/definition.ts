import type { CommandDefinition } from "../common/command-definition.ts";
import { configurationOptions } from "../common/shared-options.ts";

const { "--config <file>": config, "--env <name>": env } = configurationOptions;

/** What only a new rule has. */
const ofRule = ["before", "block", "until", "reason", "everyone"];

export const definition = {
  name: "revoke",
  summary: "Stop a caller: change the list of revocations that the gate reads while it runs.",
  options: {
    "--user <tenant/oid>": {
      text: "the tokens of a user or service principal, by tenant ID and object ID",
      isSingle: true,
    },
    "--client <id>": { text: "the tokens of a client, by its client ID", isSingle: true },
    "--tenant <id>": { text: "the tokens of a tenant", isSingle: true },
    "--session <sid>": { text: "the tokens of a session, by the claim sid", isSingle: true },
    "--token <uti>": { text: "one token, by the claim uti", isSingle: true },
    "--authority <name>": {
      text: "only callers of this authority, such as customers; without it, callers of all",
      conflicts: ["list", "init"],
    },
    "--before <time>": "tokens that were issued before this time, ISO 8601 in UTC; by default now",
    "--block": { text: "all tokens, whenever they were issued, until --until", conflicts: ["before"] },
    "--until <time>":
      "end of the rule, ISO 8601 in UTC, or 90m, 12h, 3d from now; by default 29 hours and 5 minutes, when the tokens have expired",
    "--reason <text>": "why, for the log",
    "--everyone": "allow a rule that names every tenant or every client of the configuration",
    "--undo": {
      text: "remove the rules about these tokens",
      conflicts: ofRule,
    },
    "--list": { text: "print the rules", conflicts: [...ofRule, "undo", "dryRun"] },
    "--json": { text: "with --list, print the whole list as JSON", conflicts: [...ofRule, "undo", "init", "dryRun"] },
    "--init": {
      text: "write an empty list, which the gate needs before its first request, if there is none",
      conflicts: [...ofRule, "undo"],
    },
    "--remote": { text: "the KV namespace REVOCATIONS at Cloudflare", conflicts: ["local", "file"] },
    "--local": { text: "that of wrangler dev on this machine", conflicts: ["file"] },
    "--file <file>": "the list in a file; prints the changed one on standard output",
    "--dry-run": "show the difference, and write nothing",
    "--config <file>": config,
    "--env <name>": env,
  },
  examples: [
    "npx entra-gate revoke --init --remote         before you deploy the option revocations",
    "npx entra-gate revoke --user TENANT/OID --reason 'laptop stolen' --remote",
    "npx entra-gate revoke --client ID --block --until 12h --remote",
    "npx entra-gate revoke --list --remote",
    "npx entra-gate revoke --undo --client ID --remote",
    "npx entra-gate revoke --user TENANT/OID --file list.json > next.json",
  ],
  exitCodes: {
    0: "done",
    1: "someone else changed the list at the same time: look at it, and try again",
    3: "a mistake in the command, no list, an invalid one, or a failure of Wrangler",
  },
} as const satisfies CommandDefinition;
