import path from "node:path";
import { parseEnv } from "node:util";
import { trim } from "../../src/cli-exports/common.ts";
import { isOfGate } from "../../src/cli-exports/policy.ts";
import type { OptionsOf } from "../common/command-definition.ts";
import { type ExitCode, exitCodes } from "../common/exit-code.ts";
import { findGit, type Git } from "../common/git.ts";
import { createPaint, print, showText } from "../common/terminal.ts";
import { UsageError } from "../common/usage-error.ts";
import type { GateCode } from "../project/gate-code.ts";
import { loadGateCode, loadProgram } from "../project/load-gate.ts";
import { agentsFile, writeAgents } from "./agents-file.ts";
import { isGiven, isPlaceholder, listPlaceholders, readVariables, type Variables } from "./answers.ts";
import { describeCallbacks } from "./callback-note.ts";
import { type Change, formatChanges, formatUndo, locateChanges, readText, writeChange } from "./changes.ts";
import type { definition } from "./definition.ts";
import { listCandidates } from "./edit/hono-edit.ts";
import { describeFederation, readCloud } from "./federation.ts";
import { findPackageManager, type PackageManager, writeExecute, writeRun } from "./packages.ts";
import { listPermissions } from "./permissions.ts";
import { planInit } from "./plan.ts";
import { readRegistration } from "./present-registration.ts";
import { examineProject, type Project } from "./project.ts";
import { createPrompts, findTerminal, type Prompts } from "./prompts.ts";
import {
  createRegistration,
  type PresentRegistration,
  type RegistrationForm,
  registrationFiles,
  registrationForms,
  writeRegistration,
} from "./registration.ts";
import { listTaken, readSource } from "./takeover.ts";

export type InitOptions = OptionsOf<typeof definition.options>;

/** Lines that the command prints at most, unless they show every change. */
const lineMaximum = 40;

/**
 * `entra-gate init`: creates a gate in an empty folder, or protects the app or worker in it.
 *
 * @param folder to work in
 * @param terminal questions on the terminal; absent if there is none
 * @throws UsageError if the project is unknown, an answer is malformed, or Git could not restore a file. Nothing is
 *   then changed.
 */
export async function runInit(
  folder: string,
  options: InitOptions,
  terminal: Prompts | undefined = createTerminalPrompts(),
): Promise<ExitCode> {
  const { dryRun = false, yes = false } = options;
  const directory = path.resolve(folder);
  const project = examineProject(directory, options.bind === true);
  const prompts = yes || dryRun ? undefined : terminal;
  if (prompts === undefined && !yes && !dryRun) {
    throw new UsageError(
      "there is no terminal for questions: add --yes to write without questions, or --dry-run to see the changes",
    );
  }
  for (const url of options.callback ?? []) requireCallback(url);
  const takeover = options.from && readSource(options.from);
  if (takeover !== undefined && !["empty", "worker"].includes(project.shape.kind)) {
    throw new UsageError(
      "--from apim creates routes in an empty folder, or around a worker with export default { fetch }",
    );
  }
  if (options.mcp && project.shape.kind !== "empty") {
    throw new UsageError(
      "--mcp creates an MCP server only in an empty folder. For a gate that you have: npx entra-gate docs reference/mcp",
    );
  }
  const isAgain = project.shape.kind === "protected" && options.register === undefined;
  const missing = isAgain ? await readMissing(options, project) : {};
  const agents = readText(path.join(directory, agentsFile));
  const isCurrent = agents === writeAgents(agents);
  if (project.shape.kind === "protected" && isAgain && isCurrent && Object.keys(missing).length === 0) {
    print(
      `${project.shape.entry} imports entra-gate already. There is nothing to add. Check it with: npx entra-gate doctor`,
    );
    return exitCodes.good;
  }
  const variables = await readVariables(
    options,
    {
      ...listPresent(project),
      ...(takeover && listTaken(takeover)),
      ...(options.mcp && { ENTRA_REQUIRED_SCOPE: "tools.read" }),
    },
    prompts,
    project.shape.kind === "protected",
  );
  const open = readOpen(project, options.public) ?? (await askOpen(project, prompts)) ?? [];
  // The registration of an MCP server needs its address, and the scopes of its tools.
  const form = options.mcp ? undefined : await chooseForm(options.register, prompts);
  const git = findGit(directory);
  const manager = findPackageManager(directory, process.env.npm_config_user_agent);
  const name = options.name ?? project.manifest?.name ?? toName(path.basename(directory));
  const planned = project.shape.kind === "protected" ? missing : variables;
  const isMcp = options.mcp === true;
  const plan = planInit({ project, name: toName(name), manager, variables: planned, open, takeover, isMcp, git });
  const { shape } = project;
  // What init protects itself has only the permissions of the variables.
  const code = form && shape.kind === "protected" ? await loadEntry(project, shape.entry) : undefined;
  const present = form && findRegistration(directory, form);
  const permissions = listPermissions(variables, code);
  const { ofGraph } = permissions;
  const registration =
    form &&
    writeRegistration(
      form,
      createRegistration(
        options.name ?? present?.displayName ?? name,
        permissions,
        options.callback ?? present?.callbacks ?? [],
        present,
      ),
      { cloud: readCloud(variables), federation: describeFederation(variables), ofGraph },
    );
  const changes = locateChanges(directory, [
    ...plan.changes,
    ...(registration ? listRegistration(directory, registration) : []),
  ]);
  if (!dryRun) requireCommitted(changes, git);
  const unread = code?.problem && `Only the permissions of the variables are registered: ${code.problem}`;
  const notes = [
    ...plan.notes,
    ...(unread ? [unread] : []),
    ...describePlaceholders(variables),
    ...(registration ? describeCallbacks(code, variables) : []),
    ...(registration && ofGraph.length > 0
      ? [
          `Consent is not part of the file: App registrations, the API, API permissions, Grant admin consent for ${ofGraph.join(" and ")}.`,
        ]
      : []),
    ...(takeover ? describeGaps(takeover.gaps) : []),
  ];
  const steps = listSteps(project, manager, plan.proof, registration?.file);
  const paint = createPaint(process.stdout);
  const head = [showText(describeProject(project)), ...(dryRun ? ["Nothing was written. These are the changes:"] : [])];
  const limit = dryRun ? Number.POSITIVE_INFINITY : lineMaximum - head.length - notes.length - steps.length - 4;
  print([...head, ...formatChanges(changes, paint, limit)].join("\n"));
  if (dryRun) return exitCodes.good;
  const { written, folders } = await writeChosen(directory, changes, git, prompts);
  const undo = formatUndo(path.relative("", directory), written, folders, git !== undefined);
  const tail = [
    `Wrote ${countFiles(written)}.${undo === "" ? "" : ` To undo ${git ? "it" : "the new ones"}: ${undo}`}`,
    ...notes.map((note) => `${paint("yellow", "!")} ${showText(note)}`),
    paint("bold", "Next"),
    ...steps.map((step) => `  ${showText(step)}`),
  ];
  print(tail.join("\n"));
  return exitCodes.good;
}

function loadEntry({ directory, runtime }: Project, entry: string): Promise<GateCode> {
  const file = path.join(directory, entry);
  return runtime === "workers" ? loadGateCode(file) : loadProgram(file, {});
}

function createTerminalPrompts(): Prompts | undefined {
  const terminal = findTerminal();
  return terminal && createPrompts(terminal);
}

/**
 * Reads the options that a protected project still lacks.
 *
 * @throws UsageError if one is malformed, or the project has another value, which is not a placeholder
 */
async function readMissing(options: InitOptions, project: Project): Promise<Variables> {
  const present = listPresent(project);
  const given = Object.entries(await readVariables(options, {}, undefined, true)).filter(([name]) =>
    isGiven(options, name),
  );
  const changed = given.filter(([name, value]) => present[name] !== value);
  const settled = changed.find(([name]) => present[name] !== undefined && !isPlaceholder(name, present[name]));
  if (settled !== undefined) {
    const [name, value] = settled;
    throw new UsageError(
      `${project.wrangler?.file ?? ".env"} has ${name}=${present[name]} already: change it there to ${value}. Nothing was changed.`,
    );
  }
  if (changed.length > 0 && project.wrangler === undefined) {
    const lines = changed.map(([name, value]) => `${name}=${value}`);
    throw new UsageError(`Git could not restore .env, so init does not change it. Write there: ${lines.join(" ")}`);
  }
  return Object.fromEntries(changed);
}

/** Variables that Wrangler's configuration already has, or the file of a server. */
function listPresent({ directory, wrangler, shape }: Project): Variables {
  if (wrangler === undefined && shape.kind === "protected") {
    return parseEnv(readText(path.join(directory, ".env")) ?? "") as Variables;
  }
  const { vars = {} } = (wrangler?.table ?? {}) as { readonly vars?: Readonly<Record<string, unknown>> };
  const own = Object.entries(vars).filter(([name, value]) => isOfGate(name) && typeof value === "string");
  return Object.fromEntries(own) as Variables;
}

/** A path as a route has it. */
function isOpenPath(path: string): boolean {
  return /^\/[^\s?#]*$/.test(path);
}

/**
 * Reads the routes that stay public. Those of a worker are paths, and a method GET before them is removed.
 *
 * @throws UsageError if one is malformed, or if nothing would make it public
 */
function readOpen({ shape }: Project, given: readonly string[] | undefined): readonly string[] | undefined {
  if (given === undefined || shape.kind === "hono") return given;
  if (shape.kind !== "worker" && shape.kind !== "bound") {
    throw new UsageError(`--public ${given[0]} has no effect here: write the public route in the code of the gate`);
  }
  return given.map((each) => {
    const path = each.replace(/^GET\s+/, "");
    if (isOpenPath(path)) return path;
    throw new UsageError(`--public ${each} must be a path such as /health, which stays public for GET`);
  });
}

async function askOpen({ shape }: Project, prompts: Prompts | undefined): Promise<readonly string[] | undefined> {
  if (shape.kind === "hono") {
    const free = listCandidates(shape.app.script, shape.app.source).filter(({ obstacle }) => obstacle === undefined);
    if (free.length === 0) return undefined;
    const choices = free.map(({ name }) => ({ value: name, label: name }));
    return prompts?.chooseSome("Which routes stay public? All others need a token.", choices);
  }
  if (shape.kind !== "worker" && shape.kind !== "bound") return undefined;
  const findFault = (answer: string) =>
    answer.split(/\s+/).every((each) => each === "" || isOpenPath(each))
      ? undefined
      : "Write paths such as /health, with spaces between them.";
  const answer = await prompts?.text("Which paths stay public for GET, such as /health? Empty for none.", findFault);
  return answer?.split(/\s+/).filter(Boolean);
}

/** @throws UsageError if Entra does not accept a redirect URI */
function requireCallback(given: string): void {
  const url = URL.parse(given);
  const isLocal = url !== null && ["localhost", "127.0.0.1"].includes(url.hostname);
  const isAccepted = url?.protocol === "https:" || (url?.protocol === "http:" && isLocal);
  if (isAccepted && !given.includes("#")) return;
  throw new UsageError(
    `--callback ${given} must be an https URL without a fragment, or an http URL of localhost or 127.0.0.1`,
  );
}

async function chooseForm(
  given: string | undefined,
  prompts: Prompts | undefined,
): Promise<RegistrationForm | undefined> {
  const forms = registrationForms.map(({ value }) => value);
  if (given !== undefined && !forms.includes(given as RegistrationForm)) {
    throw new UsageError(`--register ${given} must be one of ${forms.join(", ")}`);
  }
  const later = { value: "later", label: "later, with: npx entra-gate init --register az" };
  const chosen =
    given ?? (await prompts?.choose("How do you register the API in Entra?", [later, ...registrationForms]));
  return forms.find((form) => form === chosen);
}

/**
 * Finds the registration that an earlier call wrote, in this form or in another one.
 *
 * @throws UsageError if its file has another content, so that the IDs in it are unknown
 */
function findRegistration(directory: string, form: RegistrationForm): PresentRegistration | undefined {
  for (const file of new Set([registrationFiles[form], ...Object.values(registrationFiles)])) {
    const text = readText(path.join(directory, file));
    if (text === undefined) continue;
    const found = readRegistration(text);
    if (found !== undefined) return found;
    throw new UsageError(
      `${file} is not as init writes it, so the IDs of its scopes and roles are unknown: move or remove it first. Nothing was changed.`,
    );
  }
  return undefined;
}

function listRegistration(directory: string, { file, text }: { file: string; text: string }): readonly Change[] {
  return [{ file, before: readText(path.join(directory, file)), after: text }];
}

/** @throws UsageError if Git could not restore a file that would change */
function requireCommitted(changes: readonly Change[], git: Git | undefined): void {
  const lost = changes.filter(({ before, file }) => before !== undefined && git?.isCommitted(file) === false);
  if (lost.length === 0) return;
  const names = lost.map(({ file }) => file).join(", ");
  throw new UsageError(
    `Git has not committed ${names}, so it could not undo the changes: commit first. Nothing was changed.`,
  );
}

const countFiles = ({ length }: readonly Change[]) => (length === 1 ? "1 file" : `${length} files`);

/** Asks once for all new files and changes that Git can undo, and before each change that it cannot undo. */
async function writeChosen(
  directory: string,
  changes: readonly Change[],
  git: Git | undefined,
  prompts: Prompts | undefined,
): Promise<{ readonly written: readonly Change[]; readonly folders: readonly string[] }> {
  const [safe, others] = [true, false].map((isSafe) =>
    changes.filter(({ before }) => (git !== undefined || before === undefined) === isSafe),
  ) as [Change[], Change[]];
  const chosen: Change[] = [];
  const offer = async (message: string, offered: readonly Change[]): Promise<void> => {
    if (offered.length > 0 && (prompts === undefined || (await prompts.confirm(message)))) chosen.push(...offered);
  };
  await offer(`Write ${safe.length === 1 ? "this file" : `these ${countFiles(safe)}`}?`, safe);
  for (const change of others) await offer(`Git cannot restore it. Change ${change.file}?`, [change]);
  if (chosen.length === 0 && changes.length > 0) throw new UsageError("cancelled: nothing was changed");
  return { written: chosen, folders: chosen.flatMap((change) => writeChange(directory, change)) };
}

const runtimes = { workers: "Cloudflare Workers", deno: "Deno", node: "Node" } as const;

function describeProject({ directory, shape, runtime }: Project): string {
  if (shape.kind === "empty") return `An empty folder: ${directory}`;
  if (shape.kind === "hono") return `A Hono app for ${runtimes[runtime]}: ${shape.app.file}`;
  if (shape.kind === "bound") return `A worker behind a gate: ${shape.entry}`;
  if (shape.kind === "worker") return `A worker: ${shape.entry}. The gate becomes main, and calls it.`;
  return `Protected already: ${shape.entry}`;
}

function describePlaceholders(variables: Variables): readonly string[] {
  const names = listPlaceholders(variables);
  return names.length === 0
    ? []
    : [`${names.join(" and ")} are placeholders. They do for dev and test, and doctor refuses to deploy them.`];
}

const gapMaximum = 8;

function describeGaps(gaps: readonly string[]): readonly string[] {
  if (gaps.length === 0) return ["Everything in the policy has an equivalent."];
  const shown = gaps.slice(0, gapMaximum).map((gap) => `Without an equivalent: ${gap}`);
  return gaps.length > gapMaximum
    ? [...shown, `The comments of the routes list ${gaps.length - gapMaximum} more.`]
    : shown;
}

function listSteps(
  { directory, shape, manifest }: Project,
  manager: PackageManager,
  rules: string | undefined,
  registration: string | undefined,
): readonly string[] {
  const run = (script: string) => writeRun(manager, script);
  const { dev } = manifest?.scripts ?? {};
  // An own script stays as it is.
  const isOwn = dev !== undefined && !/\b(?:wrangler|entra-gate) dev\b/.test(dev);
  return [
    ...(directory === process.cwd() ? [] : [`cd ${path.relative("", directory)}`]),
    ...(shape.kind === "protected"
      ? []
      : [
          `${manager} install`,
          isOwn ? writeExecute(manager, "entra-gate dev") : run("dev"),
          run("test"),
          ...(rules === undefined ? [] : [writeExecute(manager, rules)]),
        ]),
    registration === undefined
      ? `${writeExecute(manager, "entra-gate init --register az")}   writes how to register the API; or graph, terraform`
      : registration.endsWith(".sh")
        ? `sh ${registration}`
        : `terraform -chdir=${path.dirname(registration)} init, then apply`,
    run("doctor"),
  ];
}

/** Returns a name that npm and Wrangler accept. */
function toName(folder: string): string {
  const name = folder.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return trim(name, /-/).slice(0, 50) || "entra-gate";
}
