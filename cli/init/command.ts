import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { trim } from "../../src/http/trim.ts";
import { type ExitCode, exitCodes } from "../common/exit-code.ts";
import { createPaint } from "../common/terminal.ts";
import { type AnswerOptions, type Ask, createAsk, readVariables, type Variables } from "./answers.ts";
import { toolVersions } from "./files.ts";
import { listTaken, type PlannedFile, planFiles, readSource } from "./plan.ts";
import { examineProject, type Project, readText } from "./project.ts";
import { createRegistration, writeAzCommands, writeGraphRequests, writeTerraform } from "./registration.ts";

interface InitOptions extends AnswerOptions {
  readonly name?: string;
  readonly callback?: readonly string[];
  readonly dryRun?: true;
  /** `apim` and a file. */
  readonly from?: readonly string[];
}

/**
 * `entra-gate init`: creates a gate in an empty folder, or adds one to a Workers project.
 *
 * @param folder to work in
 * @param ask absent if there is no terminal
 * @throws UsageError if the folder is neither, has uncommitted changes, or an answer is missing
 */
export async function runInit(folder: string, options: InitOptions, ask = createAsk()): Promise<ExitCode> {
  const { dryRun = false } = options;
  const project = examineProject(path.resolve(folder), !dryRun);
  const takeover = options.from && readSource(options.from);
  const variables = await readVariables(options, takeover === undefined ? {} : listTaken(takeover), ask);
  const name = options.name ?? toName(path.basename(project.directory));
  const files = planFiles(project, name, variables, takeover);
  const steps: string[] = [];
  // A question that is cancelled leaves everything as it was.
  const replaced = dryRun ? [] : await chooseReplaced(project, files, ask);
  for (const each of files) console.log(writePlanned(project, each, replaced, dryRun));
  if (project.directory !== process.cwd()) steps.push(`cd ${path.relative("", project.directory)}`);
  if (!project.isNew) steps.push(...describeMerge(project, variables));
  steps.push(
    ...(project.isNew ? ["npm install", "npm test"] : ["npx vitest run test/gate.test.ts"]),
    "npx entra-gate doctor",
    "npx wrangler deploy --dry-run",
  );
  if (takeover !== undefined) console.log(describeGaps(takeover.gaps));
  console.log(describeNext(steps, createRegistration(name, variables, options.callback ?? ["http://localhost:5173"])));
  return exitCodes.good;
}

/** @returns existing files that differ and that the user wants to replace */
async function chooseReplaced(
  { directory }: Project,
  files: readonly PlannedFile[],
  ask: Ask | undefined,
): Promise<readonly string[]> {
  const replaced: string[] = [];
  for (const { file, text } of files) {
    const present = readText(path.join(directory, file));
    if (present === undefined || present === text) continue;
    const answer = (await ask?.(`${file} already exists. Replace it? [y/N] `)) ?? "";
    if (/^y(?:es)?$/i.test(answer.trim())) replaced.push(file);
  }
  return replaced;
}

/** Writes a file. It keeps an existing one that the user does not want to replace. @returns what happened */
function writePlanned(
  { directory }: Project,
  { file, text }: PlannedFile,
  replaced: readonly string[],
  dryRun: boolean,
): string {
  const target = path.join(directory, file);
  const present = readText(target);
  if (present === text) return `unchanged  ${file}`;
  if (dryRun)
    return [
      present === undefined ? `would write  ${file}` : `would ask before it replaces  ${file}`,
      indent(text),
    ].join("\n");
  if (present !== undefined && !replaced.includes(file)) return `kept  ${file}`;
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, text);
  return `wrote  ${file}`;
}

/** Lists what the user must add to the project's own files. */
function describeMerge({ directory, wranglerFile = "", main }: Project, variables: Variables): readonly string[] {
  const file = path.basename(wranglerFile);
  const isInstalled = (name: string) => existsSync(path.join(directory, "node_modules", name));
  const assign = file.endsWith(".toml")
    ? ([name, value]: readonly [string, string]) => `${name} = ${JSON.stringify(value)}`
    : ([name, value]: readonly [string, string]) => `${JSON.stringify(name)}: ${JSON.stringify(value)},`;
  const vars = Object.entries(variables).map(assign).join("\n");
  const ignored = readText(path.join(directory, ".gitignore")) ?? "";
  return [
    ...(isInstalled("entra-gate") ? [] : [`npm install entra-gate hono@${toolVersions.hono}`]),
    ...(isInstalled("vitest") ? [] : [`npm install --save-dev vitest@${toolVersions.vitest}`]),
    ...(main === undefined || main === "src/worker.ts"
      ? []
      : [`in ${file}, name the gate as the worker: main, src/gate.ts`]),
    `in ${file}, under vars:\n${indent(vars)}`,
    `in ${file}: workers_dev false, preview_urls false, cache.enabled false, compatibility flag nodejs_compat`,
    ...(/^\.dev\.vars/m.test(ignored) ? [] : ["in .gitignore: .dev.vars*"]),
  ];
}

function describeNext(steps: readonly string[], registration: ReturnType<typeof createRegistration>): string {
  const paint = createPaint(process.stdout);
  return [
    "",
    paint("bold", "Next"),
    ...steps.map((step, index) => `${index + 1}. ${step}`),
    "",
    paint("bold", "Register the API in Entra, in one of three ways"),
    "They set version 2 tokens, the scope, app roles, the optional claims xms_cc and idtyp, and redirect URIs.",
    "The tests of entra-gate type-check the Graph body and parse the Terraform. They do not run either against Entra.",
    "",
    paint("bold", "Azure CLI"),
    writeAzCommands(registration),
    "",
    paint("bold", "Microsoft Graph"),
    writeGraphRequests(registration),
    "",
    paint("bold", "Terraform"),
    writeTerraform(registration),
  ].join("\n");
}

function describeGaps(gaps: readonly string[]): string {
  const paint = createPaint(process.stdout);
  if (gaps.length === 0) return "\nEverything in the policy has an equivalent.";
  return ["", paint("bold", "Parts of the policy without an equivalent"), ...gaps.map((gap) => `- ${gap}`)].join("\n");
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "    ");
}

/** Returns a name that npm and Wrangler accept. */
function toName(folder: string): string {
  const name = folder.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return trim(name, /-/).slice(0, 50) || "entra-gate";
}
