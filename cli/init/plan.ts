import path from "node:path";
import { methods, type RuleOptions } from "../../src/cli-exports/policy.ts";
import type { Git } from "../common/git.ts";
import { UsageError } from "../common/usage-error.ts";
import { compatibilityDate } from "../project/wrangler-config.ts";
import { agentsFile, writeAgents } from "./agents-file.ts";
import type { Variables } from "./answers.ts";
import type { Takeover } from "./apim-claims.ts";
import type { Change } from "./changes.ts";
import { listNpmPackages, planDenoFile } from "./deno-file.ts";
import { Draft } from "./draft.ts";
import { applyEdits } from "./edit/edits.ts";
import { listCandidates, protectHono } from "./edit/hono-edit.ts";
import {
  compilerText,
  ignoreText,
  mcpPackages,
  newScripts,
  toolVersions,
  viteRange,
  writeMcpRoutes,
  writeReadme,
  writeRoutes,
  writeTakenRoutes,
  writeWorker,
  writeWrangler,
} from "./files.ts";
import { chooseGuardedPath } from "./guarded-path.ts";
import { type PackageManager, writeRun } from "./packages.ts";
import {
  chooseRunner,
  chooseScripts,
  chooseTestFile,
  chooseTools,
  importFrom,
  isPlainDeployment,
  isTestedInWorkerd,
  noteScripts,
  planManifest,
  planVitest,
} from "./plan-packages.ts";
import { planEnvironment, planSettings, planWrangler } from "./plan-settings.ts";
import { type Project, readDenoFile, type Shape } from "./project.ts";
import { listCallers, writeRule } from "./rule.ts";
import { planRules, type Requests } from "./rules-file.ts";
import { type TestFacts, writeTest } from "./test-file.ts";
import { writeBoundGate, writeWrapper } from "./wrapper.ts";

/** What init will do. */
export interface Plan {
  readonly changes: readonly Change[];
  /** What the user has to know or do, one line each. */
  readonly notes: readonly string[];
  /** Command that proves the rules, without the program before it; absent if init writes none. */
  readonly proof: string | undefined;
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
  /** Whether a new project is an MCP server. */
  readonly isMcp: boolean;
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
  else planIds(draft, input);
  draft.write(agentsFile, writeAgents(draft.read(agentsFile)));
  return { changes: draft.changes, notes: draft.notes, proof: draft.proof };
}

/** Rules of a project, beside its manifest. */
const rulesFile = "rules.yaml";
/** An origin that responds with what it received. */
const echoingOrigin =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of the generated code
  "ORIGIN: { fetch: async (request: Request) => new Response(`${request.method} ${await request.text()}`) }";
/** What a gate with a callback of its own needs. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: as above
const mcpSettings = 'GATE_URL: "https://api.example", GATE_SESSION_KEY: `k1:${"A".repeat(43)}`';
const boundConfigFile = "gate/wrangler.jsonc";

/** Callers whom the gate admits to what is not public. */
function listAdmitted({ variables, takeover }: PlanInput): readonly RuleOptions[] {
  const { requirements = [] } = takeover ?? {};
  return requirements.length > 0 ? requirements : listCallers(variables);
}

/** Replaces what an earlier call left open. */
function planIds(draft: Draft, { project, variables }: PlanInput): void {
  if (project.wrangler !== undefined) planSettings(draft, project.wrangler, { vars: variables });
}

function planNew(draft: Draft, input: PlanInput): void {
  const { name, manager, variables, takeover, isMcp } = input;
  const packages = isMcp ? mcpPackages : undefined;
  planManifest(draft, { name, scripts: newScripts, tools: { ...toolVersions, vite: viteRange }, packages });
  draft.create("tsconfig.json", compilerText);
  draft.create("wrangler.jsonc", writeWrangler(name, variables));
  draft.create("src/worker.ts", writeWorker(takeover !== undefined));
  draft.create(
    "src/routes.ts",
    takeover === undefined ? (isMcp ? writeMcpRoutes : writeRoutes)(writeRule(variables)) : writeTakenRoutes(takeover),
  );
  const facts = {
    imported: "worker",
    module: "../src/worker.ts",
    path: isMcp ? "/mcp" : "/me",
    isTyped: true,
    startsServer: false,
    variables,
  };
  const forwarded = takeover === undefined && !isMcp ? "/api/orders" : undefined;
  const binding = isMcp ? mcpSettings : echoingOrigin;
  draft.create("test/gate.test.ts", writeTest({ ...facts, runner: "vitest", binding, forwarded }));
  // Beside the route of an MCP server, the gate answers anyone who wants to sign in.
  const guarded = isMcp && [{ method: "*", path: facts.path }];
  planRules(draft, { file: rulesFile, who: listAdmitted(input), open: [], ...(guarded && { guarded }) });
  draft.create(
    "README.md",
    writeReadme(name, (script) => writeRun(manager, script)),
  );
  const ignored = draft.read(".gitignore");
  const missing = ignoreText.split("\n").filter((line) => !ignored?.split(/\r?\n/).includes(line));
  draft.write(".gitignore", ignored === undefined ? ignoreText : `${ignored.trimEnd()}\n${missing.join("\n")}\n`);
}

/** Packages with which code verifies tokens. */
const verifiers = ["jose", "jsonwebtoken", "jwks-rsa"];

/** Code that verifies tokens itself stays, so callers must meet both checks. */
function noteVerifier(draft: Draft, { manifest }: Project, { app }: Shape & { kind: "hono" }): void {
  const [imported] = /\bhono\/jw[kt]\b/.exec(app.script.text) ?? [];
  const installed = verifiers.find((name) => manifest?.dependencies?.[name] !== undefined);
  if (imported === undefined && installed === undefined) return;
  const found = imported === undefined ? `package.json has ${installed}` : `${app.file} imports ${imported}`;
  draft.notes.push(
    `${found}: if your code verifies tokens, callers now need what both checks require. To replace yours: npx entra-gate docs migrate-from-a-library`,
  );
}

function planHono(draft: Draft, input: PlanInput, shape: Shape & { kind: "hono" }): void {
  const { project, name, variables, open } = input;
  const { runtime } = project;
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
  const { base } = source;
  const complete = (own: string) => (base !== "" && own === "/" ? base : base + own);
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
  noteVerifier(draft, project, shape);
  if (runtime === "workers") planWrangler(draft, project, variables);
  else planEnvironment(draft, variables, input.git);
  if (runtime === "node") noteScripts(draft, project, entry);
  if (project.denoFile !== undefined) planDenoFile(draft, project.denoFile, entry);
  const readable = candidates.filter((each) => each.name === `GET ${each.path}`);
  const guarded = readable.filter((each) => !/[:*{]/.test(each.path) && !chosen.includes(each));
  const testFile = tester && chooseTestFile(draft, entry, tester);
  if (tester !== undefined && testFile !== undefined) {
    const tested = app.isServedByDefault ? entry : file;
    const openRoute = chosen.find((each) => readable.includes(each))?.path;
    // A public part of the app has its pattern as its name.
    const openPaths = chosen.map((each) => each.name.replace(/^GET /, "")).filter((each) => each.startsWith("/"));
    const facts: TestFacts = {
      runner: tester,
      isTyped: /ts$/.test(testFile),
      imported: app.isServedByDefault ? "worker" : `{ ${source.name} }`,
      module: importFrom(testFile, tested, script.text, project),
      startsServer: /@hono\/node-server|\bDeno\.serve\b/.test(draft.read(tested) ?? ""),
      variables,
      path: chooseGuardedPath(
        openPaths.map(complete),
        guarded.map((each) => complete(each.path)),
        base,
      ),
      open: openRoute && complete(openRoute),
    };
    draft.create(testFile, writeTest(facts));
  }
  const requestsOf = ({ name: declared, path }: (typeof candidates)[number]): Requests => {
    const [method = ""] = declared.split(" ");
    const isOne = methods.some((each) => each === method);
    return isOne ? { method, path: complete(path) } : { method: "*", path: complete(declared) };
  };
  planRules(draft, {
    file: rulesFile,
    who: listAdmitted(input),
    open: chosen.map(requestsOf),
    ...(chosen.length > 0 && {
      guarded: candidates.filter((each) => !chosen.includes(each)).map(requestsOf),
    }),
  });
  const { denoFile } = project;
  const packages = denoFile === undefined ? {} : listNpmPackages(readDenoFile(draft.read(denoFile) ?? "", denoFile));
  planManifest(draft, { name, scripts: chooseScripts(project, tester), tools: chooseTools(project, tester), packages });
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
      path: chooseGuardedPath(open),
    };
    const isTyped = /ts$/.test(testFile);
    draft.create(
      testFile,
      writeTest({ ...facts, runner: tester, isTyped, startsServer: false, variables, open: open[0] }),
    );
  }
  planRules(draft, { file: rulesFile, who: listAdmitted(input), open: asRequests(open) });
  planManifest(draft, {
    name,
    scripts: chooseScripts(project, tester),
    tools: chooseTools(project, tester),
  });
}

/** Only GET can stay public around a worker. */
function asRequests(open: readonly string[]): readonly Requests[] {
  return open.map((path) => ({ method: "GET", path }));
}

/** Puts a worker of its own in front of a worker that stays as it is. */
function planBound(draft: Draft, input: PlanInput, { entry }: Shape & { kind: "bound" }): void {
  const { project, name, variables, open } = input;
  const { wrangler } = project;
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
  draft.create("gate/worker.ts", writeBoundGate(open));
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
  draft.create(boundConfigFile, `${JSON.stringify(configuration, null, 2)}\n`);
  const removed = ["route", "routes"].filter((key) => table[key] !== undefined);
  planSettings(draft, wrangler, { top: { workers_dev: false, preview_urls: false }, removed });
  const { deploy } = project.manifest?.scripts ?? {};
  const deploysWorker = isPlainDeployment(deploy);
  draft.notes.push(
    `The worker ${inner} loses its own address when it is deployed. The gate ${inner}-gate then has ${hasRoutes ? "its routes" : "an address of its own at workers.dev"}.`,
    ...(deploysWorker ? [] : [`Deploy the gate too: npx ${newScripts.deploy} --config ${boundConfigFile}`]),
  );
  const tester = chooseRunner(project);
  planVitest(draft, project, tester);
  const testFile = tester && chooseTestFile(draft, entry, tester);
  if (tester !== undefined && testFile !== undefined) {
    const facts = {
      imported: "worker",
      module: importFrom(testFile, "gate/worker.ts", "", project),
      path: chooseGuardedPath(open),
      open: open[0],
      startsServer: false,
    };
    const binding = "ORIGIN: { fetch: async () => new Response() }";
    draft.create(testFile, writeTest({ ...facts, runner: tester, isTyped: /ts$/.test(testFile), variables, binding }));
  }
  const args = ` --config ${boundConfigFile}`;
  planRules(draft, { file: `gate/${rulesFile}`, args, who: listAdmitted(input), open: asRequests(open) });
  const scripts = chooseScripts(project, tester);
  planManifest(draft, {
    name,
    scripts: {
      ...scripts,
      ...(deploysWorker && {
        deploy: `${deploy ?? "wrangler deploy"} && ${newScripts.deploy} --config ${boundConfigFile}`,
      }),
      ...(scripts.dev && { dev: `${newScripts.dev} --config ${boundConfigFile}` }),
      ...(scripts.doctor && { doctor: `${newScripts.doctor} --config ${boundConfigFile}` }),
    },
    tools: chooseTools(project, tester),
  });
}
