import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { createPaint } from "../terminal.ts";
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
 * @throws UsageError if the folder is neither, has uncommitted changes, or an answer is missing
 */
export async function runInit(folder: string, options: InitOptions): Promise<ExitCode> {
  const { dryRun = false } = options;
  const project = examineProject(path.resolve(folder), !dryRun);
  const ask = createAsk();
  const takeover = options.from && readSource(options.from);
  const variables = await readVariables(options, takeover === undefined ? {} : listTaken(takeover), ask);
  const name = options.name ?? toName(path.basename(project.directory));
  const files = planFiles(project, name, variables, takeover);
  const steps: string[] = [];
  for (const each of files) console.log(await writePlanned(project, each, ask, dryRun));
  if (!project.isNew) steps.push(...describeMerge(project, variables));
  steps.push("npm install", "npm test", "npx entra-gate doctor", "npx wrangler deploy --dry-run");
  if (takeover !== undefined) console.log(describeGaps(takeover.gaps));
  console.log(describeNext(steps, createRegistration(name, variables, options.callback ?? ["http://localhost:5173"])));
  return exitCodes.good;
}

/** Writes a file. It asks before it replaces an existing one. */
async function writePlanned(
  { directory }: Project,
  { file, text }: PlannedFile,
  ask: Ask | undefined,
  dryRun: boolean,
): Promise<string> {
  const target = path.join(directory, file);
  const present = readText(target);
  if (present === text) return `unchanged  ${file}`;
  if (dryRun)
    return [
      present === undefined ? `would write  ${file}` : `would ask before it replaces  ${file}`,
      indent(text),
    ].join("\n");
  if (present !== undefined) {
    const answer = (await ask?.(`${file} already exists. Replace it? [y/N] `)) ?? "";
    if (!/^y(?:es)?$/i.test(answer.trim())) return `kept  ${file}`;
  }
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, text);
  return `wrote  ${file}`;
}

/** Lists what the user must add to the project's own files. */
function describeMerge({ directory, wranglerFile = "", main }: Project, variables: Variables): readonly string[] {
  const file = path.basename(wranglerFile);
  const assign = file.endsWith(".toml")
    ? ([name, value]: readonly [string, string]) => `${name} = ${JSON.stringify(value)}`
    : ([name, value]: readonly [string, string]) => `${JSON.stringify(name)}: ${JSON.stringify(value)},`;
  const vars = Object.entries(variables).map(assign).join("\n");
  const ignored = readText(path.join(directory, ".gitignore")) ?? "";
  return [
    ...(existsSync(path.join(directory, "node_modules/entra-gate"))
      ? []
      : [`npm install entra-gate hono@${toolVersions.hono}`]),
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
  return (
    folder
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 50) || "entra-gate"
  );
}
