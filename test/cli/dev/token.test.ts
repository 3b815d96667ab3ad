import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveFetch } from "../../../cli/common/loopback.ts";
import { type Launcher, startLauncher } from "../../support/launcher.ts";
import { runHere } from "../support/run-command.ts";
import { createProject, root, type TestProject } from "./support/project.ts";

let project: TestProject;
let launcher: Launcher;
let entraUrl: string;
let gateUrl: string;

beforeAll(async () => {
  project = createProject(`
    const hello = () => ({ status: 200, body: "hello" });
    const routes = new App()
      .get("/user", { hooks: requireAuth("access_as_user") }, hello)
      .get("/write", { hooks: requireAuth({ scopes: ["orders.read", "orders.write"] }) }, hello)
      .get("/admin", { hooks: requireAuth({ kind: "user", roles: ["Orders.Admin"] }) }, hello)
      .get("/daemon", { hooks: requireAuth({ anyRole: ["Orders.Read.All"] }) }, hello)
      .get("/step-up", { hooks: requireAuth({ scopes: ["access_as_user"], acrs: ["c1"] }) }, hello);
    const more = routes.get(
      "/both",
      { hooks: requireAuth({ scopes: ["access_as_user"], from: ["default", "customers"] }) },
      hello,
    );
    export default createGate({ authorities: authorities("customers"), routes: more, unlisted: "reject" });`);
  launcher = await startLauncher([], { cwd: project.folder });
  [, entraUrl = ""] = /^Local Entra +(\S+)$/m.exec(launcher.output()) ?? [];
  [, gateUrl = ""] = /^Gate +(\S+)$/m.exec(launcher.output()) ?? [];
});
afterAll(async () => {
  await launcher?.stop();
  project.remove();
});

interface Ended {
  readonly status: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

async function runIn(cwd: string, args: readonly string[], input = ""): Promise<Ended> {
  const { code, stdout, stderr } = await runHere(args, { cwd, input });
  return { status: code, stdout, stderr };
}
const run = (...options: readonly string[]) => runIn(root, ["token", ...options]);

/** The gate's decision about a request with the token: its status, and the reason in its log. */
async function decide(target: string, token: string): Promise<readonly [status: number, reason: string | undefined]> {
  const before = launcher.output().length;
  const response = await fetch(gateUrl + target, { headers: { Authorization: `Bearer ${token.trim()}` } });
  const body = await response.text();
  const [, id] = /"instance":"urn:uuid:([0-9a-f-]+)"/.exec(body) ?? [];
  if (id === undefined) return [response.status, undefined];
  const findLine = () =>
    launcher
      .output()
      .slice(before)
      .split("\n")
      .find((line) => line.includes(`"id":"${id}"`));
  await expect.poll(findLine).toBeDefined();
  return [response.status, JSON.parse(findLine()!).reason];
}

describe("the gate decides about a token with", () => {
  it.each([
    ["/user", [], [200, undefined]],
    ["/user", ["--scope", "orders.read"], [403, "scope_missing"]],
    ["/user", ["--scope", ""], [401, "kind_unknown"]],
    ["/user", ["--persona", "outsider"], [401, "tenant_not_allowed"]],
    ["/user", ["--tenant", "fabrikam"], [401, "tenant_not_allowed"]],
    ["/user", ["--client", "daemon"], [403, "kind_not_allowed"]],
    ["/user", ["--api", "mcp-api"], [401, "audience_mismatch"]],
    ["/user", ["--without", "tid"], [401, "tenant_invalid"]],
    ["/user", ["--without", "iss", "aud"], [401, "issuer_mismatch"]],
    ["/user", ["--expired"], [401, "expired"]],
    ["/write", ["--scope", "orders.read", "orders.write"], [200, undefined]],
    ["/write", ["--scope", "orders.read", "--scope", "orders.write"], [200, undefined]],
    ["/write", ["--scope", "orders.read"], [403, "scope_missing"]],
    ["/admin", ["--persona", "admin"], [200, undefined]],
    ["/admin", ["--role", "Orders.Admin"], [200, undefined]],
    ["/admin", [], [403, "role_missing"]],
    ["/daemon", ["--client", "daemon"], [200, undefined]],
    ["/daemon", ["--client", "daemon", "--role", "Orders.Admin"], [403, "role_missing"]],
    ["/daemon", ["--client", "daemon-without-roles"], [403, "role_missing"]],
    ["/user", ["--client", "daemon", "--persona", "member", "--scope", "access_as_user"], [200, undefined]],
    ["/step-up", ["--acrs", "c1"], [200, undefined]],
    ["/step-up", [], [403, "authentication_context_missing"]],
    ["/both", [], [200, undefined]],
    ["/both", ["--authority", "customers"], [200, undefined]],
    ["/both", ["--authority", "customers", "--scope", "orders.read"], [403, "scope_missing"]],
    ["/user", ["--authority", "customers"], [403, "authority_not_allowed"]],
  ] as const)("GET %s %j", async (target, options, decision) => {
    const { status, stdout, stderr } = await run("--entra", entraUrl, ...options);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(await decide(target, stdout)).toEqual(decision);
  });
});

it("dev prints a line for a caller of each authority that a route names", () => {
  const trials = [...launcher.output().matchAll(/^# GET (\/user|\/both)(.*)\ncurl .*gate token --entra \S+(.*)\)" /gm)];
  expect(trials.map(([, path, title, options]) => [path, title, options])).toEqual([
    ["/user", " from default: a user with scope access_as_user", " --scope access_as_user"],
    ["/user", " from customers: 403", " --authority customers"],
    ["/both", " from default: a user of default or customers with scope access_as_user", " --scope access_as_user"],
    [
      "/both",
      " from customers: a user of default or customers with scope access_as_user",
      " --authority customers --scope access_as_user",
    ],
    ["/both", " for a user with another scope: 403", " --scope other.scope"],
  ]);
});

describe("in the folder of a dev with other ports", () => {
  it("explain uses the variables of dev for a token of an authority with a name", async () => {
    const { stdout: token } = await runIn(project.folder, ["token", "--authority", "customers"]);
    const explained = await runIn(project.folder, ["explain", "-", "--route", "GET /user", "--json"], token);
    expect(explained).toMatchObject({ status: 1, stderr: "" });
    expect(JSON.parse(explained.stdout)).toMatchObject({
      verdict: { outcome: "refused", denial: { reason: "authority_not_allowed" } },
      signature: "held",
      sources: ["entra-gate dev"],
    });
  });

  it("token asks its local Entra, and explain uses its issuer and variables", async () => {
    const { status, stdout, stderr } = await runIn(project.folder, ["token", "--scope", "orders.read"]);
    expect([status, stderr]).toEqual([0, ""]);
    expect(await decide("/user", stdout)).toEqual([403, "scope_missing"]);
    const explained = await runIn(project.folder, ["explain", "-", "--route", "GET /user", "--json"], stdout);
    expect(explained).toMatchObject({ status: 1, stderr: "" });
    expect(JSON.parse(explained.stdout)).toMatchObject({
      verdict: { outcome: "refused", denial: { reason: "scope_missing" } },
      signature: "held",
      sources: ["entra-gate dev"],
    });
  });

  it("explain takes a token of another issuer for one of the files, if they have the variables", async () => {
    project.write(
      ".dev.vars",
      "ENTRA_TENANT_ID=11111111-2222-4333-8444-555555555555\nENTRA_API_AUDIENCE=api://orders\n",
    );
    try {
      const { stdout: token } = await runIn(project.folder, ["token"]);
      const own = await runIn(project.folder, ["explain", "-", "--route", "GET /user", "--json"], token);
      expect(own).toMatchObject({ status: 0, stderr: "" });
      const { stdout: customer } = await runIn(project.folder, ["token", "--authority", "customers"]);
      const named = await runIn(project.folder, ["explain", "-", "--route", "GET /both", "--json"], customer);
      expect(named).toMatchObject({ status: 0, stderr: "" });
      const { stdout: foreign } = await runIn(project.folder, ["token", "--without", "iss"]);
      const other = await runIn(project.folder, ["explain", "-", "--no-verify", "--json"], foreign);
      expect(JSON.parse(other.stdout).sources).toEqual([".dev.vars"]);
    } finally {
      project.write(".dev.vars", "");
    }
  });

  it("explain --entra trusts a local Entra from any folder, and never for a deployed environment", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "entra-gate-elsewhere-"));
    const { stdout: token } = await run("--entra", entraUrl);
    const { status, stdout } = await runIn(folder, ["explain", "-", "--entra", entraUrl, "--json"], token);
    rmSync(folder, { recursive: true });
    // Only the routes are unknown there.
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: { outcome: "unknown" }, signature: "held" });
    const deployed = await runIn(project.folder, ["explain", "-", "--entra", entraUrl, "--env", ""], token);
    expect(deployed.stderr).toMatch(/^error: --entra and --env cannot be used together: /);
  });
});

describe("a mistake", () => {
  it.each([
    [
      ["--persona", "nobody"],
      /^error: no persona "nobody" in the directory\. Use one of member, guest, admin, [^\n]*\n$/,
    ],
    [["--client", "nothing"], /^error: no client "nothing" in the directory\. Use one of [^\n]*\bspa\b[^\n]*\n$/],
    [["--api", "orders"], /^error: no API "orders" in the directory\. Use one of api, [^\n]*\n$/],
    [["--tenant", "nowhere"], /^error: no tenant "nowhere" in the directory\. Use one of contoso, fabrikam, msa\n$/],
    [
      ["--client", "daemon", "--scope", "orders.read"],
      /^error: a token of daemon without a user has no scopes: leave out scope, or add a persona, such as member\. An app has roles, such as Orders\.Read\.All\n$/,
    ],
    [["--client", "agent", "--group", "a"], /^error: a token of agent without a user has no groups: leave out group, /],
    [["--scop", "a"], /^error: unknown option '--scop'/],
  ])("is one sentence: %j", async (options, message) => {
    const { status, stdout, stderr } = await run("--entra", entraUrl, ...options);
    expect([status, stdout]).toEqual([3, ""]);
    expect(stderr).toMatch(message);
  });

  it("says how to start a local Entra if none answers, or another program does", async () => {
    const other = await serveFetch(() => new Response("hello"));
    let isClosed = false;
    const endless = await serveFetch(
      () =>
        new Response(
          new ReadableStream({
            pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
            cancel() {
              isClosed = true;
            },
          }),
        ),
    );
    for (const url of [other.url, endless.url, "http://127.0.0.1:1"]) {
      const { status, stdout, stderr } = await run("--entra", url);
      expect([status, stdout]).toEqual([3, ""]);
      expect(stderr).toBe(
        `error: no local Entra answers at ${url}: start it with npx entra-gate dev, or pass the address that it prints with --entra\n`,
      );
    }
    await expect.poll(() => isClosed).toBe(true);
    await Promise.all([other.stop(), endless.stop()]);
  });

  it.each(["https://login.microsoftonline.com", "nowhere"])("asks no server elsewhere: %s", async (url) => {
    const { status, stderr } = await run("--entra", url);
    expect([status, stderr]).toEqual([
      3,
      `error: --entra ${url} must be the address of a local Entra, such as http://127.0.0.1:8788\n`,
    ]);
  });
});
