import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toCredential } from "../../cli/common/credential.ts";
import { api, tenants } from "../../entra/directory/directory.ts";
import { createEntra } from "../../entra/entra.ts";
import { startServer } from "../support/server.ts";
import { idVariables } from "./support/ailing-gate.ts";
import { entra } from "./support/explain-world.ts";
import { type CommandRun, runHere } from "./support/run-command.ts";

const root = path.resolve(import.meta.dirname, "../..");
const bin = path.join(root, "cli/entra-gate.js");
const vars = {
  ENTRA_TENANT_ID: tenants.contoso.id,
  ENTRA_API_AUDIENCE: api.clientId,
  ENTRA_REQUIRED_SCOPE: "access_as_user",
};
let directory: string;
let good: string;
let outsider: string;

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "command-"));
  const keys = `https://login.microsoftonline.com/${tenants.contoso.id}/discovery/v2.0/keys`;
  writeFileSync(path.join(directory, "keys.json"), await (await entra.fetch(new Request(keys))).text());
  mkdirSync(path.join(directory, "src"));
  writeFileSync(
    path.join(directory, "src/worker.ts"),
    `import { App, createGate, origin, requireAuth } from ${JSON.stringify(path.join(root, "src/index.ts"))};
     const routes = new App().get("/reports", { middleware: [requireAuth("reports.read")] }, origin());
     export default createGate({ routes });`,
  );
  writeFileSync(
    path.join(directory, "wrangler.toml"),
    `main = "src/worker.ts"
     workers_dev = false
     preview_urls = true
     routes = ["api.contoso.com/*"]
     [vars]
     ENTRA_TENANT_ID = "${tenants.contoso.id}"
     ENTRA_API_AUDIENCE = "${api.clientId}"
     ENTRA_REQUIRED_SCOPE = "access_as_user"`,
  );
  good = await entra.issueAccessToken();
  outsider = await entra.issueAccessToken({ persona: "outsider" });
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Runs the command in the gate's directory. `--at` passes the time of the local Entra's frozen clock. */
const run = (args: readonly string[], input = "", env: Record<string, string> = {}): Promise<CommandRun> =>
  runHere(args, { cwd: directory, env, input });

/** Runs the command in a process of its own. */
function runAlone(args: readonly string[], input = "", env: Record<string, string> = {}): Promise<CommandRun> {
  const child = spawn(process.execPath, [bin, ...args], { cwd: directory, env: { PATH: process.env.PATH, ...env } });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  child.stdin.end(input);
  return new Promise((resolve) => child.on("close", (code) => resolve({ code: code ?? -1, stdout, stderr })));
}

const explain = (input: string, ...args: readonly string[]) =>
  run(["explain", "-", "--keys", "keys.json", "--at", "2026-11-25T12:00:01Z", ...args], input);

describe("the command", () => {
  it("prints its version", async () => {
    const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
    expect(await run(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  it.each([["--help"], ["dev --help"], ["docs"]])("ends quietly if nothing reads the output of %s", async (line) => {
    const child = spawn(process.execPath, [bin, ...line.split(" ")], { cwd: directory });
    child.stdout.destroy();
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    const [code] = await once(child, "close");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it.each([
    ["doctor", "doctor --offline --config ending/wrangler.json"],
    ["diff", "diff ending/worker.ts ending/worker.ts"],
  ])("does not exit with 0 if a module of the project ends the process of %s", async (_, line) => {
    mkdirSync(path.join(directory, "ending"), { recursive: true });
    const inFolder = (file: string) => path.join(directory, "ending", file);
    writeFileSync(inFolder("worker.ts"), "process.exit(0);");
    writeFileSync(inFolder("wrangler.json"), JSON.stringify({ main: "worker.ts", vars }));
    const ended = await runAlone(line.split(" "));
    rmSync(path.join(directory, "ending"), { recursive: true });
    expect(ended).toMatchObject({ code: 2, stdout: "" });
  });

  it("says that a command does not exist, in the help of a command too", async () => {
    expect(await run(["help", "tokn"])).toEqual({
      code: 3,
      stdout: "",
      stderr: expect.stringMatching(/^error: unknown command 'tokn'\n\(Did you mean token\?\)/),
    });
    expect(await run(["help", "token"])).toMatchObject({ code: 0, stdout: expect.stringContaining("--persona") });
  });

  // Start-up is most of the time of a small command.
  it.each([
    ["--help", 0, /^(?:src\/(?!base\/common\/|cli-exports\/text)|entra\/|cli\/\w+\/command\.ts)/],
    ["--version", 0, /^(?:src\/(?!base\/common\/|cli-exports\/text)|entra\/|cli\/\w+\/command\.ts)/],
    ["explain AADSTS50011", 2, /^(?:entra\/(?!directory\/|server\/pages)|cli\/(?!explain\/)\w+\/command\.ts)/],
  ])("loads no module in vain for %s", async (line, exitCode, needless) => {
    const recorder = `import { registerHooks } from "node:module";
      const base = ${JSON.stringify(`${pathToFileURL(root)}/`)};
      const urls = [];
      registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
      process.on("exit", () => console.error(urls.map((url) => url.replace(base, "")).join("\\n")));`;
    const args = ["--import", `data:text/javascript,${encodeURIComponent(recorder)}`, bin, ...line.split(" ")];
    const { stderr, status } = spawnSync(process.execPath, args, { cwd: directory, encoding: "utf8" });
    const loaded = stderr.split("\n");
    expect({ status, isRecorded: loaded.includes("cli/main.ts") }).toEqual({ status: exitCode, isRecorded: true });
    expect(loaded.filter((file) => needless.test(file))).toEqual([]);
  });

  it("shows an example of each command in its help, or the help of the command does", async () => {
    const { stdout } = await run(["--help"]);
    const commands = [...stdout.matchAll(/^ {2}(\w+) .*[\]>] /gm)].map(([, command = ""]) => command);
    expect(commands.length).toBeGreaterThan(7);
    for (const command of commands.filter((each) => each !== "help")) {
      expect((await run([command, "--help"])).stdout).toMatch(new RegExp(`^  \\$ .*entra-gate ${command}`, "m"));
    }
    const shown = [...stdout.matchAll(/^ {2}\$ npx entra-gate (\w+)/gm)].map(([, command = ""]) => command);
    expect(shown.length).toBeGreaterThan(5);
    expect(commands).toEqual(expect.arrayContaining(shown));
  });
});

describe("explain", () => {
  it("explains what is no token, also where no gate is configured", async () => {
    const { code, stdout } = await run(["explain", "AADSTS9010010: The resource parameter does not match."]);
    expect({ code, stdout }).toEqual({
      code: 2,
      stdout: expect.stringMatching(/^An error of Entra\n\nAADSTS9010010: .*Expose an API/s),
    });
    const piped = await run(["explain", "-", "--json"], '{"event":"refused","reason":"scope_missing"}');
    // A script that asks whether a caller is admitted may get an error of Entra in place of a token.
    expect(piped.code).toBe(2);
    expect(JSON.parse(piped.stdout)).toMatchObject({ cause: { link: "reference/reasons#scope_missing" } });
  });

  it("exits with 0 for an allowed token, read from standard input", async () => {
    const args = ["explain", "-", "--keys", "keys.json", "--at", "2026-11-25T12:00:01Z"];
    const { code, stdout, stderr } = await runAlone(args, `${good}\n`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Allowed\n/);
  });

  it("exits with 1 for a refused token, in JSON", async () => {
    const { code, stdout } = await explain(`Authorization: Bearer ${outsider}`, "--json");
    const { verdict, answer, causes, signature } = JSON.parse(stdout);
    expect(code).toBe(1);
    expect(verdict).toEqual({ outcome: "refused", denial: { reason: "tenant_not_allowed" } });
    expect([answer.status, causes[0].id, signature]).toEqual([401, "wrong-tenant", "held"]);
  });

  it("exits with 2 if the result is undecided", async () => {
    const { code, stdout } = await run(["explain", good, "--no-verify", "--at", "1795608001"]);
    expect(code).toBe(2);
    expect(stdout).toMatch(/^Could not tell/);
    expect(stdout).toContain("NOT VERIFIED");
  });

  it("says why the keys are unavailable", async () => {
    const { url, stop } = await startServer(createServer());
    await stop();
    const env = { ENTRA_AUTHORITY: url };
    const local = await createEntra().issueAccessToken({ authority: env.ENTRA_AUTHORITY });
    const { code, stdout } = await run(["explain", local], "", env);
    expect(code).toBe(2);
    expect(stdout).toContain("The command got no signing keys from the authority");
    expect(stdout).toContain("keys: unreachable: ECONNREFUSED");
  });

  it("exits with 2 if only the requirement is unknown", async () => {
    const worker = path.join(directory, "silent.ts");
    writeFileSync(worker, "export default { fetch() {} };");
    writeFileSync(path.join(directory, "silent.json"), JSON.stringify({ main: worker, vars }));
    const { code, stdout } = await explain(good, "--config", "silent.json");
    rmSync(worker);
    rmSync(path.join(directory, "silent.json"));
    expect(code).toBe(2);
    expect(stdout).toMatch(/^Could not tell {2}the default export of silent\.ts does not show its routes/);
  });

  it("lists the environments of the file if its top level configures nothing", async () => {
    const other = path.join(directory, "other");
    mkdirSync(other);
    writeFileSync(path.join(other, "wrangler.json"), JSON.stringify({ env: { live: { vars }, test: { vars } } }));
    const listed = "wrangler.json also has --env live, --env test";
    for (const command of ["explain", "doctor"]) {
      const unset = await run([command, "--config", "other/wrangler.json"], good);
      expect(unset).toMatchObject({ code: 3, stderr: expect.stringContaining(listed) });
      const partly = await run([command, "--config", "other/wrangler.json"], good, { ENTRA_CLOUD: "public" });
      expect(partly).toMatchObject({ code: 1, stdout: expect.stringContaining(listed) });
    }
    rmSync(other, { recursive: true });
  });

  it("explains a method without a route", async () => {
    const { code, stdout } = await explain(good, "--route", "POST /reports");
    expect(code).toBe(0);
    expect(stdout).toContain(
      "POST has no route at this path, which has routes for GET, HEAD: the default requirement applies",
    );
  });

  it("says that secrets of a deployed environment could name the origin", async () => {
    const config = { main: "src/worker.ts", vars, env: { live: { vars } } };
    writeFileSync(path.join(directory, "live.json"), JSON.stringify(config));
    const own = await explain(good, "--config", "live.json");
    const live = await explain(good, "--config", "live.json", "--env", "live");
    rmSync(path.join(directory, "live.json"));
    const zone = "\nOrigin  the zone's own origin";
    expect(own.stdout).toContain(`${zone}\n`);
    expect(live.stdout).toContain(`${zone}, unless a secret sets ORIGIN_URL: this command does not see secrets\n`);
  });

  it("uses the routes of the worker", async () => {
    const { code, stdout } = await explain(good, "--route", "GET /reports");
    expect(code).toBe(1);
    expect(stdout).toContain("scope_missing");
    expect(stdout).toContain("reports.read");
    expect(stdout).toContain("\n  npx entra-gate docs reference/reasons#scope_missing\n");
  });

  it("does not change the case of a method, because the gate refuses lower case", async () => {
    const { code, stdout } = await explain(good, "--route", "get /reports");
    expect(code).toBe(1);
    expect(stdout).toContain("method_not_supported");
  });

  it("stores the token nowhere", async () => {
    await explain(good);
    expect((await readdir(directory)).sort()).toEqual(["keys.json", "src", "wrangler.toml"]);
  });

  it("uses colors only on request", async () => {
    const args = ["explain", "-", "--keys", "keys.json"];
    expect((await runAlone(args, outsider)).stdout).not.toContain("\u001b");
    expect((await runAlone(args, outsider, { FORCE_COLOR: "1" })).stdout).toContain("\u001b[");
    expect((await runAlone(args, outsider, { NO_COLOR: "1" })).stdout).not.toContain("\u001b");
  });
});

describe("usage errors", () => {
  it.each([
    [["explain", "-"], "the token is missing: pipe it in"],
    [["explain", "x", "--route", "orders"], '--route "orders" must look like "GET /orders/1"'],
    [["explain", "x", "--at", "noon"], "--at noon must be"],
    [["explain", "x", "--keys", "nowhere.json"], "--keys nowhere.json"],
    [["explain", "x", "--keys", "wrangler.toml"], "key set is not a JSON object"],
    [["explain", "x", "--keys", "keys.json", "--no-verify"], "cannot be used together"],
    [["explain", "x", "--revocations", "keys.json"], "--revocations has no effect: the gate does not have the option"],
    [["doctor", "--offline", "--registration"], "option '--registration' cannot be used with option '--offline'"],
    [["explain", "x", "--config", "nowhere.toml"], "the file does not exist"],
    [["explain", "x", "--colour"], "unknown option '--colour'"],
    [
      ["init", "--scope", "a", "--scope", "b"],
      "option '--scope <name>' argument 'b' is invalid. It may occur only once.",
    ],
    [["explian"], "unknown command 'explian'"],
  ])("%j are reported without a stack, and exit with 3", async (args, message) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it.each([["--help"], ["explain --help"], ["doctor --help"], ["init --help"], ["smoke --help"]])(
    "%s prints help, with examples for commands with options",
    async (line) => {
      const { code, stdout } = await run(line.split(" "));
      expect(code).toBe(0);
      expect(stdout).toMatch(/^Usage: entra-gate/);
      if (line !== "--help") expect(stdout).toContain("$ npx entra-gate");
    },
  );
});

describe("doctor", () => {
  it("exits with 0 if there are only warnings, and with 1 if they count", async () => {
    const { code, stdout } = await run(["doctor", "--offline"], "", idVariables);
    expect(code).toBe(0);
    expect(stdout).toContain("GET /reports: a user with scope reports.read");
    expect(stdout).toContain("Faults: 0. Warnings: 1.");
    expect((await run(["doctor", "--offline", "--strict"], "", idVariables)).code).toBe(1);
  });

  it("exits with 1 for a fault, in JSON", async () => {
    const { code, stdout } = await run(["doctor", "--offline", "--json"], "", { ENTRA_TENANT_ID: "common" });
    expect(code).toBe(1);
    expect(JSON.parse(stdout).findings).toMatchObject([{ area: "configuration", state: "fault" }]);
  });
});

it.each([
  ["a.b.c", "Bearer a.b.c"],
  ["Bearer a.b.c", "Bearer a.b.c"],
  ["authorization:  bearer a.b.c", "bearer a.b.c"],
  ['"a.b.c"', "Bearer a.b.c"],
  ["'Authorization: Bearer a.b.c',\n", "Bearer a.b.c"],
  ["\n a.b\r\n  .c\n", "Bearer a.b.c"],
  // The client sent these quotes.
  ['Bearer "a.b.c"', 'Bearer "a.b.c"'],
])("reads %j as a credential", (text, credential) => {
  expect(toCredential(text)).toBe(credential);
});
