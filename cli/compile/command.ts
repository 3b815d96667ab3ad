import { existsSync, realpathSync } from "node:fs";
import path from "node:path";
import { isGuid } from "../../src/cli-exports/common.ts";
import { describeScopeMistake } from "../../src/cli-exports/policy.ts";
import type { OptionsOf } from "../common/command-definition.ts";
import { type ExitCode, exitCodes } from "../common/exit-code.ts";
import { readOutput, writeOutput } from "../common/output-file.ts";
import { print, printError, showJson, showText } from "../common/terminal.ts";
import { UsageError } from "../common/usage-error.ts";
import { readSettings, requireVariables } from "../project/settings.ts";
import { type Api, readApi, shortenName } from "./authority.ts";
import type { CompiledRoute } from "./compiled.ts";
import type { definition } from "./definition.ts";
import { compileDocument } from "./document.ts";
import { neverGranted } from "./extensions.ts";
import type { Fault } from "./fault.ts";
import { header, writeRoutes } from "./write-routes.ts";

type CompileOptions = OptionsOf<typeof definition.options>;

/**
 * `entra-gate compile`: writes the routes of an OpenAPI document. With a fault, it writes nothing.
 *
 * @throws UsageError
 */
export function runCompile(document: string, options: CompileOptions): ExitCode {
  const { out, check = false, json } = options;
  const settings = readSettings(process.cwd(), process.env, options);
  requireVariables(settings);
  const { folder, name } = locate(document);
  const before = readOutput("--out", out);
  if (before?.startsWith(header) === false) {
    throw new UsageError(`--out ${out}: the file exists, and compile did not write it. Choose another name`);
  }
  const api = readApi(settings.environment);
  const compiled = compileDocument(folder, name, {
    api,
    open: (options.public ?? []).map((text) => readOperation("--public", text)),
    skip: (options.skip ?? []).map((text) => readOperation("--skip", text)),
    originChecks: options.originChecks ?? [],
    bearerScopes: (options.scope ?? []).map((text) => readScope(text, api)),
    domains: new Map((options.tenant ?? []).map(readDomain)),
  });
  const text = "document" in compiled ? writeRoutes(compiled.document) : undefined;
  if (!("document" in compiled) || text === undefined) {
    const faults = "faults" in compiled ? compiled.faults : [tooLarge(name)];
    if (json) print(showJson({ out, state: "refused", faults }));
    // One write for each fault would take longer than to find them.
    else printError([...showFaults(document, faults), `${countFaults(faults)}. Nothing was written.`].join("\n"));
    return exitCodes.bad;
  }
  const { routes, files, digest, skipped } = compiled.document;
  // Git can change the ends of lines.
  const isCurrent = before?.replaceAll("\r\n", "\n") === text;
  const state = isCurrent ? "current" : check ? "stale" : "written";
  if (state === "written") writeOutput("--out", out, text);
  const messages = {
    current: `${out} is up to date: ${count(routes.length, "route")}.`,
    stale: `${out} is stale. Run the command without --check.`,
    written: `Wrote ${count(routes.length, "route")} to ${out}.`,
  };
  const notes = describeTwins(routes, api);
  if (json) print(showJson({ out, state, routes: routes.length, skipped, files, digest, notes, faults: [] }));
  else print([messages[state], ...describeSkipped(skipped), ...notes].join("\n"));
  return state === "stale" ? exitCodes.bad : exitCodes.good;
}

/**
 * Finds the folder and the name of a document.
 *
 * @throws UsageError if it does not exist
 */
export function locate(document: string): { readonly folder: string; readonly name: string } {
  const file = path.resolve(document);
  if (!existsSync(file)) throw new UsageError(`${document} does not exist`);
  return { folder: realpathSync(path.dirname(file)), name: path.basename(file) };
}

/** Says what the gate refuses because it has no route. */
function describeSkipped(skipped: readonly string[]): readonly string[] {
  if (skipped.length === 0) return [];
  const names = skipped.map((name) => `  ${showText(name)}`);
  const refusal = 'A gate with unlisted: "reject" refuses requests that no other operation describes';
  return [`Left out ${count(skipped.length, "operation")}. ${refusal}:`, ...names];
}

/** Says which app roles have the name of a scope that the gate requires of users by default. */
function describeTwins(routes: readonly CompiledRoute[], { requiredScopes }: Api): readonly string[] {
  const rolesOf = ({ security }: CompiledRoute) =>
    security === "public" ? [] : security.flatMap(({ kind, roles = [] }) => (kind === "app" ? roles : []));
  return requiredScopes.flatMap((scope) => {
    const number = routes.filter((route) => rolesOf(route).includes(scope)).length;
    if (number === 0) return [];
    return [
      `Apps need the app role ${scope} in ${count(number, "route")}. ENTRA_REQUIRED_SCOPE has a scope of that name.`,
    ];
  });
}

/**
 * Reads a value of `--scope`.
 *
 * @returns the scope as tokens have it
 * @throws UsageError if it is malformed
 */
export function readScope(text: string, api: Api): string {
  const scope = shortenName(api, text);
  const mistake = neverGranted.has(scope) ? "which never occurs in scp of a token" : describeScopeMistake(scope);
  if (mistake === undefined) return scope;
  throw new UsageError(
    `--scope is ${JSON.stringify(text)}, ${mistake}. Write the name of a scope of the API, such as access_as_user`,
  );
}

function readOperation(option: string, text: string): string {
  if (/^[A-Z]+ \/\S*$/.test(text)) return text;
  throw new UsageError(`${option} ${JSON.stringify(text)} must look like "GET /health", with a path of the document`);
}

/**
 * Reads a value of `--tenant`.
 *
 * @throws UsageError if it is malformed
 */
export function readDomain(text: string): readonly [domain: string, id: string] {
  const [domain = "", id = "", ...others] = text.toLowerCase().split("=");
  if (domain !== "" && isGuid(id) && others.length === 0) return [domain, id];
  throw new UsageError(`--tenant ${text} must look like contoso.onmicrosoft.com=11111111-2222-3333-4444-555555555555`);
}

function tooLarge(file: string): Fault {
  const problem = "has requirements that need more than 32 MB";
  return { file, pointer: "", problem, repair: "Name fewer scopes in each requirement." };
}

/** Places that are shown of equal faults. */
const placesMaximum = 5;

/**
 * Writes faults for a terminal: where, what and how to correct it. Equal faults are written once, with their places.
 */
export function showFaults(document: string, faults: readonly Fault[]): readonly string[] {
  const folder = path.dirname(document);
  return groupFaults(faults).flatMap((group) => {
    const [{ problem, repair }] = group;
    const places = group.map(({ file, pointer }) => `${path.join(folder, file)}#${pointer}`);
    const others = places.length - placesMaximum;
    const more = others > 0 ? [`and ${count(others, "other place")}`] : [];
    return [...places.slice(0, placesMaximum), ...more, `  ${problem}`, `  fix: ${repair}`].map(showText);
  });
}

function groupFaults(faults: readonly Fault[]): readonly [Fault, ...Fault[]][] {
  const groups = new Map<string, [Fault, ...Fault[]]>();
  for (const fault of faults) {
    const key = JSON.stringify([fault.problem, fault.repair]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [fault]);
    else group.push(fault);
  }
  return [...groups.values()];
}

function countFaults(faults: readonly Fault[]): string {
  const kinds = groupFaults(faults).length;
  const ofKinds = kinds < faults.length ? ` of ${count(kinds, "kind")}` : "";
  return `${count(faults.length, "fault")}${ofKinds}`;
}

/** A number with its noun: `1 route`, `2 routes`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
