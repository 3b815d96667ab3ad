import { execFile } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { PortTakenError, startOnFreePort } from "../../../cli/common/loopback.ts";
import { readPages } from "../../support/docs/pages.ts";
import { type Launcher, startLauncher } from "../../support/launcher.ts";
import { openConnection } from "../../support/origin-socket.ts";
import { readTrials, runTrial } from "../../support/trials.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const startFile = path.join(root, "cli/dev/start.ts");
const runFile = promisify(execFile);

let launcher: Launcher | undefined;

afterEach(async () => {
  await launcher?.stop();
  launcher = undefined;
});

/** Runs the launcher, and returns its output up to the last line. */
async function start(...options: readonly string[]): Promise<string> {
  launcher = await startLauncher(options);
  return launcher.output();
}

/** The title and the command of each request. */
function readRequests(output: string): readonly (readonly [title: string, command: string])[] {
  return [...output.matchAll(/^# (.+)\n(curl .+)$/gm)].map(([, title, command]) => [title!, command!]);
}

it.each([
  [[], [200, 401, 403, 401, 401, 403]],
  [["--downstream"], [200, 401, 403, 401, 401, 403, 200, 200, 403, 401]],
])("prints requests with their actual responses: %j", async (options, statuses) => {
  const trials = readTrials(await start(...options));
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
    const requests = readRequests(await start("--worker", file));
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
    const requests = readRequests(await start(option, "--worker", file));
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
    const output = await start("--worker", worker(text));
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
    const output = await start(...options, "--worker", path.join(folder, "worker.ts"));
    const commands = snippets.find(({ language, code }) => language === "sh" && code.includes(target))?.code ?? "";
    const [gate = "", entra = ""] = output.match(/127\.0\.0\.1:\d+/g) ?? [];
    const requests = commands.replaceAll("127.0.0.1:8787", gate).replaceAll("127.0.0.1:8788", entra);
    const { stdout } = await runFile("bash", ["-ec", requests]);
    expect([...stdout.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status)).toEqual(statuses);
    if (options.length > 0) expect(text).toContain(stdout.split("\r\n\r\n")[1]);
  });
});

it("starts a real MCP server behind the gate, and prints requests with their actual responses", async () => {
  const trials = readTrials(await start("--mcp"));
  expect(trials.map(({ status }) => status)).toEqual([401, 403]);
  for (const { title, status, command } of trials) {
    expect(`${title}: ${await runTrial(command)}`).toBe(`${title}: ${status}`);
  }
});

it("uses the port that it is told, and the next two", async () => {
  const [port, output] = await startOnFreePort(async (port) => {
    const starting = start("--port", String(port));
    const output = await starting.catch((error: Error) => {
      throw /^Port \d+ is taken/.test(error.message) ? new PortTakenError(port) : error;
    });
    return [port, output] as const;
  });
  const ports = [...output.matchAll(/^(?:Gate|Local Entra|Sample origin) +http:\/\/127\.0\.0\.1:(\d+)$/gm)];
  expect(ports.map(([, number]) => Number(number))).toEqual([port, port + 1, port + 2]);
});

it.each(["SIGINT", "SIGTERM"] as const)("exits with 0 on %s and leaves no process running", async (signal) => {
  const output = await start();
  const urls = output.match(/http:\/\/127\.0\.0\.1:\d+$/gm)!;
  expect(new Set(urls).size).toBe(3);
  const connections = await Promise.all(urls.map(openConnection));
  expect(await launcher!.stop(signal)).toEqual([0, null]);
  // A server that still ran would keep its connection. Its port says less, because another server may have it by now.
  await Promise.all(connections.map(({ ended }) => ended));
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
  for (const folder of ["src", "cli", "entra"])
    cpSync(path.join(root, folder), path.join(clone, folder), { recursive: true });
  cpSync(path.join(root, "package.json"), path.join(clone, "package.json"));
  symlinkSync(path.join(root, "node_modules"), path.join(clone, "node_modules"));
  /** Writes it at once, because a build could read half of it otherwise. */
  function routes(text: string): void {
    const file = path.join(clone, "src/routes.ts");
    writeFileSync(
      `${file}.new`,
      `import { App, requireAuth } from "./index.ts";\nexport const routes = new App();\n${text}`,
    );
    renameSync(`${file}.new`, file);
  }

  it("is reported in one line, with file and position, while the last version that starts keeps running", async () => {
    const open = (body: string) => `routes.get("/open", { public: true }, () => ({ status: 200, body: "${body}" }));\n`;
    routes(open("good"));
    launcher = await startLauncher([], clone);
    const { output, errors } = launcher;
    const url = /^Gate +(\S+)$/m.exec(output())?.[1] ?? "";
    const read = async () => (await fetch(`${url}/open`)).text();
    const faults: readonly (readonly [text: string, message: RegExp])[] = [
      ["routes.get(;\n", /^src\/routes\.ts:3:12: Unexpected ";"/],
      ['import "./nowhere.ts";\n', /^src\/routes\.ts:3:8: Could not resolve "\.\/nowhere\.ts"/],
      [
        'routes.get("orders", { hooks: requireAuth("a") }, () => ({ status: 204 }));\n',
        /^src\/routes\.ts:3:8: route GET orders: /,
      ],
    ];
    for (const [text, message] of faults) {
      const before = errors().length;
      const listNew = () => errors().slice(before).split("\n").slice(0, -1);
      routes(text);
      await expect.poll(listNew).toContainEqual(expect.stringMatching(message));
      for (const line of listNew()) {
        expect(line).toMatch(/^src\/routes\.ts:3:\d+: .+ \(The last version that starts keeps running\.\)$/);
        expect(line.length).toBeLessThan(400);
      }
      expect(await read()).toContain("good");
    }
    routes(open("better"));
    await expect.poll(read).toContain("better");
    await expect.poll(output).toContain("Reloaded the gate.");
  });

  it("is reported at the start too", async () => {
    routes("routes.get(;\n");
    const failure = await runFile(process.execPath, [path.join(clone, "cli/dev/start.ts"), "--port", "0"]).catch(
      (error) => error,
    );
    expect(failure).toMatchObject({ code: 1, stderr: 'src/routes.ts:3:12: Unexpected ";"\n' });
  });
});

it.each(["x", "-1", "65535"])("refuses --port=%s", async (port) => {
  const failure = await runFile(process.execPath, [startFile, `--port=${port}`]).catch((error) => error);
  expect(failure).toMatchObject({ code: 1, stderr: `--port ${port} is not a port\n` });
});
