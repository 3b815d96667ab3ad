import type { OptionsOf } from "../common/command-definition.ts";
import { type ExitCode, exitCodes } from "../common/exit-code.ts";
import { withProgress } from "../common/progress.ts";
import { createPaint, print, printError, showJson } from "../common/terminal.ts";
import { UsageError } from "../common/usage-error.ts";
import { readDomain } from "../compile/command.ts";
import { readSettings, requireVariables } from "../project/settings.ts";
import { unsafeKinds } from "./compare.ts";
import { compareFiles } from "./compare-files.ts";
import { compareProjects } from "./compare-projects.ts";
import type { definition } from "./definition.ts";
import { type Findings, mergeEnvironments, nameChanges } from "./findings.ts";
import { isFolder, openProject } from "./project.ts";
import { type JudgedFinding, listEffects, renderFindings, writeMarkdown } from "./render.ts";

type DiffOptions = OptionsOf<typeof definition.options>;

/**
 * `entra-gate diff`.
 *
 * @param before folder of a project, module of routes or OpenAPI document
 * @param after the same, changed
 * @throws UsageError
 */
export async function runDiff(before: string, after: string, options: DiffOptions): Promise<ExitCode> {
  const { accept = [], format, json } = options;
  const { findings: found, notCompared } = await findChanges(before, after, options);
  checkAccepted(accept, found);
  const findings = found.map((finding): JudgedFinding => ({ ...finding, accepted: accept.includes(finding.name) }));
  if (json) print(showJson({ changes: findings.map(toJson), notCompared }));
  else if (format === "markdown") print(writeMarkdown(findings, notCompared));
  else print(renderFindings(findings, notCompared, createPaint(process.stdout)));
  const open = findings.filter(({ change, accepted }) => unsafeKinds.includes(change.kind) && !accepted);
  if (open.length === 0) return exitCodes.good;
  const isUnknown = open.every(({ change }) => change.kind === "unknown");
  printError(`${describeEffects(open, isUnknown)} If you intend it, add${listAcceptances(open)}.`);
  return isUnknown ? exitCodes.unknown : exitCodes.bad;
}

async function findChanges(before: string, after: string, options: DiffOptions): Promise<Findings> {
  const { config, env, worker, tenant = [], scope: scopes } = options;
  const sources = { domains: new Map(tenant.map(readDomain)), scopes };
  if (isFolder(before) !== isFolder(after)) {
    const [folder, file] = isFolder(before) ? [before, after] : [after, before];
    throw new UsageError(`compare two folders, or two files: ${folder} is a folder, and ${file} is not`);
  }
  if (isFolder(before)) {
    const [was, is] = [before, after].map((folder) => openProject(folder, { config, worker }, sources));
    return withProgress("Loading the projects", async () => mergeEnvironments(await compareProjects(was!, is!, env)));
  }
  if (worker !== undefined) throw new UsageError("--worker names a file in two folders: compare two folders");
  const settings = readSettings(process.cwd(), process.env, options);
  requireVariables(settings);
  const { environment } = settings;
  return withProgress("Loading the routes", async () =>
    nameChanges(await compareFiles(before, after, { ...sources, environment })),
  );
}

/** What programs read of a change. */
function toJson({ change, environment, accepted }: JudgedFinding): object {
  return { ...change, ...(environment !== undefined && { environment }), accepted };
}

function listAcceptances(open: readonly JudgedFinding[]): string {
  return [...new Set(open.map(({ name }) => ` --accept ${JSON.stringify(name)}`))].join("");
}

function describeEffects(open: readonly JudgedFinding[], isUnknown: boolean): string {
  const moved = open.filter(({ change }) => listEffects(change).includes("elsewhere"));
  return [
    ...(open.every(({ change }) => change.kind === "elsewhere") ? [] : [isUnknown ? unknownText : admittedText]),
    ...(moved.some(({ change }) => "request" in change) ? ["Requests go to another origin than before."] : []),
    ...(moved.some(({ change }) => "subject" in change) ? ["Requests or credentials go elsewhere than before."] : []),
  ].join(" ");
}

const unknownText = "This command does not know whether callers are admitted who were refused before.";
const admittedText = "Callers are admitted, or could be, who were refused before.";

/** @throws UsageError if `--accept` names something that does not change. It would accept a later change unseen. */
function checkAccepted(accept: readonly string[], findings: Findings["findings"]): void {
  const names = [...new Set(findings.map(({ name }) => JSON.stringify(name)))];
  const useless = accept.find((name) => !names.includes(JSON.stringify(name)));
  if (useless === undefined) return;
  const repair = names.length === 0 ? "Remove the option" : `Remove the option, or name one of ${names.join(", ")}`;
  throw new UsageError(`--accept ${JSON.stringify(useless)} names no change. ${repair}`);
}
