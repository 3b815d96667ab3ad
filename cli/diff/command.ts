import type { OptionsOf } from "../common/command-definition.ts";
import { type ExitCode, exitCodes } from "../common/exit-code.ts";
import { withProgress } from "../common/progress.ts";
import { createPaint, print, printError, showJson } from "../common/terminal.ts";
import { UsageError } from "../common/usage-error.ts";
import { readDomain } from "../compile/command.ts";
import { readSettings, requireVariables } from "../project/settings.ts";
import { type Change, comparePolicies, unsafeKinds } from "./compare.ts";
import type { definition } from "./definition.ts";
import { readPolicy } from "./policy.ts";
import { type JudgedChange, renderChanges, writeMarkdown } from "./render.ts";

type DiffOptions = OptionsOf<typeof definition.options>;

/**
 * `entra-gate diff`.
 *
 * @param before module of routes or OpenAPI document
 * @param after the same, changed
 * @throws UsageError
 */
export async function runDiff(before: string, after: string, options: DiffOptions): Promise<ExitCode> {
  const { accept = [], format, json, tenant = [], scope: scopes } = options;
  const settings = readSettings(process.cwd(), process.env, options);
  requireVariables(settings);
  const sources = { environment: settings.environment, domains: new Map(tenant.map(readDomain)), scopes };
  const found = await withProgress("Loading the routes", async () =>
    comparePolicies(await readPolicy(before, sources), await readPolicy(after, sources)),
  );
  checkAccepted(accept, found);
  const changes = found.map((change): JudgedChange => ({ ...change, accepted: accept.includes(change.request) }));
  if (json) print(showJson({ changes }));
  else print(format === "markdown" ? writeMarkdown(changes) : renderChanges(changes, createPaint(process.stdout)));
  const open = changes.filter(({ kind, accepted }) => unsafeKinds.includes(kind) && !accepted);
  if (open.length === 0) return exitCodes.good;
  const names = [...new Set(open.map(({ request }) => ` --accept ${JSON.stringify(request)}`))];
  const isUnknown = open.every(({ kind }) => kind === "unknown");
  const what = [
    ...(open.every(({ kind }) => kind === "elsewhere") ? [] : [isUnknown ? unknownText : admittedText]),
    ...(open.some(({ after: { origin } }) => origin !== undefined) ? [elsewhereText] : []),
  ];
  printError(`${what.join(" ")} If you intend it, add${names.join("")}.`);
  return isUnknown ? exitCodes.unknown : exitCodes.bad;
}

const unknownText = "This command does not know whether callers are admitted who were refused before.";
const admittedText = "Callers are admitted, or could be, who were refused before.";
const elsewhereText = "Requests go to another origin than before.";

/** @throws UsageError if `--accept` names requests whose callers do not change. It would accept a later change unseen. */
function checkAccepted(accept: readonly string[], changes: readonly Change[]): void {
  const names = [...new Set(changes.map(({ request }) => JSON.stringify(request)))];
  const useless = accept.find((name) => !names.includes(JSON.stringify(name)));
  if (useless === undefined) return;
  const repair = names.length === 0 ? "Remove the option" : `Remove the option, or name one of ${names.join(", ")}`;
  throw new UsageError(
    `--accept ${JSON.stringify(useless)} names no request whose callers or origin change. ${repair}`,
  );
}
