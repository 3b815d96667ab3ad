import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { readPages } from "../support/docs/pages.ts";
import { guideEnd, readTrials, runTrial } from "../support/trials.ts";

const root = path.resolve(import.meta.dirname, "../..");
const startFile = path.join(root, "dev/start.ts");
const runFile = promisify(execFile);

let launcher: ChildProcess | undefined;

/** Sends SIGTERM, because a killed launcher cannot stop its workers. */
afterEach(async () => {
  if (launcher?.kill("SIGTERM")) await once(launcher, "exit");
  launcher = undefined;
});

/** Runs the launcher, and returns its output up to the last line. */
async function start(...options: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [startFile, ...options], { stdio: ["ignore", "pipe", "inherit"] });
  launcher = child;
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  await expect.poll(() => output, { timeout: 30_000 }).toContain(guideEnd);
  return output;
}

/** The title and the command of each request. */
function readRequests(output: string): readonly (readonly [title: string, command: string])[] {
  return [...output.matchAll(/^# (.+)\n(curl .+)$/gm)].map(([, title, command]) => [title!, command!]);
}

it.each([
  [[], [200, 401, 403, 401, 401, 403]],
  [["--downstream"], [200, 401, 403, 401, 401, 403, 200, 200, 403, 401]],
])("prints requests with their actual responses: %j", async (options, statuses) => {
  const trials = readTrials(await start("--port", "0", ...options));
  expect(trials.map(({ status }) => status)).toEqual(statuses);
  for (const { title, status, command } of trials) {
    expect(`${title}: ${await runTrial(command)}`).toBe(`${title}: ${status}`);
  }
});

describe("your own worker", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "own-worker-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const worker = (text: string) => {
    const file = path.join(folder, "worker.ts");
    const imports = `import { App, createGate, requireAuth } from "${path.join(root, "src/index.ts")}";
      import { mcp } from "${path.join(root, "src/mcp/mcp.ts")}";`;
    writeFileSync(file, `${imports}\n${text}`);
    return file;
  };

  it("gets requests that its own routes allow", async () => {
    const file = worker(`
      const hello = () => ({ status: 200, body: "hello" });
      const routes = new App()
        .get("/tea/:id", { hooks: requireAuth({ anyRole: ["Tea.Read"] }) }, hello)
        .post("/tea", { hooks: requireAuth({ scopes: ["tea.write"], acrs: ["c1"] }) }, hello)
        .get("/open/*", { public: true }, hello);
      export default createGate({ routes, unlisted: "reject" });`);
    const requests = readRequests(await start("--port", "0", "--worker", file));
    expect(requests.map(([title]) => title)).toEqual([
      "GET /tea/:id without a token: 401",
      "GET /tea/:id: an app with one of roles Tea.Read",
      "POST /tea: a user with tea.write, contexts c1",
      "GET /open/*: public",
    ]);
    expect(await Promise.all(requests.map(([, command]) => runTrial(command)))).toEqual([401, 200, 200, 200]);
  });

  it.each([
    ["--downstream", ""],
    ["--mcp", 'routes.register(mcp("/mcp", { hooks: requireAuth("tea.read") }));'],
  ])("gets no request of the sample gate of %s", async (option, more) => {
    const file = worker(`
      const hello = () => ({ status: 200, body: "hello" });
      const routes = new App();
      for (const name of ["a", "b", "c", "d", "e", "f"]) routes.get("/" + name, { hooks: requireAuth("tea.read") }, hello);
      ${more}
      export default createGate({ routes, unlisted: "reject" });`);
    const requests = readRequests(await start("--port", String(await findPorts()), option, "--worker", file));
    const names = ["a", "b", "c", "d", "e"].map((name) => `GET /${name}: a user with tea.read`);
    expect(requests.map(([title]) => title)).toEqual([
      "GET /a without a token: 401",
      ...names,
      expect.stringMatching(/^Other routes: replace YOUR\/PATH\. .*&scope=NAME/),
    ]);
    const answers = requests.map(([, command]) =>
      runTrial(command.replace("/YOUR/PATH", "/f").replace("token?", "token?scope=tea.read&")),
    );
    expect(await Promise.all(answers)).toEqual([401, ...Array(6).fill(200)]);
  });

  it("gets one request to complete if its routes are unknown", async () => {
    const text =
      "export default { fetch: (request) => new Response(request.headers.get('authorization') && new URL(request.url).pathname) };";
    const output = await start("--port", "0", "--worker", worker(text));
    const [[title, command] = [], ...others] = readRequests(output);
    expect(others).toEqual([]);
    expect(title).toMatch(/^The worker does not show its routes: replace YOUR\/PATH\. /);
    const { stdout } = await runFile("sh", ["-c", command!]);
    expect(stdout).toMatch(/\/YOUR\/PATH$/);
  });

  it.each([
    ["docs/how-to/call-graph-as-the-user.md", "/me/graph", ["200"], ["--downstream"]],
    ["docs/how-to/protect-routes.md", "/approve", ["200", "403"], []],
    ["docs/tutorials/first-gate.md", "/approve", ["403", "200", "204"], []],
  ])("answers the requests of %s as the page says", async (file, target, statuses, options) => {
    const { snippets = [], text = "" } = readPages().find((page) => page.file === file) ?? {};
    for (const [name, mark] of [
      ["routes.ts", "export const routes"],
      ["worker.ts", "export default"],
    ] as const) {
      const code = snippets.find(({ language, code }) => language === "ts" && code.includes(mark))?.code ?? "";
      writeFileSync(path.join(folder, name), code.replace(/"\.\/(index|downstream)/g, `"${root}/src/$1`));
    }
    const output = await start("--port", "0", ...options, "--worker", path.join(folder, "worker.ts"));
    const commands = snippets.find(({ language, code }) => language === "sh" && code.includes(target))?.code ?? "";
    const [gate = "", entra = ""] = output.match(/127\.0\.0\.1:\d+/g) ?? [];
    const requests = commands.replaceAll("127.0.0.1:8787", gate).replaceAll("127.0.0.1:8788", entra);
    const { stdout } = await runFile("bash", ["-ec", requests]);
    expect([...stdout.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status)).toEqual(statuses);
    if (options.length > 0) expect(text).toContain(stdout.split("\r\n\r\n")[1]);
  });
});

it("starts a real MCP server behind the gate, and prints requests with their actual responses", async () => {
  const trials = readTrials(await start("--mcp", "--port", String(await findPorts())));
  expect(trials.map(({ status }) => status)).toEqual([401, 403]);
  for (const { title, status, command } of trials) {
    expect(`${title}: ${await runTrial(command)}`).toBe(`${title}: ${status}`);
  }
});

it("says that an MCP server needs a port", async () => {
  const failure = await runFile(process.execPath, [startFile, "--mcp", "--port=0"]).catch((error) => error);
  expect(failure).toMatchObject({ code: 1, stderr: expect.stringContaining("--mcp needs a port") });
});

/**
 * Finds the first of three free ports. Other tests run at the same time and take free ports from 32,768 on, so the search
 * stays below that.
 */
async function findPorts(): Promise<number> {
  for (let port = 20_000 + (process.pid % 1_000) * 10; port < 32_000; port += 3) {
    if ((await Promise.all([port, port + 1, port + 2].map(isFree))).every(Boolean)) return port;
  }
  throw new Error("no three ports in a row are free");
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  const listens = await once(server, "listening").then(
    () => true,
    () => false,
  );
  if (listens) await new Promise((resolve) => server.close(resolve));
  return listens;
}

it.each(["SIGINT", "SIGTERM"] as const)("exits with 0 on %s and leaves no process running", async (signal) => {
  const output = await start("--port", "0");
  const urls = output.match(/http:\/\/127\.0\.0\.1:\d+$/gm)!;
  expect(new Set(urls).size).toBe(3);
  const ended = once(launcher!, "exit");
  launcher!.kill(signal);
  expect(await ended).toEqual([0, null]);
  for (const url of urls) await expect(fetch(url)).rejects.toThrow();
});

it("reports a taken port and how to choose another one, in one line", async () => {
  const blocker = createServer().listen(0, "127.0.0.1");
  await once(blocker, "listening");
  const { port } = blocker.address() as { port: number };
  const failure = await runFile(process.execPath, [startFile, "--port", String(port)]).catch((error) => error);
  blocker.close();
  expect(failure).toMatchObject({ code: 1, stdout: "" });
  const [, named] = /^Port (\d+) is taken\. .*--port N.*\n$/.exec(failure.stderr) ?? [];
  // Other programs may use the two ports after it.
  expect([port, port + 1, port + 2].map(String)).toContain(named);
});

it("prints help, and reports a wrong option in one line", async () => {
  const { stdout } = await runFile(process.execPath, [startFile, "--help"]);
  expect(stdout).toMatch(/^Usage: npm run dev/);
  const failure = await runFile(process.execPath, [startFile, "--prot", "1"]).catch((error) => error);
  expect(failure).toMatchObject({ code: 1, stderr: expect.stringMatching(/^Unknown option '--prot'.*\n$/) });
});

describe("a gate that does not start", () => {
  const clone = mkdtempSync(path.join(tmpdir(), "entra-gate-dev-"));
  afterAll(() => rmSync(clone, { recursive: true }));
  for (const folder of ["src", "dev"]) cpSync(path.join(root, folder), path.join(clone, folder), { recursive: true });
  cpSync(path.join(root, "package.json"), path.join(clone, "package.json"));
  symlinkSync(path.join(root, "node_modules"), path.join(clone, "node_modules"));
  const routes = (text: string) =>
    writeFileSync(
      path.join(clone, "src/routes.ts"),
      `import { App, requireAuth } from "./index.ts";\nexport const routes = new App();\n${text}`,
    );

  it("is reported in one line, with file and position, while the last version that starts keeps running", async () => {
    const open = (body: string) => `routes.get("/open", { public: true }, () => ({ status: 200, body: "${body}" }));\n`;
    routes(open("good"));
    const child = spawn(process.execPath, [path.join(clone, "dev/start.ts"), "--port", "0"], { cwd: clone });
    launcher = child;
    let [output, errors] = ["", ""];
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      errors += chunk;
    });
    await expect.poll(() => output, { timeout: 60_000 }).toContain(guideEnd);
    const url = /^Gate +(\S+)$/m.exec(output)?.[1] ?? "";
    const faults: readonly (readonly [text: string, message: RegExp])[] = [
      ["routes.get(;\n", /^src\/routes\.ts:3:12: Unexpected ";"/],
      ['import "./nowhere.ts";\n', /^src\/routes\.ts:3:8: Could not resolve "\.\/nowhere\.ts"/],
      [
        'routes.get("orders", { hooks: requireAuth("a") }, () => ({ status: 204 }));\n',
        /^src\/routes\.ts:3:8: route GET orders: /,
      ],
    ];
    for (const [text, message] of faults) {
      errors = "";
      routes(text);
      await expect.poll(() => errors, { timeout: 20_000 }).toMatch(message);
      expect(errors.trim().split("\n")).toHaveLength(1);
      expect(errors.length).toBeLessThan(400);
      expect(await (await fetch(`${url}/open`)).text()).toContain("good");
    }
    routes(open("better"));
    await expect.poll(() => output, { timeout: 20_000 }).toContain("Reloaded the gate.");
    expect(await (await fetch(`${url}/open`)).text()).toContain("better");
  });

  it("is reported at the start too", async () => {
    routes("routes.get(;\n");
    const failure = await runFile(process.execPath, [path.join(clone, "dev/start.ts"), "--port", "0"]).catch(
      (error) => error,
    );
    expect(failure).toMatchObject({ code: 1, stderr: 'src/routes.ts:3:12: Unexpected ";"\n' });
  });
});

it.each(["x", "-1", "65535"])("refuses --port=%s", async (port) => {
  const failure = await runFile(process.execPath, [startFile, `--port=${port}`]).catch((error) => error);
  expect(failure).toMatchObject({ code: 1, stderr: `--port ${port} is not a port\n` });
});
