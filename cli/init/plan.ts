import { existsSync } from "node:fs";
import path from "node:path";
import { UsageError } from "../common/usage-error.ts";
import type { Variables } from "./answers.ts";
import type { Takeover } from "./apim-claims.ts";
import { type Change, readText } from "./changes.ts";
import { applyEdits } from "./edit/edits.ts";
import { listCandidates, protectHono } from "./edit/hono-edit.ts";
import { editJson, type JsonChange } from "./edit/json.ts";
import { editToml, type TomlChanges, writeToml } from "./edit/toml.ts";
import {
  compatibilityDate,
  compilerText,
  ignoreText,
  newScripts,
  nodeTypesVersion,
  toolVersions,
  vitestText,
  writeReadme,
  writeRoutes,
  writeTakenRoutes,
  writeWorker,
  writeWrangler,
} from "./files.ts";
import type { Git } from "./git.ts";
import { findOwnDependency, isTooOld, type PackageManager, readOwnManifest, writeRun } from "./packages.ts";
import type { Project, Shape, WranglerFile } from "./project.ts";
import { writeRule } from "./rule.ts";
import { type TestFacts, writeTest } from "./test-file.ts";
import { writeWrapper } from "./wrapper.ts";

/** What init will do. */
export interface Plan {
  readonly changes: readonly Change[];
  /** What the user has to know or do, one line each. */
  readonly notes: readonly string[];
}

export interface PlanInput {
  readonly project: Project;
  /** Name of the worker and of the package, if it is new. */
  readonly name: string;
  readonly manager: PackageManager;
  readonly variables: Variables;
  /** Routes that stay public: `GET /health` of a Hono app, or the path of a worker. */
  readonly open: readonly string[];
  readonly takeover: Takeover | undefined;
  readonly git: Git | undefined;
}

/**
 * Plans all changes, and writes nothing.
 *
 * @throws UsageError if a route cannot stay public
 */
export function planInit(input: PlanInput): Plan {
  const draft = new Draft(input.project.directory);
  const { shape } = input.project;
  if (shape.kind === "empty") planNew(draft, input);
  else if (shape.kind === "hono") planHono(draft, input, shape);
  else if (shape.kind === "worker") planWrapper(draft, input, shape);
  else if (shape.kind === "bound") planBound(draft, input, shape);
  return { changes: draft.changes, notes: draft.notes };
}

/** Collects the texts of files. */
class Draft {
  readonly notes: string[] = [];
  readonly directory: string;
  readonly #changes = new Map<string, Change>();

  constructor(directory: string) {
    this.directory = directory;
  }

  get changes(): readonly Change[] {
    return [...this.#changes.values()].filter(({ before, after }) => before !== after);
  }

  has(file: string): boolean {
    return existsSync(path.join(this.directory, file));
  }

  /** The text of a file after the changes so far. */
  read(file: string): string | undefined {
    return this.#changes.get(file)?.after ?? readText(path.join(this.directory, file));
  }

  write(file: string, after: string): void {
    this.#changes.set(file, { file, before: readText(path.join(this.directory, file)), after });
  }

  /** Writes a file of this package's own. @throws UsageError if the project has another one with this name */
  create(file: string, text: string): void {
    const present = this.read(file);
    if (present !== undefined && present !== text) {
      throw new UsageError(
        `${file} already exists, with another content: move or remove it first. Nothing was changed.`,
      );
    }
    this.write(file, text);
  }
}

function planNew(draft: Draft, { name, manager, variables, takeover }: PlanInput): void {
  planManifest(draft, { name, scripts: newScripts, tools: toolVersions });
  draft.create("tsconfig.json", compilerText);
  draft.create("wrangler.jsonc", writeWrangler(name, variables));
  draft.create("src/worker.ts", writeWorker(takeover !== undefined));
  draft.create(
    "src/routes.ts",
    takeover === undefined ? writeRoutes(writeRule(variables)) : writeTakenRoutes(takeover),
  );
  const facts = {
    imported: "worker",
    module: "../src/worker",
    path: "/me",
    isTyped: true,
    startsServer: false,
    variables,
  };
  const binding = "ORIGIN: { fetch: async () => new Response() }";
  draft.create("test/gate.test.ts", writeTest({ ...facts, runner: "vitest", binding }));
  draft.create(
    "README.md",
    writeReadme(name, (script) => writeRun(manager, script)),
  );
  const ignored = draft.read(".gitignore");
  const missing = ignoreText.split("\n").filter((line) => !ignored?.split(/\r?\n/).includes(line));
  draft.write(".gitignore", ignored === undefined ? ignoreText : `${ignored.trimEnd()}\n${missing.join("\n")}\n`);
}

function planHono(draft: Draft, input: PlanInput, shape: Shape & { kind: "hono" }): void {
  const { project, name, variables, open } = input;
  const { runtime, manifest = {} } = project;
  const { entry, app } = shape;
  const { file, script, source } = app;
  const candidates = listCandidates(script, source);
  const chosen = open.map((wanted) => {
    const found = candidates.find((each) => each.name === wanted || each.path === wanted);
    const names = candidates.map((each) => each.name).join(", ");
    if (found === undefined) throw new UsageError(`--public ${wanted} must be a route of ${file}: ${names}`);
    if (found.obstacle !== undefined) {
      throw new UsageError(
        `--public ${wanted} cannot stay public by itself: ${found.obstacle}. Declare it before app.use(entra()), after init`,
      );
    }
    return found;
  });
  const tester = chooseRunner(project);
  planVitest(draft, project, tester);
  const isImportable = app.isServedByDefault || source.isExported;
  const rule = writeRule(variables);
  const edits = protectHono(script, source, {
    rule: rule.code,
    names: rule.names,
    open: chosen.map(({ item }) => item),
    isExported: tester !== undefined && !isImportable && source.name !== undefined,
  });
  draft.write(file, applyEdits(script.text, edits));
  if (runtime === "workers") planWrangler(draft, project, variables);
  else planEnvironment(draft, input);
  const guarded = candidates.find(
    ({ item, path: own }) =>
      item.links[0]?.name === "get" && !/[:*{]/.test(own) && !chosen.some((each) => each.item === item),
  );
  const testFile = tester && chooseTestFile(draft, entry, tester);
  if (tester !== undefined && testFile !== undefined) {
    const tested = app.isServedByDefault ? entry : file;
    const [openRoute] = chosen.filter(({ item }) => item.links[0]?.name === "get").map((each) => each.path);
    const facts: TestFacts = {
      runner: tester,
      isTyped: /ts$/.test(testFile),
      imported: app.isServedByDefault ? "worker" : `{ ${source.name} }`,
      module: importFrom(testFile, tested, script.text, project),
      startsServer: /@hono\/node-server|\bDeno\.serve\b/.test(draft.read(tested) ?? ""),
      variables,
      path: guarded?.path ?? "/",
      open: openRoute,
    };
    draft.create(testFile, writeTest(facts));
  }
  planManifest(draft, { name, scripts: chooseScripts(project, tester), tools: chooseTools(project, tester), manifest });
}

function planWrapper(draft: Draft, input: PlanInput, shape: Shape & { kind: "worker" }): void {
  const { project, name, variables, open, takeover } = input;
  const { entry, source } = shape;
  const text = draft.read(entry) ?? "";
  const [, extension = ".ts"] = /(\.[cm]?[jt]s)$/.exec(entry) ?? [];
  const gate = path.join(path.dirname(entry), `gate${extension}`);
  const routes = path.join(path.dirname(entry), `routes${extension}`);
  if (takeover !== undefined) draft.create(routes, writeTakenRoutes(takeover));
  const wrapper = writeWrapper({
    ...source,
    open,
    module: importFrom(gate, entry, text, project),
    ...(takeover !== undefined && { routesModule: importFrom(gate, routes, text, project) }),
  });
  draft.create(gate, wrapper);
  planWrangler(draft, project, variables, { main: gate });
  const tester = chooseRunner(project);
  planVitest(draft, project, tester);
  const isPlain = !/["']cloudflare:/.test(text) || isTestedInWorkerd(project);
  const testFile = tester === undefined || !isPlain ? undefined : chooseTestFile(draft, entry, tester);
  if (tester !== undefined && testFile !== undefined) {
    const facts = {
      imported: "worker",
      module: importFrom(testFile, gate, text, project),
      path: open.includes("/") ? "/other" : "/",
    };
    const isTyped = /ts$/.test(testFile);
    draft.create(
      testFile,
      writeTest({ ...facts, runner: tester, isTyped, startsServer: false, variables, open: open[0] }),
    );
  }
  const { manifest } = project;
  planManifest(draft, {
    name,
    scripts: chooseScripts(project, tester),
    tools: chooseTools(project, tester),
    ...(manifest && { manifest }),
  });
}

/** Puts a worker of its own in front of a worker that stays as it is. */
function planBound(draft: Draft, input: PlanInput, { entry }: Shape & { kind: "bound" }): void {
  const { project, name, variables } = input;
  const { wrangler, manifest } = project;
  if (wrangler === undefined) return;
  const { table } = wrangler;
  const inner = typeof table.name === "string" ? table.name : name;
  const environments = Object.keys((table.env as object | undefined) ?? {});
  if (environments.length > 0) {
    throw new UsageError(
      `--bind: ${wrangler.file} has environments (${environments.join(", ")}), whose addresses init does not move to a gate. Nothing was changed.`,
    );
  }
  const { route, routes, workers_dev: workersDev } = table;
  const hasRoutes = route !== undefined || routes !== undefined;
  const date = typeof table.compatibility_date === "string" ? table.compatibility_date : compatibilityDate;
  draft.create(
    "gate/worker.ts",
    'import { createGate } from "entra-gate";\n\n// Allowed requests go to the service binding ORIGIN.\nexport default createGate();\n',
  );
  const configuration = {
    $schema: "../node_modules/wrangler/config-schema.json",
    name: `${inner}-gate`,
    main: "worker.ts",
    compatibility_date: [date, compatibilityDate].sort().at(-1),
    ...(route !== undefined && { route }),
    ...(routes !== undefined && { routes }),
    workers_dev: typeof workersDev === "boolean" ? workersDev : !hasRoutes,
    preview_urls: false,
    services: [{ binding: "ORIGIN", service: inner }],
    vars: variables,
  };
  const configFile = "gate/wrangler.jsonc";
  draft.create(configFile, `${JSON.stringify(configuration, null, 2)}\n`);
  const removed = ["route", "routes"].filter((key) => table[key] !== undefined);
  planSettings(draft, wrangler, { top: { workers_dev: false, preview_urls: false }, removed });
  draft.notes.push(
    `The worker ${inner} has no address of its own any more. Deploy it, and then the gate: wrangler deploy --config ${configFile}`,
  );
  const tester = chooseRunner(project);
  planVitest(draft, project, tester);
  const testFile = tester && chooseTestFile(draft, entry, tester);
  if (tester !== undefined && testFile !== undefined) {
    const facts = {
      imported: "worker",
      module: importFrom(testFile, "gate/worker.ts", "", project),
      path: "/",
      startsServer: false,
    };
    const binding = "ORIGIN: { fetch: async () => new Response() }";
    draft.create(testFile, writeTest({ ...facts, runner: tester, isTyped: /ts$/.test(testFile), variables, binding }));
  }
  const { deploy: _, ...scripts } = chooseScripts(project, tester);
  planManifest(draft, {
    name,
    scripts: {
      ...scripts,
      ...(scripts.dev && { dev: `${newScripts.dev} --config ${configFile}` }),
      ...(scripts.doctor && { doctor: `${newScripts.doctor} --config ${configFile}` }),
    },
    tools: chooseTools(project, tester),
    ...(manifest && { manifest }),
  });
}

/** Adds variables to Wrangler's configuration, and says what it does not change. */
function planWrangler(
  draft: Draft,
  { wrangler }: Project,
  variables: Variables,
  top: Readonly<Record<string, string>> = {},
): void {
  if (wrangler === undefined) return;
  const { table, file } = wrangler;
  const {
    vars,
    assets,
    env,
    compatibility_date: date,
  } = table as Readonly<Record<string, object | string | undefined>>;
  const added = Object.entries(variables).filter(
    ([name]) => (vars as Record<string, unknown> | undefined)?.[name] === undefined,
  );
  planSettings(draft, wrangler, { top, vars: Object.fromEntries(added) });
  const environments = Object.keys(env ?? {});
  if (environments.length > 0) {
    draft.notes.push(
      `Environments do not inherit vars: add them to ${environments.map((each) => `env.${each}.vars`).join(", ")} of ${file} too.`,
    );
  }
  const { directory, run_worker_first: first } = (assets ?? {}) as {
    readonly directory?: string;
    readonly run_worker_first?: unknown;
  };
  if (assets !== undefined && first !== true) {
    draft.notes.push(
      `Static assets${directory === undefined ? "" : ` in ${directory}`} stay public: Cloudflare serves them before the worker runs.`,
    );
  }
  if (typeof date === "string" && date < compatibilityDate) {
    draft.notes.push(
      `compatibility_date ${date} is older than ${compatibilityDate}, the oldest that entra-gate supports.`,
    );
  }
}

function planSettings(draft: Draft, { file, text }: WranglerFile, changes: TomlChanges): void {
  const { top = {}, vars = {}, removed = [] } = changes;
  if (file.endsWith(".toml")) {
    const edited = editToml(text, changes);
    if (edited !== undefined) draft.write(file, edited);
    else
      draft.notes.push(
        `${file} has a form that init does not edit. Change it yourself: ${writeToml(changes).join("; ")}`,
      );
    return;
  }
  const edits: JsonChange[] = [
    ...removed.map((name) => ({ path: [name], value: undefined })),
    ...Object.entries(top).map(([name, value]) => ({ path: [name], value })),
    ...Object.entries(vars).map(([name, value]) => ({ path: ["vars", name], value })),
  ];
  draft.write(file, editJson(text, edits));
}

/** Puts the variables of a server into a file that Git ignores. */
function planEnvironment(draft: Draft, { variables, git }: PlanInput): void {
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  if (draft.has(".env")) {
    draft.notes.push(`Add to .env, and to the environment of your server: ${lines.join(" ")}`);
    return;
  }
  draft.create(".env", `${lines.join("\n")}\n`);
  draft.notes.push(
    "The environment of your server needs the variables of .env. entra-gate dev replaces them by those of a local Entra.",
  );
  if (git === undefined || git.isIgnored(".env")) return;
  const ignored = draft.read(".gitignore");
  draft.write(".gitignore", ignored === undefined ? ignoreText : `${ignored.trimEnd()}\n.env\n`);
}

interface ManifestChanges {
  readonly name: string;
  readonly scripts: Readonly<Record<string, string>>;
  /** Development dependencies. */
  readonly tools: Readonly<Record<string, string>>;
  readonly manifest?: Project["manifest"];
}

/** Adds this package, tools and scripts. Existing dependencies and scripts stay. */
function planManifest(draft: Draft, { name, scripts, tools }: ManifestChanges): void {
  const { name: own, peerDependencies } = readOwnManifest();
  const text = draft.read("package.json") ?? `${JSON.stringify({ name, private: true, type: "module" }, null, 2)}\n`;
  const present = JSON.parse(text);
  const installed = { ...present.dependencies, ...present.devDependencies };
  const { hono = "", ...others } = { hono: toolVersions.hono, ...tools };
  const dependency = findOwnDependency(draft.directory);
  const isOldHono = installed.hono !== undefined && isTooOld(installed.hono, peerDependencies.hono ?? "");
  const changes: JsonChange[] = [
    ...Object.entries(scripts).map(([script, command]) => ({ path: ["scripts", script], value: command })),
    ...(installed[own] === undefined && dependency !== undefined
      ? [{ path: ["dependencies", own], value: dependency }]
      : []),
    ...(installed.hono === undefined ? [{ path: ["dependencies", "hono"], value: hono }] : []),
    ...(isOldHono ? [{ path: ["dependencies", "hono"], value: peerDependencies.hono }] : []),
    ...Object.entries(others)
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
function chooseRunner({ runtime, manifest }: Project): TestFacts["runner"] | undefined {
  const { scripts: { test } = {}, devDependencies = {} } = manifest ?? {};
  if (runtime === "deno") return test === undefined || /\bdeno test\b/.test(test) ? "deno" : undefined;
  return test === undefined ||
    /no test specified/.test(test) ||
    /\bvitest\b/.test(test) ||
    devDependencies.vitest !== undefined
    ? "vitest"
    : undefined;
}

function isTestedInWorkerd({ manifest }: Project): boolean {
  return Object.keys(manifest?.devDependencies ?? {}).some((name) => /^@cloudflare\/vitest-/.test(name));
}

function chooseTestFile(draft: Draft, entry: string, runner: TestFacts["runner"]): string {
  const extension = /\.[cm]?ts$/.test(entry) ? "ts" : "js";
  const folder = draft.has("tests") && !draft.has("test") ? "tests" : "test";
  return `${folder}/${runner === "deno" ? "gate_test" : "gate.test"}.${extension}`;
}

/** Adds scripts that are missing, and starts this package's `dev` where Wrangler was started. */
function chooseScripts(
  { runtime, manifest, denoFile }: Project,
  tester: TestFacts["runner"] | undefined,
): Readonly<Record<string, string>> {
  const { scripts = {} } = manifest ?? {};
  const { dev, test } = scripts;
  const tests = tester === "deno" ? "deno test --allow-net --allow-env --allow-read" : newScripts.test;
  const isWrangler = dev === undefined || /^(?:npx )?wrangler dev\b/.test(dev);
  const doctor =
    runtime === "workers"
      ? newScripts.doctor
      : "node --env-file=.env node_modules/entra-gate/cli/entra-gate.js doctor --adapter";
  return {
    ...(isWrangler ? { dev: newScripts.dev } : {}),
    ...(tester !== undefined && (test === undefined || /no test specified/.test(test)) ? { test: tests } : {}),
    ...(scripts.doctor === undefined ? { doctor } : {}),
    ...(runtime === "workers" && denoFile === undefined && scripts.deploy === undefined
      ? { deploy: newScripts.deploy }
      : {}),
  };
}

function chooseTools({ runtime }: Project, tester: TestFacts["runner"] | undefined): Readonly<Record<string, string>> {
  return {
    ...(tester === "vitest" && { vitest: toolVersions.vitest }),
    // Deno checks the types of tests, and finds those of Node only if they are installed.
    ...(tester === "deno" && { "@types/node": nodeTypesVersion }),
    ...(runtime === "workers" && { wrangler: toolVersions.wrangler }),
  };
}

/** Tests run without the plugins of Vite, which would start the worker. */
function planVitest(draft: Draft, { manifest }: Project, tester: TestFacts["runner"] | undefined): void {
  const usesVite =
    manifest?.devDependencies?.["@cloudflare/vite-plugin"] ?? manifest?.dependencies?.["@cloudflare/vite-plugin"];
  const isConfigured = ["ts", "mts", "js", "mjs"].some((extension) => draft.has(`vitest.config.${extension}`));
  if (tester === "vitest" && usesVite !== undefined && !isConfigured) draft.create("vitest.config.ts", vitestText);
}

/** How a module imports another one of the project: with the ending that its other imports have. */
function importFrom(from: string, to: string, example: string, { runtime, directory }: Project): string {
  const relative = path.relative(path.dirname(from), to);
  const name = relative.startsWith(".") ? relative : `./${relative}`;
  if (runtime !== "workers" || !/\.ts$/.test(to)) return name;
  const [, ending] = /(?:from|import)\s+["']\.[^"']*?(\.[jt]s)["']/.exec(example) ?? [];
  const isNode = /"module(?:Resolution)?"\s*:\s*"node/i.test(readText(path.join(directory, "tsconfig.json")) ?? "");
  return name.replace(/\.ts$/, ending ?? (isNode ? ".js" : ""));
}
