import { existsSync } from "node:fs";
import { limits } from "../../src/cli-exports/common.ts";
import { createReader, isAuthorityName, readAuthority } from "../../src/cli-exports/policy.ts";
import {
  findWritten,
  isReason,
  type RevocationRule,
  type RuleKind,
  readDocument,
  readSubject,
  readTime,
  ruleKinds,
} from "../../src/cli-exports/revocations.ts";
import type { OptionsOf } from "../common/command-definition.ts";
import { type ExitCode, exitCodes } from "../common/exit-code.ts";
import { graphUrls } from "../common/graph.ts";
import { readInput } from "../common/input-file.ts";
import { print, printError } from "../common/terminal.ts";
import { UsageError } from "../common/usage-error.ts";
import { readSettings } from "../project/settings.ts";
import {
  addRule,
  describe,
  describeDifference,
  describeEarlyEnd,
  endOf,
  isAbout,
  type RuleSubject,
  removeRules,
  stopsEveryone,
  writeDocument,
  writeTime,
} from "./changes.ts";
import type { definition } from "./definition.ts";
import { createWranglerStore, type ListStore } from "./stores.ts";

type RevokeOptions = OptionsOf<typeof definition.options>;

/**
 * `entra-gate revoke`: changes the list of revocations.
 *
 * @throws UsageError if the options or the list cannot be used, or Wrangler fails
 */
export async function runRevoke(options: RevokeOptions): Promise<ExitCode> {
  const { list, json, init, undo, file } = options;
  const subject = findSubject(options);
  const actions = [list, init, subject].filter((action) => action !== undefined);
  if (actions.length !== 1)
    throw new UsageError(`use exactly one of ${ruleKinds.map((kind) => `--${kind}`).join(", ")}, --list, --init`);
  if (json && !list) throw new UsageError("--json is for --list: entra-gate revoke --list --json --remote");
  const nowSeconds = Math.ceil(Date.now() / 1_000);
  const rule = subject && !undo ? createRule(subject, options, nowSeconds) : undefined;
  // .dev.vars is not deployed, and its tenant can be another one.
  const settings = readSettings(process.cwd(), process.env, { ...options, devVars: !options.remote });
  const place = options.remote ? "--remote" : options.local ? "--local" : undefined;
  if (place === undefined && file === undefined)
    throw new UsageError("say where the list is: --remote (Cloudflare), --local (wrangler dev), or --file FILE");
  const store = place === undefined ? createFileStore(file as string) : createWranglerStore(settings, place);
  const text = await store.read();
  if (init) return initialize(store, text, options, nowSeconds);
  if (text === undefined)
    throw new UsageError(
      `${store.name} has no list. Write an empty one with: npx entra-gate revoke --init ${place ?? `--file ${file} > ${file}.new && mv ${file}.new ${file}`}`,
    );
  const rules = readRules(store, text);
  if (subject === undefined) return printList(store, text, rules, nowSeconds, json);
  const changed = rule === undefined ? removeRules(rules, subject, nowSeconds) : addRule(rules, rule, nowSeconds);
  if (undo && !rules.some((each) => isAbout(each, subject)))
    throw new UsageError(
      `${store.name} has no rule about ${subject.kind} ${subject.subject}: print the rules with --list`,
    );
  const stopsAll = (list: readonly RevocationRule[]) => stopsEveryone(list, settings.environment);
  if (rule !== undefined && !options.everyone && stopsAll(changed) && !stopsAll(removeRules(rules, rule, nowSeconds)))
    throw new UsageError("with this rule, the list stops every caller. If you want that, add --everyone");
  if (changed.length > limits.revocationRules)
    throw new UsageError(
      `the list would have more than ${limits.revocationRules} rules: remove some with --undo, or name a client or a tenant in place of many users`,
    );
  const code = await change(store, rules, changed, options, nowSeconds);
  if (rule === undefined || code !== exitCodes.good) return code;
  const warning = describeEarlyEnd(rule);
  if (warning !== undefined) printError(warning);
  if (options.dryRun) return code;
  printError("The rule usually holds within two minutes. Look for token_revoked or caller_blocked in the gate's log.");
  const { cloud } = readAuthority(createReader(settings.environment));
  // The callers of wrangler dev are those of a local Entra.
  if (!options.local) printError(describeRest(rule, graphUrls[cloud]).join("\n"));
  return code;
}

function findSubject(options: RevokeOptions): RuleSubject | undefined {
  const [kind, second] = ruleKinds.filter((each) => options[each] !== undefined);
  if (kind === undefined) return undefined;
  if (second !== undefined)
    throw new UsageError(`--${kind} and --${second} cannot be used together: use a command for each`);
  const subject = readSubject(kind, options[kind]);
  if (!subject.ok) throw new UsageError(`--${kind} ${options[kind]} ${subject.error}`);
  const { authority } = options;
  if (authority !== undefined && !isAuthorityName(authority))
    throw new UsageError(
      `--authority ${authority} must be default, or a name of the option authorities, such as customers`,
    );
  return { kind, subject: subject.value, authority };
}

function createRule(
  subject: RuleSubject,
  { before, block, until, reason }: RevokeOptions,
  nowSeconds: number,
): RevocationRule {
  if (block && until === undefined) throw new UsageError("--block needs --until, such as --until 12h");
  const beforeSeconds = block ? Number.POSITIVE_INFINITY : before === undefined ? nowSeconds : readTime(before);
  if (beforeSeconds === undefined)
    throw new UsageError(`--before ${before} must be a time such as 2026-11-30T08:00:00Z`);
  if (!block && beforeSeconds > nowSeconds)
    throw new UsageError(
      `--before ${before} is in the future. To refuse new tokens too, use --block with --until, such as --until 12h`,
    );
  const untilSeconds = until === undefined ? endOf(beforeSeconds) : readEnd(until, nowSeconds);
  if (untilSeconds <= nowSeconds)
    throw new UsageError(
      until === undefined
        ? `--before ${before} needs no rule: the tokens that were issued before it have expired`
        : `--until ${until} must be in the future, such as 12h`,
    );
  if (reason !== undefined && !isReason(reason))
    throw new UsageError(`--reason must be one line of at most ${limits.revocationReasonCharacters} characters`);
  return { ...subject, beforeSeconds, untilSeconds, reason };
}

const unitSeconds: Readonly<Record<string, number>> = { m: 60, h: 3_600, d: 86_400 };

function readEnd(text: string, nowSeconds: number): number {
  const [, count, unit = ""] = /^(\d{1,4})([mhd])$/.exec(text) ?? [];
  const seconds = count === undefined ? readTime(text) : nowSeconds + Number(count) * (unitSeconds[unit] ?? 0);
  if (seconds === undefined)
    throw new UsageError(`--until ${text} must be a time such as 2026-11-30T20:00:00Z, or 90m, 12h, 3d`);
  return seconds;
}

/** @throws UsageError if the list is invalid. The gate uses the last good one, and a change would hide why. */
function readRules(store: ListStore, text: string): readonly RevocationRule[] {
  if (Buffer.byteLength(text) > limits.revocationsBytes)
    throw new UsageError(
      `the list in ${store.name} is larger than ${limits.revocationsBytes} bytes, which no gate reads`,
    );
  const document = readDocument(text);
  if (!document.ok) throw new UsageError(`the list in ${store.name} ${document.error}`);
  return document.value;
}

async function initialize(
  store: ListStore,
  text: string | undefined,
  options: RevokeOptions,
  nowSeconds: number,
): Promise<ExitCode> {
  if (text === undefined) return change(store, [], [], options, nowSeconds);
  const { length } = readRules(store, text);
  printError(`${store.name} already has a list of ${length} rules. Nothing was written.`);
  return exitCodes.good;
}

function printList(
  store: ListStore,
  text: string,
  rules: readonly RevocationRule[],
  nowSeconds: number,
  json = false,
): ExitCode {
  if (json) print(text.trimEnd());
  else for (const rule of rules) print(describe(rule, nowSeconds));
  const written = findWritten(text);
  const age = written === undefined ? "" : `, written at ${written}`;
  printError(
    `${rules.length} of ${limits.revocationRules} rules, ${Buffer.byteLength(text)} of ${limits.revocationsBytes} bytes${age}, in ${store.name}`,
  );
  return exitCodes.good;
}

/**
 * Shows the difference, writes the list, and reads it again: KV has no way to write only what nobody else has changed.
 */
async function change(
  store: ListStore,
  before: readonly RevocationRule[],
  after: readonly RevocationRule[],
  { dryRun }: RevokeOptions,
  nowSeconds: number,
): Promise<ExitCode> {
  const difference = describeDifference(before, after, nowSeconds);
  printError(difference.length === 0 ? "The rules stay the same." : difference.join("\n"));
  const text = writeDocument(after, nowSeconds);
  if (Buffer.byteLength(text) > limits.revocationsBytes)
    throw new UsageError(
      `the list would be larger than ${limits.revocationsBytes} bytes: remove rules with --undo, or give shorter reasons`,
    );
  if (dryRun) return exitCodes.good;
  await store.write(text);
  if (store.isPrinted) return exitCodes.good;
  if ((await store.read()) !== text) {
    printError(
      `${store.name} has another list than this command wrote, so the change may be lost: someone else wrote at the same time, or Cloudflare still shows an earlier list. Look at it with --list in a minute, and try again.`,
    );
    return exitCodes.bad;
  }
  printError(`Written to ${store.name}.`);
  return exitCodes.good;
}

function createFileStore(file: string): ListStore {
  return {
    name: `--file ${file}`,
    isPrinted: true,
    read: async () => (existsSync(file) ? readInput(file, `--file ${file}`) : undefined),
    write: async (text) => print(text.trimEnd()),
  };
}

/**
 * What a rule does not do, and what to do at Entra.
 *
 * @param graph address of Microsoft Graph
 */
function describeRest({ kind, subject, beforeSeconds }: RevocationRule, graph: string): readonly string[] {
  const atEntra: Readonly<Record<RuleKind, string>> = {
    user: `az rest --method POST --url ${graph}/users/${subject.split("/")[1]}/revokeSignInSessions`,
    client: `az ad app credential list --id ${subject}, and delete the leaked secret or certificate`,
    tenant: "tell the tenant's administrator to revoke sessions and secrets",
    session: "revoke the sessions of its user",
    token: "revoke the sessions of its user",
  };
  const isBlock = beforeSeconds === Number.POSITIVE_INFINITY;
  return [
    isBlock
      ? "After its end, new tokens are accepted again. Revoke at Entra too:"
      : `Tokens that are issued from ${writeTime(beforeSeconds)} on are accepted. A stolen refresh token or secret gets such tokens, so revoke at Entra too:`,
    `  ${atEntra[kind]}`,
  ];
}
