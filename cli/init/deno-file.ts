import type { Draft } from "./draft.ts";
import { editJson, type JsonChange } from "./edit/json.ts";
import { findOwnDependency, readManifest, readOwnManifest } from "./packages.ts";
import { type DenoFile, readDenoFile } from "./project.ts";

/** Names of the tasks that start a server. */
const serverTasks = ["start", "dev", "serve"];

/** Deno reads `.env` only with it. The environment of the process comes first. */
const envFile = "--env-file=.env";

/** What a gate needs: the variables, and the keys of Entra. */
const permissions = [
  { flag: "--allow-env", short: "E" },
  { flag: "--allow-net", short: "N" },
] as const;

/** Flags that stand for every permission, or for those in `deno.json`. */
const allFlags = ["--allow-all", "--permission-set"];
/** A permission that the project limits by itself: to names, or in a set of `deno.json`. */
const limit = /^(?:--(?:allow|deny)-(?:env|net)=|--deny-(?:env|net)$|-[EN]=|-P|--permission-set)/;

/**
 * Lets the tasks that start a server read the variables, those of `.env` too, and fetch the keys of Entra. Lets npm
 * install the packages, if this one comes from a file.
 *
 * @param file `deno.json` or `deno.jsonc`
 * @param entry the module of the server
 */
export function planDenoFile(draft: Draft, file: string, entry: string): void {
  const text = draft.read(file) ?? "";
  const { tasks = {}, nodeModulesDir } = readDenoFile(text, file);
  const changes: JsonChange[] = [];
  const limited: string[] = [];
  for (const name of serverTasks) {
    const { [name]: task } = tasks;
    const member = typeof task === "object" ? ["command"] : [];
    const command = typeof task === "object" ? (task as { command?: unknown } | null)?.command : task;
    const found = typeof command === "string" ? readCommand(command) : undefined;
    if (found === undefined) continue;
    changes.push({ path: ["tasks", name, ...member], value: found.allowed });
    if (found.isLimited) limited.push(name);
  }
  if (changes.length === 0) {
    const flags = permissions.map(({ flag }) => flag).join(" ");
    draft.notes.push(`No task of ${file} starts the server. Start it with: deno run ${envFile} ${flags} ${entry}`);
  }
  if (nodeModulesDir !== undefined && nodeModulesDir !== "manual" && isFromFile(draft.directory)) {
    changes.push({ path: ["nodeModulesDir"], value: "manual" });
    draft.notes.push(
      `${file} had nodeModulesDir ${JSON.stringify(nodeModulesDir)}, with which Deno imports no package from a file. Install the packages with npm.`,
    );
  }
  for (const name of limited) {
    draft.notes.push(
      `The task ${name} limits its permissions: let it read the variables of .env, and connect to the hosts of Entra.`,
    );
  }
  draft.write(file, editJson(text, changes));
}

/** Whether the project gets this package from a tarball, and not from a registry. */
function isFromFile(directory: string): boolean {
  const range = readManifest(directory)?.dependencies?.[readOwnManifest().name] ?? findOwnDependency(directory);
  return range === undefined || range.startsWith("file:");
}

const npmPackage = /^npm:\/?((?:@[^/@]+\/)?[^/@]+)(?:@([^/]+))?/;

/** Lists the packages of npm that `deno.json` names. Beside a `package.json`, Deno takes them from there. */
export function listNpmPackages({ imports = {} }: DenoFile): Readonly<Record<string, string>> {
  const found = Object.values(imports).map((target) => npmPackage.exec(String(target)) ?? []);
  return Object.fromEntries(found.flatMap(([, name, range = "*"]) => (name === undefined ? [] : [[name, range]])));
}

/** @returns `undefined` if a command does not start a program with Deno */
function readCommand(command: string): { readonly allowed: string; readonly isLimited: boolean } | undefined {
  const start = /\bdeno\s+(?:run|serve)\b/.exec(command);
  if (start === null) return undefined;
  const end = start.index + start[0].length;
  const rest = command.slice(end);
  const words = rest.split(/\s+/).filter(Boolean);
  const module = words.findIndex((word) => /\.[cm]?[jt]sx?$/.test(word));
  // What follows the module are arguments of the program.
  const options = words.slice(0, module === -1 ? words.length : module);
  const has = (flag: string, short: string) =>
    options.some((option) => {
      const [name = ""] = option.split("=");
      const isShort = /^-[a-z]+$/i.test(name);
      return isShort ? ["A", "P", short].some((each) => name.includes(each)) : [flag, ...allFlags].includes(name);
    });
  const isRead = options.some((option) => option.startsWith("--env-file") || option.startsWith("--env="));
  const missing = permissions.filter(({ flag, short }) => !has(flag, short)).map(({ flag }) => flag);
  const added = [...(isRead ? [] : [envFile]), ...missing].map((flag) => ` ${flag}`);
  return {
    allowed: command.slice(0, end) + added.join("") + rest,
    isLimited: options.some((option) => limit.test(option)),
  };
}
