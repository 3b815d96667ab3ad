import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { serve } from "../../../cli/common/loopback.ts";
import { renderReport, toMarker } from "../../../tools/pull-request/report.ts";
import { drawComment } from "../support/draw-comment.ts";
import { actions, type Workflow } from "../support/workflows.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const folder = mkdtempSync(path.join(tmpdir(), "entra-gate-pull-request-"));
const repository = path.join(folder, "repository");
const workspace = path.join(folder, "workspace");
afterAll(() => rmSync(folder, { recursive: true }));

/** A command that a shell would run, where names and texts of others stand. */
const trap = "$(touch$IFS$()trapped)";
const worker = `src/worker-${trap}.ts`;

function git(cwd: string, ...args: readonly string[]): void {
  const names = { GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@contoso.com", GIT_AUTHOR_DATE: "2026-01-01T00:00:00Z" };
  const env = { ...process.env, ...names, GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@contoso.com" };
  execFileSync("git", args, { cwd, env: { ...env, GIT_COMMITTER_DATE: names.GIT_AUTHOR_DATE } });
}

function write(name: string, text: string): void {
  const file = path.join(repository, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const routes = (scope: string) => `import { App, createGate, origin, requireAuth } from "entra-gate";

const routes = new App();
routes.get("/orders/:id", { hooks: requireAuth("orders.read") }, origin());
routes.delete("/orders/:id", { hooks: requireAuth("${scope}") }, origin());

export default createGate({ routes, unlisted: "reject" });
`;

const clients = 'ENTRA_ALLOWED_CLIENTS = "c86d3f17-2c9b-4e05-b7d4-59f1e0c2648a"\n';
const wrangler = (more: string) => `name = "orders"
main = "${worker}"
compatibility_date = "2026-10-12"
[vars]
ENTRA_TENANT_ID = "4b1c6e0a-93d7-4f58-8a26-e1d07c35b9f2"
ENTRA_API_AUDIENCE = "api://orders a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a"
ORIGIN_URL = "https://orders.contoso.com"
${more}`;

/** Merges a change of a worker into a branch, as the service does it for a pull request. */
function propose(name: string, text: string, variables = wrangler(clients)): void {
  git(repository, "checkout", "--quiet", "-b", `${name}-${trap}`, "main");
  write(worker, text);
  write("wrangler.toml", variables);
  git(repository, "commit", "--quiet", "--all", "-m", name);
  git(repository, "checkout", "--quiet", "-b", `merge-${name}`, "main");
  git(repository, "merge", "--quiet", "--no-ff", "-m", "merge", `${name}-${trap}`);
}

beforeAll(() => {
  mkdirSync(repository);
  git(repository, "init", "--quiet", "--initial-branch", "main");
  write(".gitignore", "node_modules\n");
  write("package.json", '{ "type": "module" }\n');
  write("wrangler.toml", wrangler(clients));
  write(
    "cases.yaml",
    `callers:
  reader: { scopes: [orders.read] }
cases:
  - { name: a reader reads an order, method: GET, path: /orders/1, caller: reader, expect: { status: 200 } }
  - { name: a reader deletes no order, method: DELETE, path: /orders/1, caller: reader, expect: { status: 403, reason: scope_missing } }
rules:
  - { name: only deleters delete, only: { who: { scopes: [orders.delete] }, requests: "DELETE /orders/*" } }
`,
  );
  write(worker, routes("orders.delete"));
  git(repository, "add", ".");
  git(repository, "commit", "--quiet", "-m", "base");
  propose("same", `// A comment.\n${routes("orders.delete")}`);
  propose("weaker", routes("orders.read"), wrangler(""));
  propose("faulty", `${routes("orders.delete")}throw new Error("::error::\`\`\`\`</details>");\n`);
  // What the input "install" puts into both checkouts.
  const installed = path.join(folder, "node_modules/entra-gate");
  mkdirSync(path.join(installed, "cli"), { recursive: true });
  const importOf = (file: string) => JSON.stringify(pathToFileURL(path.join(root, file)).href);
  writeFileSync(
    path.join(installed, "package.json"),
    JSON.stringify({ type: "module", exports: { ".": "./index.js", "./package.json": "./package.json" } }),
  );
  writeFileSync(path.join(installed, "index.js"), `export * from ${importOf("src/index.ts")};\n`);
  // It also says what code of the pull request could read.
  writeFileSync(
    path.join(installed, "cli/entra-gate.js"),
    `import { appendFileSync } from "node:fs";
appendFileSync(${JSON.stringify(path.join(folder, "seen"))}, Object.keys(process.env).join(" ") + "\\n");
await import(${importOf("cli/entra-gate.js")});
`,
  );
});

interface Comment {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string; readonly type: string };
}

const bot = { login: "github-actions[bot]", type: "Bot" };
let comments: Comment[] = [];
let calls: string[] = [];
let status = 200;
const api = await serve(async (request, response) => {
  const { method, url = "", headers } = request;
  calls.push(`${method} ${url}`);
  const { body } = JSON.parse(Buffer.concat(await request.toArray()).toString() || "{}");
  const [, id] = /comments\/(\d+)$/.exec(url) ?? [];
  const page = Number(new URL(url, "http://localhost").searchParams.get("page"));
  if (headers.authorization !== "Bearer token-of-the-job") response.statusCode = 401;
  else response.statusCode = status;
  if (response.statusCode === 200 && method === "POST") comments.push({ id: comments.length + 1, body, user: bot });
  const patched = method === "PATCH" ? comments.find((comment) => String(comment.id) === id) : undefined;
  if (response.statusCode === 200 && patched !== undefined) patched.body = body;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(method === "GET" ? comments.slice((page - 1) * 100, page * 100) : {}));
});
afterAll(() => api.stop());
afterEach(() => {
  comments = [];
  calls = [];
  status = 200;
  rmSync(path.join(folder, "seen"), { force: true });
});

interface Situation {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly event?: string;
  readonly isFork?: boolean;
}

/** Runs the steps of an action in bash, as the service does. @returns the exit code of the last step that ran */
async function runSteps(
  { name, action }: (typeof actions)[number],
  evaluate: (expression: string) => string,
  environment: Readonly<Record<string, string>>,
) {
  let log = "";
  for (const step of action.runs.steps) {
    if (step.uses?.startsWith("actions/checkout@")) {
      git(folder, "clone", "--quiet", "--branch", environment.MERGE!, repository, inWorkspace(".entra-gate/head"));
    }
    if (step.run === undefined) continue;
    const given = Object.entries(step.env ?? {}).map(([variable, value]) => [
      variable,
      value.replaceAll(/\$\{\{ (.+?) \}\}/g, (_all, expression: string) => evaluate(expression)),
    ]);
    const { PATH, HOME } = process.env;
    const running = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", step.run], {
      cwd: workspace,
      env: {
        PATH: `${path.dirname(process.execPath)}:${PATH}`,
        HOME,
        GITHUB_ACTION_PATH: path.dirname(path.join(root, name)),
        ...environment,
        ...Object.fromEntries(given),
      },
    });
    for (const stream of [running.stdout, running.stderr]) stream.on("data", (text) => (log += text));
    const [code] = await once(running, "close");
    if (code !== 0) return { code, log };
  }
  return { code: 0, log };
}

const inWorkspace = (name: string) => path.join(workspace, name);

/** Starts a job, which has an empty folder and files of its own. */
function startJob(merge: string, event: string): Readonly<Record<string, string>> {
  rmSync(workspace, { recursive: true, force: true });
  mkdirSync(workspace);
  writeFileSync(
    inWorkspace("event"),
    JSON.stringify({ number: 7, pull_request: { title: trap, head: { ref: trap } } }),
  );
  writeFileSync(inWorkspace("output"), "");
  return {
    MERGE: merge,
    GITHUB_EVENT_PATH: inWorkspace("event"),
    GITHUB_STEP_SUMMARY: inWorkspace("summary"),
    GITHUB_OUTPUT: inWorkspace("output"),
    GITHUB_API_URL: api.url,
    GITHUB_EVENT_NAME: event,
    GITHUB_HEAD_REF: trap,
    GITHUB_REPOSITORY: "contoso/orders",
  };
}

const [check, comment] = actions as [(typeof actions)[number], (typeof actions)[number]];

/** Writes a report as a comment, as the second job of docs/how-to/check-pull-requests.md does. */
const runComment = (report: string) =>
  runSteps(
    comment,
    (expression) =>
      ({ "github.token": "token-of-the-job", "inputs.report": report })[expression] ?? expect.fail(expression),
    startJob("", "pull_request"),
  );

/**
 * Runs the two jobs of docs/how-to/check-pull-requests.md.
 *
 * @returns what the first one returns, or the second if that fails
 */
async function runAction(merge: string, { inputs = {}, event = "pull_request", isFork = false }: Situation = {}) {
  const given: Readonly<Record<string, string>> = {
    ...Object.fromEntries(Object.entries(check.action.inputs).map(([name, input]) => [name, input.default])),
    install: `cp -r '${folder}/node_modules' .`,
    cases: "cases.yaml",
    ...inputs,
  };
  const evaluate = (expression: string) => {
    const output = readFileSync(inWorkspace("output"), "utf8");
    if (expression === "steps.check.outputs.exit-code") return /^exit-code=(.*)$/m.exec(output)?.[1] ?? "";
    if (expression === "steps.check.outputs.report") return /^report<<(.+)\n([\s\S]*)\n\1\n$/m.exec(output)?.[2] ?? "";
    return given[/^inputs\.([a-z]+)$/.exec(expression)?.[1] ?? ""] ?? expect.fail(expression);
  };
  const checked = await runSteps(check, evaluate, startJob(merge, event));
  shown = existsSync(inWorkspace("summary")) ? readFileSync(inWorkspace("summary"), "utf8") : "";
  const report = evaluate(check.action.outputs!.report!.value.slice(4, -3));
  if (isFork || report === "") return checked;
  const commented = await runComment(report);
  return { code: commented.code || checked.code, log: checked.log + commented.log };
}

/** The first line of a report about the folder, worker and environment that the action checks by default. */
const marker = toMarker([".", "", ""]);

/** What the last run wrote to the summary. */
let shown = "";
const summary = () => shown;

describe("action.yml", () => {
  it("writes one comment, and the next run writes over it and fails as diff does", async () => {
    expect(await runAction("merge-same")).toMatchObject({ code: 0 });
    expect(comments).toHaveLength(1);
    expect(comments[0]?.body).toContain("all checks passed");
    expect(comments[0]?.body).toBe(summary());

    expect(await runAction("merge-weaker")).toMatchObject({ code: 1 });
    expect(comments).toHaveLength(1);
    expect(comments[0]?.body).toBe(summary());
    expect(summary()).toContain("weaker and stronger  DELETE /orders/:id");
    expect(summary()).toContain("weaker  ENTRA_ALLOWED_CLIENTS");
    expect(summary()).toMatch(/\| `diff` \| {2}\| ✗ exit code 1 \|\n\| `test` \| ✓ exit code 0 \| ✗ exit code 3 \|/);
    // A rule that held. Its scope is one that no route requires any more, and the counterexample is shown all the same.
    expect(summary()).toContain(`✓ only deleters delete
`);
    expect(summary()).toContain(`✗ only deleters delete  (cases.yaml:7)
    DELETE /orders/x, a user with scopes orders.read: 200, by DELETE /orders/:id
`);
    expect(summary()).toContain(
      'the rule names the scope "orders.delete", which no route requires. Use one of orders.read.',
    );
    expect(calls.map((call) => call.split("?")[0])).toEqual([
      "GET /repos/contoso/orders/issues/7/comments",
      "POST /repos/contoso/orders/issues/7/comments",
      "GET /repos/contoso/orders/issues/7/comments",
      "PATCH /repos/contoso/orders/issues/comments/1",
    ]);
    // Update the picture with: npx vitest run --project slow test/project/slow/pull-request.test.ts -u
    await expect(drawComment(summary())).toMatchFileSnapshot(path.join(root, "docs/how-to/pull-request-comment.svg"));
  });

  it("passes if the workflow accepts the change, and no case is against it", async () => {
    const inputs = { accept: "\n DELETE /orders/:id \nENTRA_ALLOWED_CLIENTS", cases: "" };
    expect(await runAction("merge-weaker", { inputs })).toMatchObject({ code: 0 });
    expect(summary()).not.toContain("`test`");
  });

  it("runs no text of others, and gives code of the pull request no token", async () => {
    expect(await runAction("merge-same", { inputs: { accept: trap, env: trap } })).toMatchObject({ code: 3 });
    expect(globSync("**/trapped", { cwd: folder })).toEqual([]);
    const seen = readFileSync(path.join(folder, "seen"), "utf8");
    expect(seen).toContain("NO_COLOR");
    expect(seen).not.toMatch(/GITHUB|TOKEN/);
  });

  it("keeps output in a fence, and out of the commands of the runner", async () => {
    const { code, log } = await runAction("merge-faulty");
    expect(code).toBe(2);
    expect(log).not.toContain("::error::");
    expect(summary()).toMatch(/^`````text\n[\s\S]*````<\/details>[\s\S]*?\n`````$/m);
  });

  it("finds its comment among hundreds, and leaves copies by others alone", async () => {
    const other = { login: "mallory", type: "User" };
    comments = Array.from({ length: 150 }, (_, index) => ({ id: index + 1, body: `${marker}\ncopied`, user: other }));
    comments.push({ id: 151, body: `${marker}\r\nearlier`, user: bot });
    await runComment(`${marker}\nnew`);
    expect(comments).toHaveLength(151);
    expect(comments[150]?.body).toBe(`${marker}\nnew`);
    expect(calls.at(-1)).toBe("PATCH /repos/contoso/orders/issues/comments/151");
  });

  it("writes only the summary for a fork", async () => {
    expect(await runAction("merge-weaker", { inputs: { cases: "" }, isFork: true })).toMatchObject({ code: 1 });
    expect([calls, summary().includes("a check failed")]).toEqual([[], true]);
  });

  it("fails if the comment cannot be written, and names the permission", async () => {
    status = 403;
    const { code, log } = await runComment(`${marker}\nnew`);
    expect([code, log]).toEqual([1, expect.stringContaining("pull-requests: write")]);
  });

  it.each(["pull_request_target", "push"])("refuses the event %s before it reads the repository", async (event) => {
    const { code, log } = await runAction("merge-same", { event });
    expect([code, log]).toEqual([3, expect.stringContaining("::error::")]);
    expect(globSync(".entra-gate", { cwd: workspace })).toEqual([]);
  });

  it.each([
    ["that is empty", ""],
    ["without the marker of the first line", "## All checks passed\n"],
    ["that is too large", `<!-- entra-gate 0123456789abcdef -->\n${"x".repeat(65_536)}`],
  ])("writes no report %s", async (_, report) => {
    const { code, log } = await runComment(report);
    expect([code, log, calls]).toEqual([1, expect.stringContaining("REPORT is"), []]);
  });

  it("writes the comment only in a pull request of the repository, and if there is a report", () => {
    const page = readFileSync(path.join(root, "docs/how-to/check-pull-requests.md"), "utf8");
    const { jobs } = parse(/```yaml\n(name: [\s\S]*?)```/.exec(page)![1]!) as Workflow;
    expect(jobs.comment?.if).toBe(
      "!cancelled() && needs.policy.outputs.report != '' && github.event.pull_request.head.repo.full_name == github.repository",
    );
  });

  it("refuses a commit that is not a merge", async () => {
    expect(await runAction("main")).toMatchObject({ code: 3 });
  });
});

describe("the report", () => {
  it.each(["x", "`", "``` ", "\u202E", "\u20AC", "\u{1F600}"])("has at most 64 KiB, whatever fills it: %j", (text) => {
    const output = text.repeat(100_000);
    const runs = (["diff", "test", "doctor"] as const).flatMap((command) =>
      (["head", "base"] as const).map((side) => ({ command, side, exitCode: 1, output })),
    );
    const report = renderReport("<!-- marker -->", { base: "a".repeat(40), head: "b".repeat(40) }, runs.slice(0, 5));
    expect(Buffer.byteLength(report)).toBeLessThan(65_536);
    expect(report).not.toMatch(/[\p{Cf}\p{Cs}]/u);
  });
});
