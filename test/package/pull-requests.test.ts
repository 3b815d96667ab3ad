// Pull requests that weaken what a project deploys, and others that do not, with the packed package.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { stringify } from "smol-toml";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { importCommand, type RunCommand, runIn } from "../support/package/command.ts";

const root = path.resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(path.join(tmpdir(), "entra-gate-pull-requests-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A table of Wrangler's file. */
// biome-ignore lint/suspicious/noExplicitAny: A change writes any setting.
type Table = Record<string, any>;

/** A project before or after a pull request. */
interface Project {
  /** The part of Wrangler's file that changes: the top level, or an environment. */
  readonly part: Table;
  /** The whole of it. */
  readonly wrangler: Table;
  /** Files by their names. */
  readonly files: Record<string, string>;
}

const tenant = "4b1c6e0a-93d7-4f58-8a26-e1d07c35b9f2";
const otherTenant = "5b1c6e0a-93d7-4f58-8a26-e1d07c35b9f2";
const api = "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a";
const otherApi = "b86d3f17-2c9b-4e05-b7d4-59f1e0c2648a";
const clients = ["c86d3f17-2c9b-4e05-b7d4-59f1e0c2648a", "d86d3f17-2c9b-4e05-b7d4-59f1e0c2648a"];
const group = "e86d3f17-2c9b-4e05-b7d4-59f1e0c2648a";
const otherGroup = "f86d3f17-2c9b-4e05-b7d4-59f1e0c2648a";

const gate = `import { App, createGate, origin, requireAuth, revocations } from "entra-gate";
import { downstream } from "entra-gate/downstream";
import { groupsFromGraph } from "entra-gate/groups";

const routes = new App();
routes.get("/orders/:id", { hooks: requireAuth("orders.read") }, origin());
routes.delete("/orders/:id", { hooks: requireAuth("orders.delete") }, origin());
routes.get("/invoices", { hooks: requireAuth("invoices.read") }, origin({ to: "billing" }));

export default createGate({
  routes,
  downstream: downstream(),
  groups: groupsFromGraph({ securityEnabledOnly: true }),
  revocations: revocations(),
  revokedAtSeconds: () => undefined,
});
`;

const hono = (scope: string) => `import { entra, requireAuth } from "entra-gate/hono";
import { Hono } from "hono";

export default new Hono()
  .use(entra())
  .get("/orders/:id{[\\\\w.@-]{1,40}}", requireAuth("orders.read"), (c) => c.text("one"))
  .get("/orders/:id", requireAuth("${scope}"), (c) => c.text("other"));
`;

/** What an environment does not inherit. */
const createOwn = (): Table => ({
  vars: {
    ENTRA_TENANT_ID: tenant,
    ENTRA_API_AUDIENCE: api,
    ENTRA_REQUIRED_SCOPE: "access_as_user orders.all",
    ENTRA_REQUIRED_ROLE: "Orders.Read.All",
    ENTRA_REQUIRED_GROUP: group,
    ENTRA_ALLOWED_CLIENTS: clients[0],
    ENTRA_CLIENT_ID: api,
    GATE_URL: "https://api.contoso.com",
    ORIGIN_AUTHORIZATION: "strip",
    ORIGIN_BILLING_URL: "https://billing.contoso.com",
    ORIGIN_BILLING_AUTHORIZATION: "on-behalf-of",
    ORIGIN_BILLING_SCOPE: "api://billing/read",
    ORIGIN_URL: "https://orders.contoso.com",
    OWN: "1",
  },
  secrets: { required: ["ENTRA_CLIENT_SECRET", "TOKEN_CACHE_KEY"] },
  services: [{ binding: "ORIGIN", service: "orders-api" }],
  kv_namespaces: [
    { binding: "REVOCATIONS", id: "0123456789abcdef0123456789abcdef" },
    { binding: "TOKEN_CACHE", id: "1123456789abcdef0123456789abcdef" },
  ],
  ratelimits: [{ name: "RATE_LIMITER", namespace_id: "1001", simple: { limit: 100, period: 60 } }],
});

/** @param env empty for the top level */
function createProject(env: string): Project {
  const wrangler: Table = {
    name: "orders",
    main: "src/worker.ts",
    compatibility_date: "2026-10-12",
    routes: [{ pattern: "api.contoso.com/*", zone_name: "contoso.com" }],
    workers_dev: false,
    preview_urls: false,
    ...createOwn(),
    env: { production: createOwn(), staging: createOwn() },
  };
  return { wrangler, part: env === "" ? wrangler : wrangler.env[env], files: { "src/worker.ts": gate } };
}

type Propose = (project: Project) => unknown;
const setVars =
  (vars: Table): Propose =>
  ({ part }) =>
    Object.assign(part.vars, vars);
const set =
  (settings: Table): Propose =>
  ({ part }) =>
    Object.assign(part, settings);
const edit =
  (from: string, to: string): Propose =>
  ({ files }) => {
    expect(files["src/worker.ts"]).toContain(from);
    files["src/worker.ts"] = files["src/worker.ts"]!.replace(from, to);
  };
const openGate = 'export default { fetch: () => new Response("open") };\n';

/** Each with the kind and the name that the report says, after the environment if it is not the same in all. */
const weakening: readonly (readonly [name: string, propose: Propose, found: string, prepare?: Propose])[] = [
  ["report mode", setVars({ GATE_MODE: "report" }), "weaker  GATE_MODE"],
  ["no allowed clients", ({ part }) => delete part.vars.ENTRA_ALLOWED_CLIENTS, "weaker  ENTRA_ALLOWED_CLIENTS"],
  ["a further client", setVars({ ENTRA_ALLOWED_CLIENTS: clients.join() }), "weaker  ENTRA_ALLOWED_CLIENTS"],
  ["another tenant", setVars({ ENTRA_TENANT_ID: otherTenant }), "weaker and elsewhere and stronger  ENTRA_TENANT_ID"],
  ["a further tenant", setVars({ ENTRA_ALLOWED_TENANTS: `${tenant} ${otherTenant}` }), "weaker  ENTRA_ALLOWED_TENANTS"],
  ["a further audience", setVars({ ENTRA_API_AUDIENCE: `${api},${otherApi}` }), "weaker  ENTRA_API_AUDIENCE"],
  ["another audience", setVars({ ENTRA_API_AUDIENCE: otherApi }), "weaker and stronger  ENTRA_API_AUDIENCE"],
  ["a scope less", setVars({ ENTRA_REQUIRED_SCOPE: "access_as_user" }), "weaker  ENTRA_REQUIRED_SCOPE"],
  ["a role more", setVars({ ENTRA_REQUIRED_ROLE: "Orders.Read.All Orders.All" }), "weaker  ENTRA_REQUIRED_ROLE"],
  ["another group", setVars({ ENTRA_REQUIRED_GROUP: otherGroup }), "weaker and stronger  ENTRA_REQUIRED_GROUP"],
  ["no group", ({ part }) => delete part.vars.ENTRA_REQUIRED_GROUP, "weaker  ENTRA_REQUIRED_GROUP"],
  ["another cloud", setVars({ ENTRA_CLOUD: "usgov" }), "weaker and stronger  ENTRA_CLOUD"],
  [
    "an authority",
    setVars({ ENTRA_AUTHORITY: "https://contoso.ciamlogin.com" }),
    "weaker and stronger  ENTRA_AUTHORITY",
  ],
  ["older tokens", setVars({ ENTRA_ACCEPT_V1: "true" }), "weaker  ENTRA_ACCEPT_V1"],
  ["a wider clock", setVars({ ENTRA_CLOCK_SKEW_SECONDS: "300" }), "weaker  ENTRA_CLOCK_SKEW_SECONDS"],
  ["any address", ({ part }) => delete part.vars.GATE_URL, "weaker  GATE_URL"],
  ["another host of the origin", setVars({ ORIGIN_URL: "https://orders.fabrikam.com" }), "elsewhere  ORIGIN_URL"],
  ["the token for the origin", setVars({ ORIGIN_AUTHORIZATION: "forward" }), "elsewhere  ORIGIN_AUTHORIZATION"],
  ["another named origin", setVars({ ORIGIN_BILLING_URL: "https://b.fabrikam.com" }), "elsewhere  ORIGIN_BILLING_URL"],
  [
    "another scope of the origin",
    setVars({ ORIGIN_BILLING_SCOPE: "api://billing/write" }),
    "elsewhere and stronger  ORIGIN_BILLING_SCOPE",
  ],
  [
    "a secret in place of an allowlist",
    ({ part }) => {
      delete part.vars.ENTRA_ALLOWED_CLIENTS;
      part.secrets.required.push("ENTRA_ALLOWED_CLIENTS");
    },
    "unknown  ENTRA_ALLOWED_CLIENTS",
  ],
  ["another service", ({ part }) => (part.services[0].service = "other-api"), "elsewhere  ORIGIN"],
  [
    "another list of revocations",
    ({ part }) => (part.kv_namespaces[0].id = "f".repeat(32)),
    "weaker and stronger  REVOCATIONS",
  ],
  ["another cache of tokens", ({ part }) => (part.kv_namespaces[1].id = "f".repeat(32)), "elsewhere  TOKEN_CACHE"],
  ["another limiter", ({ part }) => (part.ratelimits[0].namespace_id = "1002"), "weaker and stronger  RATE_LIMITER"],
  ["a higher limit", ({ part }) => (part.ratelimits[0].simple.limit = 1_000), "weaker  RATE_LIMITER"],
  [
    "a worker without a gate",
    ({ part, files }) => {
      part.main = "src/open.ts";
      files["src/open.ts"] = openGate;
    },
    "unknown  worker",
  ],
  ["no zone route", set({ routes: [] }), "open  routes api.contoso.com/*"],
  ["a narrower zone route", set({ routes: ["api.contoso.com/orders/*"] }), "open  routes api.contoso.com/*"],
  ["workers.dev", set({ workers_dev: true }), "weaker  workers_dev"],
  ["preview URLs", set({ preview_urls: true }), "weaker  preview_urls"],
  ["assets before the gate", set({ assets: { directory: "public" } }), "open  assets"],
  ["Workers Caching", set({ cache: { enabled: true } }), "open  cache"],
  [
    "another module in the bundle",
    ({ wrangler }) => (wrangler.alias = { "entra-gate": "./open.ts" }),
    "unknown  alias",
  ],
  ["no list of revocations", edit("  revocations: revocations(),\n", ""), "weaker  revocations"],
  ["groups of other kinds", edit("{ securityEnabledOnly: true }", ""), "weaker and stronger  groups"],
  [
    "groups from Microsoft Graph",
    edit("  revocations", "  groups: groupsFromGraph(),\n  revocations"),
    "weaker  groups",
    edit("  groups: groupsFromGraph({ securityEnabledOnly: true }),\n", ""),
  ],
  ["a weaker route", edit("orders.delete", "orders.read"), "weaker and stronger  DELETE /orders/:id"],
  [
    "a weaker route beside an expression",
    ({ files }) => (files["src/worker.ts"] = hono("b")),
    "weaker and stronger  GET /orders/:id",
    ({ part, wrangler, files }) => {
      files["src/worker.ts"] = hono("a");
      for (const { vars } of [wrangler, ...Object.values<Table>(wrangler.env), part]) {
        for (const name of Object.keys(vars)) if (name.startsWith("ORIGIN")) delete vars[name];
      }
    },
  ],
  [
    "a new environment",
    ({ wrangler }) => {
      wrangler.env.test = createOwn();
      delete wrangler.env.test.vars.ENTRA_ALLOWED_CLIENTS;
    },
    "weaker  test: ENTRA_ALLOWED_CLIENTS",
  ],
];

const harmless: readonly (readonly [name: string, propose: Propose])[] = [
  ["a comment", edit("const routes", "// The routes.\nconst routes")],
  [
    "lists in another form",
    setVars({ ENTRA_REQUIRED_SCOPE: "orders.all, access_as_user", ENTRA_ALLOWED_CLIENTS: clients[0]!.toUpperCase() }),
  ],
  [
    "defaults that are written",
    setVars({
      GATE_MODE: "enforce",
      ENTRA_CLOUD: "public",
      ENTRA_ACCEPT_V1: "false",
      ENTRA_ALLOWED_TENANTS: tenant,
      ENTRA_CLOCK_SKEW_SECONDS: "60",
    }),
  ],
  ["the log", setVars({ GATE_LOG_ALLOWED: "0.1", GATE_LOG_SUBJECT: "none", OWN: "2" })],
  ["a stronger route", edit('requireAuth("orders.delete")', 'requireAuth("orders.delete", "orders.admin")')],
  ["a further scope", setVars({ ENTRA_REQUIRED_SCOPE: "access_as_user orders.all orders.more" })],
  ["no token for an origin", setVars({ ORIGIN_BILLING_AUTHORIZATION: "strip" })],
  ["a wider zone", set({ routes: ["api.contoso.com/*", "*.contoso.com/*"] })],
  ["a lower limit", ({ part }) => (part.ratelimits[0].simple.limit = 10)],
  ["assets behind the gate", set({ assets: { directory: "public", binding: "ASSETS", run_worker_first: true } })],
  ["another date and observability", set({ compatibility_date: "2026-11-09", observability: { enabled: true } })],
  [
    "another file",
    ({ wrangler, files }) => {
      wrangler.main = "src/gate.ts";
      files["src/gate.ts"] = files["src/worker.ts"]!;
    },
  ],
  ["an environment like the top level", ({ wrangler }) => (wrangler.env.test = createOwn())],
  ["no environment", ({ wrangler }) => delete wrangler.env.staging],
];

/** Four forms of a project. The number of the turn chooses another one for each pull request. */
const forms = ["wrangler.toml", "wrangler.jsonc"].flatMap((file) => ["", "production"].map((env) => ({ file, env })));
const turn = Number(process.env.PULL_REQUEST_TURN ?? 0);

/** Of one pull request. Modules of a folder load once. */
let checkouts: string;
const packages = ["base", "head"].map((side) => path.join(folder, `packages-${side}/node_modules`)) as [string, string];
const merge = path.join(folder, "merge");
/** The command line of the pull request's side. */
let run: RunCommand;

beforeAll(async () => {
  // Each side has an installation of its own.
  for (const each of packages) {
    cpSync(path.join(inject("consumer"), "node_modules"), each, { recursive: true, verbatimSymlinks: true });
    symlinkSync(path.join(root, "node_modules/wrangler"), path.join(each, "wrangler"));
  }
  const names = {
    GIT_AUTHOR_NAME: "a",
    GIT_AUTHOR_EMAIL: "a@contoso.com",
    GIT_COMMITTER_NAME: "a",
    GIT_COMMITTER_EMAIL: "a@contoso.com",
  };
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-C", merge, ...args], { env: { ...process.env, ...names } });
  mkdirSync(merge);
  git("init", "--quiet", "--initial-branch", "main");
  git("commit", "--quiet", "--allow-empty", "-m", "base");
  git("checkout", "--quiet", "-b", "change");
  git("commit", "--quiet", "--allow-empty", "-m", "change");
  git("checkout", "--quiet", "main");
  git("merge", "--quiet", "--no-ff", "-m", "merge", "change");
  run = await importCommand(path.join(packages[1], "entra-gate"));
});

function write({ wrangler, files }: Project, side: 0 | 1, file: string, hasWrangler: boolean): void {
  const target = path.join(checkouts, side === 0 ? "base" : "head");
  mkdirSync(path.join(target, "src"), { recursive: true });
  mkdirSync(path.join(target, "public"));
  writeFileSync(path.join(target, "package.json"), '{ "type": "module" }\n');
  writeFileSync(
    path.join(target, file),
    file.endsWith("toml") ? stringify(wrangler) : `// A comment.\n${JSON.stringify(wrangler, null, 2)}`,
  );
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(target, name), text);
  const modules = path.join(target, "node_modules");
  mkdirSync(modules);
  for (const name of ["entra-gate", "hono", ...(hasWrangler ? ["wrangler"] : [])]) {
    symlinkSync(path.join(packages[side], name), path.join(modules, name));
  }
  if (side === 1) cpSync(path.join(merge, ".git"), path.join(target, ".git"), { recursive: true });
}

const { PATH, HOME } = process.env;

/**
 * Runs the script of action.yml, which also runs `doctor` on both sides.
 *
 * @returns the exit code of `diff`, and the report
 */
function runScript(): Compared {
  const [summary, output] = ["summary", "output"].map((name) => path.join(folder, name));
  writeFileSync(summary!, "");
  writeFileSync(output!, "");
  const script = path.join(root, "tools/pull-request/check.ts");
  const { stdout, stderr } = spawnSync(process.execPath, [script, checkouts], {
    env: { PATH, HOME, GITHUB_STEP_SUMMARY: summary, GITHUB_OUTPUT: output },
    encoding: "utf8",
  });
  const [, code = stderr] = /^diff, head: exit code (\d)$/m.exec(stdout) ?? [];
  const [, report = ""] =
    /<summary>diff, head<\/summary>\n\n`+text\n([\s\S]*?)\n`+\n/.exec(readFileSync(summary!, "utf8")) ?? [];
  return { code, report };
}

/** Runs what the script runs first, in this process. */
async function runDiff(): Promise<Compared> {
  const head = path.join(checkouts, "head");
  const args = ["diff", path.join(checkouts, "base"), head, "--no-dev-vars"];
  const { status, output } = await runIn(head, () => run(args));
  return { code: String(status), report: output };
}

interface Compared {
  readonly code: string;
  readonly report: string;
}

async function check(index: number, prepare: Propose | undefined, propose: Propose) {
  const { file, env } = forms[(index + turn) % forms.length]!;
  checkouts = mkdtempSync(path.join(folder, "checkouts-"));
  const sides = [createProject(env), createProject(env)] as const;
  for (const each of sides) prepare?.(each);
  propose(sides[1]);
  // Some projects of each form have Wrangler, which then reads its file, and go through the script. Both take most of
  // the time.
  const isWhole = index % 9 === 0;
  for (const side of [0, 1] as const) write(sides[side], side, file, isWhole);
  return { ...(isWhole ? runScript() : await runDiff()), env };
}

it.each(weakening.map((each, index) => [each[0], index] as const))("finds %s", async (_, index) => {
  const [, propose, found, prepare] = weakening[index]!;
  const { code, report, env } = await check(index, prepare, propose);
  const [kinds = "", name = ""] = found.split(/ {2}(?=\S+(?: \S+)*$)/);
  expect([code, report]).toEqual([kinds === "unknown" ? "2" : "1", expect.stringContaining(kinds)]);
  const lines = report.split("\n").filter((line) => /^\S.* {2}\S/.test(line) && !line.startsWith("Changes"));
  const names = [name, `${env || "top level"}: ${name}`];
  expect(lines.filter((line) => /^(?:open|weaker|elsewhere|unknown)/.test(line))).toHaveLength(1);
  expect(lines.some((line) => names.some((each) => line === `${kinds}  ${each}`))).toBe(true);
});

it.each(harmless.map((each, index) => [each[0], index] as const))("does not accuse %s", async (_, index) => {
  const { code, report } = await check(index, undefined, harmless[index]![1]);
  expect([code, report]).toEqual(["0", expect.stringMatching(/Not compared: variables, secrets/)]);
});
