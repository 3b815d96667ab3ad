import path from "node:path";
import { parseJson } from "../../src/cli-exports/text.ts";
import { readText } from "./changes.ts";
import type { Draft } from "./draft.ts";
import { editJson, type JsonChange } from "./edit/json.ts";
import { newScripts, nodeTypesVersion, toolVersions, viteRange, vitestText } from "./files.ts";
import { findOwnDependency, isTooOld, type Manifest, readOwnManifest } from "./packages.ts";
import type { Project } from "./project.ts";
import type { TestFacts } from "./test-file.ts";

export interface ManifestChanges {
  readonly name: string;
  readonly scripts: Readonly<Record<string, string>>;
  /** Development dependencies. */
  readonly tools: Readonly<Record<string, string>>;
  /** Other dependencies. */
  readonly packages?: Readonly<Record<string, string>> | undefined;
}

/** Adds this package, tools and scripts. Existing dependencies and scripts stay. */
export function planManifest(draft: Draft, { name, scripts, tools, packages = {} }: ManifestChanges): void {
  const { name: own, peerDependencies } = readOwnManifest();
  const text = draft.read("package.json") ?? `${JSON.stringify({ name, private: true, type: "module" }, null, 2)}\n`;
  const present = parseJson(text) as Manifest;
  const installed = { ...present.dependencies, ...present.devDependencies };
  const missing = Object.entries(packages).filter(([each]) => installed[each] === undefined);
  const dependency = findOwnDependency(draft.directory);
  const wantedHono = installed.hono ?? packages.hono;
  const isOldHono = wantedHono !== undefined && isTooOld(wantedHono, peerDependencies.hono ?? "");
  const changes: JsonChange[] = [
    ...Object.entries(scripts).map(([script, command]) => ({ path: ["scripts", script], value: command })),
    ...(installed[own] === undefined && dependency !== undefined
      ? [{ path: ["dependencies", own], value: dependency }]
      : []),
    ...missing.map(([each, range]) => ({ path: ["dependencies", each], value: range })),
    ...(isOldHono ? [{ path: ["dependencies", "hono"], value: peerDependencies.hono }] : []),
    ...Object.entries(tools)
      .filter(([tool]) => installed[tool] === undefined)
      .map(([tool, version]) => ({ path: ["devDependencies", tool], value: version })),
  ];
  draft.write("package.json", editJson(text, changes));
  if (installed[own] === undefined && dependency === undefined) {
    draft.notes.push(
      `${own} is not on a registry yet: install the file from which you run it, for example npm install ../${own}-${readOwnManifest().version}.tgz`,
    );
  }
}

/** The runner of the project's tests. @returns `undefined` if it is one for which init writes no test */
export function chooseRunner({ runtime, manifest }: Project): TestFacts["runner"] | undefined {
  const { scripts: { test } = {}, devDependencies = {} } = manifest ?? {};
  if (runtime === "deno") return test === undefined || /\bdeno test\b/.test(test) ? "deno" : undefined;
  return test === undefined ||
    /no test specified/.test(test) ||
    /\bvitest\b/.test(test) ||
    devDependencies.vitest !== undefined
    ? "vitest"
    : undefined;
}

export function isTestedInWorkerd({ manifest }: Project): boolean {
  return Object.keys(manifest?.devDependencies ?? {}).some((name) => /^@cloudflare\/vitest-/.test(name));
}

export function chooseTestFile(draft: Draft, entry: string, runner: TestFacts["runner"]): string {
  const extension = /\.[cm]?ts$/.test(entry) ? "ts" : "js";
  const folder = draft.has("tests") && !draft.has("test") ? "tests" : "test";
  return `${folder}/${runner === "deno" ? "gate_test" : "gate.test"}.${extension}`;
}

/** Adds scripts that are missing, and starts this package's `dev` where Wrangler was started. */
export function chooseScripts(
  { runtime, manifest, denoFile }: Project,
  tester: TestFacts["runner"] | undefined,
): Readonly<Record<string, string>> {
  const { scripts = {} } = manifest ?? {};
  const { dev, test } = scripts;
  const tests = tester === "deno" ? "deno test --allow-net --allow-env --allow-read" : newScripts.test;
  const isWrangler = dev === undefined || /^(?:npx )?wrangler dev\b/.test(dev);
  return {
    ...(runtime === "node" && readEnvFile(scripts)),
    ...(isWrangler ? { dev: newScripts.dev } : {}),
    ...(tester !== undefined && (test === undefined || /no test specified/.test(test)) ? { test: tests } : {}),
    ...(scripts.doctor === undefined ? { doctor: newScripts.doctor } : {}),
    ...(runtime === "workers" && denoFile === undefined && isPlainDeployment(scripts.deploy)
      ? { deploy: newScripts.deploy }
      : {}),
  };
}

/** Whether a script `deploy` is absent, or only calls Wrangler. A script that does more is the user's. */
export function isPlainDeployment(script: string | undefined): boolean {
  return script === undefined || /^(?:npx )?wrangler deploy(?: --minify)?$/.test(script);
}

/** Node reads `.env` only with it. The environment of the process comes first. */
const envFile = "--env-file-if-exists=.env";
/** Scripts that start a server. */
const serverScripts = ["start", "dev", "serve"];
/** A script that starts a module with Node, after variables of its own. */
const startsNode = /^(?:\w+=\S* +)*node(?= )/;

/** Lets scripts that start a server with Node read `.env`, if it exists. The environment of the process comes first. */
function readEnvFile(scripts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const started = Object.entries(scripts).filter(
    ([name, command]) => serverScripts.includes(name) && startsNode.test(command) && !/ --env-file/.test(command),
  );
  return Object.fromEntries(started.map(([name, command]) => [name, command.replace(startsNode, `$& ${envFile}`)]));
}

/** Says how to start a server with `.env`, if no script does. */
export function noteScripts({ notes }: Draft, { manifest }: Project, entry: string): void {
  const { scripts = {} } = manifest ?? {};
  const read = { ...scripts, ...readEnvFile(scripts) };
  if (serverScripts.some((name) => read[name]?.includes("--env-file"))) return;
  notes.push(`No script starts the server with Node. Let yours read .env, as node ${envFile} ${entry} does.`);
}

export function chooseTools(
  { runtime }: Project,
  tester: TestFacts["runner"] | undefined,
): Readonly<Record<string, string>> {
  return {
    ...(tester === "vitest" && { vitest: toolVersions.vitest, vite: viteRange }),
    // Deno checks the types of tests, and finds those of Node only if they are installed.
    ...(tester === "deno" && { "@types/node": nodeTypesVersion }),
    ...(runtime === "workers" && { wrangler: toolVersions.wrangler }),
  };
}

/** Tests run without the plugins of Vite, which would start the worker. */
export function planVitest(draft: Draft, { manifest }: Project, tester: TestFacts["runner"] | undefined): void {
  const usesVite =
    manifest?.devDependencies?.["@cloudflare/vite-plugin"] ?? manifest?.dependencies?.["@cloudflare/vite-plugin"];
  const isConfigured = ["ts", "mts", "js", "mjs"].some((extension) => draft.has(`vitest.config.${extension}`));
  if (tester === "vitest" && usesVite !== undefined && !isConfigured) draft.create("vitest.config.ts", vitestText);
}

/** How a module imports another one of the project: with the ending that its other imports have. */
export function importFrom(from: string, to: string, example: string, { runtime, directory }: Project): string {
  const relative = path.relative(path.dirname(from), to);
  const name = relative.startsWith(".") ? relative : `./${relative}`;
  if (runtime !== "workers" || !/\.ts$/.test(to)) return name;
  const [, ending] = /(?:from|import)\s+["']\.[^"']*?(\.[jt]s)["']/.exec(example) ?? [];
  const isNode = /"module(?:Resolution)?"\s*:\s*"node/i.test(readText(path.join(directory, "tsconfig.json")) ?? "");
  return name.replace(/\.ts$/, ending ?? (isNode ? ".js" : ""));
}
