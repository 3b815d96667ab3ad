import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { findPort, type LoopbackServer, serveFetch } from "../../../../cli/common/loopback.ts";
import { clients } from "../../../../entra/directory/clients.ts";
import { readPage } from "../../../support/docs/pages.ts";
import { sendRequest } from "../../../support/http.ts";
import { type Launcher, startLauncher } from "../../../support/launcher.ts";
import { runIn } from "../../../support/package/command.ts";
import { runHere } from "../../support/run-command.ts";
import { type Shell, startShell } from "../../support/shell.ts";
import { createProject, root, type TestProject, wranglerText } from "../support/project.ts";

const command = path.join(root, "cli/entra-gate.js");
const runFile = promisify(execFile);

let launcher: Launcher | undefined;
let project: TestProject | undefined;

async function stop(): Promise<void> {
  await launcher?.stop();
  project?.remove();
  [launcher, project] = [undefined, undefined];
}

/** Starts `dev` in a project, and returns what it prints up to the last line of its guide. */
async function start(own: TestProject, ...options: readonly string[]): Promise<string> {
  project = own;
  launcher = await startLauncher(options, { cwd: own.folder, env: { DEV_TEST_MARK: mark } });
  return launcher.output();
}

/** Starts it with temporary files of its own. Commands that look for it do not find it. */
async function startApart(own: TestProject): Promise<string> {
  project = own;
  launcher = await startLauncher([], { cwd: own.folder, env: { DEV_TEST_MARK: mark, TMPDIR: temporary } });
  return launcher.output();
}

/** Temporary files of such a start. */
const temporary = mkdtempSync(path.join(tmpdir(), "entra-gate-dev-tmp-"));
afterAll(() => rmSync(temporary, { recursive: true }));
const listSecrets = () =>
  readdirSync(temporary, { recursive: true, encoding: "utf8" }).filter((name) => /secrets/.test(name));

/** In the environment of every process of a start. */
const mark = crypto.randomUUID();

/** The processes of a start, on Linux. */
function listMarked(): readonly string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, "utf8").includes(`DEV_TEST_MARK=${mark}`);
    } catch {
      return false;
    }
  });
}

/** The ports on which the processes of a start listen, on Linux. */
function listPorts(): readonly number[] {
  const sockets = new Set(
    listMarked().flatMap((pid) =>
      readdirSync(`/proc/${pid}/fd`).map((name) => {
        try {
          return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${name}`))?.[1];
        } catch {
          return undefined;
        }
      }),
    ),
  );
  const lines = readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1);
  const fields = lines.map((line) => line.trim().split(/\s+/));
  return fields
    .filter(([, , , state, , , , , , inode]) => state === "0A" && sockets.has(inode))
    .map(([, local = ""]) => Number.parseInt(local.split(":")[1]!, 16));
}

/**
 * Sends a signal to `dev`, which ends with all processes that it started, and removes the secrets that it passed to
 * them.
 */
async function expectEnd(signal: NodeJS.Signals, end: readonly unknown[]): Promise<void> {
  if (process.platform === "linux") expect(listMarked().length).toBeGreaterThan(2);
  expect(await launcher?.stop(signal)).toEqual(end);
  if (process.platform === "linux") await expect.poll(listMarked).toEqual([]);
  await expect.poll(listSecrets).toEqual([]);
}

/** Runs `dev` where it starts nothing, in this process. */
async function fail(own: TestProject, ...options: readonly string[]) {
  project = own;
  const { code, stdout, stderr } = await runIn(own.folder, () => runHere(["dev", "--port", "0", ...options]));
  return { code, output: stdout, errors: stderr };
}

/** The title and the command of each request. */
function readRequests(output: string): readonly (readonly [title: string, command: string])[] {
  return [...output.matchAll(/^# (.+)\n(curl .+)$/gm)].map(([, title, line]) => [title!, line!]);
}

let shell: Shell;
beforeAll(async () => {
  shell = await startShell();
});
afterAll(() => shell.stop());

/** Runs a printed line. @returns what it prints */
async function print(line: string, cwd = root): Promise<string> {
  const { code, stdout, stderr } = await shell.run(line, cwd);
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  return stdout;
}
const send = async (line: string) => statusesIn(await print(line))[0];
const addressOf = (output: string, name: string) => new RegExp(`^${name} +(\\S+)$`, "m").exec(output)?.[1] ?? "";

/** Changes a file, and returns the requests that `dev` prints when the changed code runs. */
async function change(name: string, text: string) {
  const before = launcher?.output().length;
  const printed = () => launcher?.output().slice(before) ?? "";
  project?.write(name, text);
  await expect.poll(printed).toMatch(/^Reloaded the worker\.\n\n# /m);
  return readRequests(printed());
}

/** The first code of a page with this text, which imports the sources of this repository. */
function codeOf(file: string, text: string): string {
  const { code = "" } =
    readPage(file).snippets.find(({ language, code }) => language === "ts" && code.includes(text)) ?? {};
  return code
    .replaceAll('"entra-gate"', `"${root}/src/index.ts"`)
    .replaceAll('"entra-gate/downstream"', `"${root}/src/extensions/downstream/downstream.ts"`);
}

/** Runs the commands of a page that call a path. @returns what they print */
async function runCommands(file: string, target: string): Promise<string> {
  const output = launcher?.output() ?? "";
  const [gate, entra] = [addressOf(output, "Gate"), addressOf(output, "Local Entra")];
  const block = readPage(file).snippets.find(({ language, code }) => language === "sh" && code.includes(target));
  const commands = (block?.code ?? "")
    .replaceAll("http://127.0.0.1:8787", gate)
    .replaceAll("npx entra-gate token", `npx entra-gate token --entra ${entra}`);
  return (await print(commands)).replaceAll(entra, "http://127.0.0.1:8788");
}

const statusesIn = (answers: string) => [...answers.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));

describe("a worker whose code changes", () => {
  const page = "docs/how-to/call-graph-as-the-user.md";
  let output: string;
  beforeAll(async () => {
    output = await startApart(
      createProject(`export { default } from "./gate.ts";`, { "src/gate.ts": codeOf(page, "export default") }),
    );
  });
  afterAll(stop);

  it(`answers the requests of ${page} as the page says`, async () => {
    const answers = await runCommands(page, "/me/graph");
    expect(statusesIn(answers)).toEqual([200]);
    const [, body = "no body"] = answers.split("\r\n\r\n");
    expect(readPage(page).text).toContain(body);
  });

  it("has no sample origin if it forwards nothing", () => expect(output).not.toContain("origin"));

  it("gets the requests of its changed routes after code that cannot be built: one that each of eight allows and one that it refuses, and one to complete", async () => {
    project?.write("src/worker.ts", "export default {;\n");
    await expect.poll(() => launcher?.errors()).toContain('found ";"');
    const requests = await change(
      "src/worker.ts",
      `const hello = () => ({ status: 200, body: "hello" });
      const routes = new App()
        .get("/tea/:id", { hooks: requireAuth({ anyRole: ["Tea.Read"] }) }, hello)
        .post("/tea", { hooks: requireAuth({ scopes: ["tea.write"], acrs: ["c1"] }) }, hello)
        .get("/pots", { hooks: requireAuth({ anyScope: ["tea.read", "tea.pots"] }) }, hello)
        .get("/users", { hooks: requireAuth({ kind: "user", roles: ["Tea.Drinker"] }) }, hello)
        .get("/agents", { hooks: requireAuth({ scopes: ["tea.read"], agent: "only" }) }, hello)
        .get("/reported", { hooks: requireAuth("tea.read"), mode: "report" }, hello)
        .get("/open/*", { public: true }, hello)
        .all("/eighth", { hooks: requireAuth("tea.read") }, hello)
        .get("/ninth", { hooks: requireAuth("tea.read") }, hello);
      export default createGate({ routes, unlisted: "reject" });`,
    );
    const [title, line] = requests.at(-1)!;
    expect(requests.slice(0, -1).map(([name]) => name)).toEqual([
      "GET /tea/:id: an app with one of the roles Tea.Read",
      "GET /tea/:id for an app without a role: 403",
      "POST /tea: a user with scope tea.write, authentication context c1",
      "POST /tea for a user with another scope: 403",
      "GET /pots: a user with one of the scopes tea.read tea.pots",
      "GET /pots for a user with another scope: 403",
      "GET /users: a user with role Tea.Drinker",
      "GET /users for an app without a role: 403",
      "GET /agents: a user with scope tea.read, the mark of an agent",
      "GET /agents for a user with another scope: 403",
      "GET /reported: a user with scope tea.read",
      "GET /reported without a token: 401",
      "GET /open/*: public",
      "GET /eighth: a user with scope tea.read",
      "GET /eighth for a user with another scope: 403",
    ]);
    const answers = [];
    for (const [, command] of requests.slice(0, -1)) answers.push(await send(command));
    expect(answers).toEqual([200, 403, 200, 403, 200, 403, 200, 403, 200, 403, 200, 401, 200, 200, 403]);
    expect(title).toMatch(/^Other routes: replace YOUR\/PATH\. .*--scope NAME/);
    const other = line.replace("/YOUR/PATH", "/ninth").replace("gate token", "gate token --scope tea.read");
    expect(await send(other)).toBe(200);
  });

  it("gets the requests of a Hono app behind entra()", async () => {
    const requests = await change(
      "src/worker.ts",
      `import { Hono } from "hono";
      import { requireAuth as need } from "${root}/src/adapters/hono.ts";
      const app = new Hono();
      app.get("/health", (c) => c.text("ok"));
      app.use(entra());
      app.get("/orders/:id", need("orders.read"), (c) => c.json([]));
      export default app;`,
    );
    expect(requests.map(([title]) => title)).toEqual([
      "GET /health: public",
      "GET /orders/:id: a user with scope orders.read",
      "GET /orders/:id for a user with another scope: 403",
    ]);
    expect(await Promise.all(requests.map(([, line]) => send(line)))).toEqual([200, 200, 403]);
  });

  it("leaves no secret after SIGTERM", { tags: "dev-secrets" }, async () => {
    expect(listSecrets()).not.toEqual([]);
    await expectEnd("SIGTERM", [0, null]);
  });
});

describe("a worker whose routes have a mistake", () => {
  const write = (requirement: string) =>
    `import { App, requireAuth } from "${root}/src/index.ts";
     export const routes = new App();
     routes.get("/me", { hooks: requireAuth(${requirement}) }, () => ({ status: 200, body: "hello" }));`;
  const entry = `import { routes } from "./routes.ts"; export default createGate({ routes });`;
  const waits = "Wrangler starts again when you save a change.";
  const countWaits = () => (launcher?.errors() ?? "").split(waits).length - 1;
  beforeAll(() => start(createProject(entry, { "src/routes.ts": write('"access_as_user"') })));
  afterAll(stop);

  it.each([
    ["throws", write('""'), /^Mistake in the worker: src\/routes\.ts:3:\d+: scopes of a requirement must be /m],
  ])("keeps its local Entra and the tokens if it %s, and starts again at the next save", async (_what, text, says) => {
    const output = launcher?.output() ?? "";
    const [gate, entra] = [addressOf(output, "Gate"), addressOf(output, "Local Entra")];
    const token = await (await fetch(`${entra}/local/token`)).text();
    const ask = async () => {
      const response = await fetch(`${gate}/me`, { headers: { authorization: `Bearer ${token}` } });
      return response.status;
    };
    expect(await ask()).toBe(200);
    const before = countWaits();
    project?.write("src/routes.ts", text);
    await expect.poll(countWaits).toBe(before + 1);
    expect(launcher?.errors()).toMatch(says);
    expect(await ask()).toBe(503);
    expect((await fetch(`${entra}/local/token`)).status).toBe(200);
    project?.write("src/routes.ts", write('"access_as_user"'));
    await expect.poll(ask).toBe(200);
  });

  it("leaves no process after SIGTERM while it waits for a save", async () => {
    const before = countWaits();
    project?.write("src/routes.ts", write('""'));
    await expect.poll(countWaits).toBe(before + 1);
    expect(await launcher?.stop("SIGTERM")).toEqual([0, null]);
    if (process.platform === "linux") await expect.poll(listMarked).toEqual([]);
  });

  it("starts when it is corrected, if at first it cannot be built, and then throws", async () => {
    const own = createProject(entry, { "src/routes.ts": 'import { App } from "entra' });
    const child = spawn(process.execPath, [command, "dev", "--port", "0"], { cwd: own.folder });
    onTestFinished(async () => {
      child.kill("SIGTERM");
      await once(child, "close");
      own.remove();
    });
    let [output, errors] = ["", ""];
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      errors += chunk;
    });
    await expect.poll(() => errors).toContain(waits);
    expect(errors).toMatch(/^Mistake in the worker: src\/routes\.ts:1:\d+: /m);
    own.write("src/routes.ts", write('""'));
    await expect.poll(() => errors.split(waits)).toHaveLength(3);
    expect(errors).toMatch(/^Mistake in the worker: src\/routes\.ts:3:\d+: /m);
    own.write("src/routes.ts", write('"access_as_user"'));
    await expect.poll(() => output).toMatch(/^# GET \/me: a user with scope access_as_user$/m);
  });
});

describe("the gate of two pages, on given ports that are taken", () => {
  const howTo = "docs/how-to/protect-routes.md";
  const tutorial = "docs/tutorials/first-hour.md";
  let port: number;
  let output: string;
  beforeAll(async () => {
    port = await findPort(20_000 + Math.floor(Math.random() * 10_000));
    const blockers = [port, port + 1].map((each) => createServer().listen(each, "127.0.0.1"));
    await Promise.all(blockers.map((blocker) => once(blocker, "listening")));
    const own = createProject("", {
      "src/routes.ts": codeOf(howTo, "export const routes"),
      "src/gate.ts": codeOf(howTo, "export default"),
    });
    output = await start(own, "--port", String(port), "--worker", "src/gate.ts");
    for (const blocker of blockers) blocker.close();
  });
  afterAll(stop);

  it("uses the next free ones, and says so", () => {
    const [gate, entra, origin] = ["Gate", "Local Entra", "Sample origin"].map((name) =>
      Number(new URL(addressOf(output, name)).port),
    );
    expect(launcher?.errors()).toContain(`Port ${port} is taken: the gate uses ${gate}.`);
    expect(launcher?.errors()).toContain(`Port ${port + 1} is taken: the local Entra uses ${entra}.`);
    expect(new Set([port, port + 1, gate, entra, origin]).size).toBe(5);
  });

  it(`answers the requests of ${howTo} as the page says`, async () => {
    expect(statusesIn(await runCommands(howTo, "/approve"))).toEqual([200, 403]);
  });

  it(`answers the requests of ${tutorial} as the page says, after its change of the routes`, async () => {
    await change("src/routes.ts", codeOf(tutorial, "export const routes"));
    expect(statusesIn(await runCommands(tutorial, "/approve"))).toEqual([403, 200]);
  });

  it("leaves no process after SIGTERM", () => expectEnd("SIGTERM", [0, null]));
});

describe("a worker that does not show its routes, with variables of a real tenant", () => {
  const readEnvironment = `export default {
    fetch(request: Request, env: object) {
      if (new URL(request.url).pathname === "/socket") {
        const { 0: client, 1: server } = new WebSocketPair();
        server.accept();
        server.addEventListener("message", ({ data }) => server.send(data));
        return new Response(null, { status: 101, webSocket: client });
      }
      return Response.json({ env, url: request.url, hasToken: request.headers.has("authorization") });
    },
  };`;
  const realTenant = "4b1c6e0a-93d7-4f58-8a26-e1d07c35b9f2";
  let own: TestProject;
  let output: string;
  beforeAll(async () => {
    own = createProject(readEnvironment, {
      ".dev.vars": `ENTRA_TENANT_ID=${realTenant}\nENTRA_ALLOWED_CLIENTS=${realTenant}\nGATE_URL=https://api.contoso.com\nSECRET=mine\n`,
      "wrangler.toml": `${wranglerText}
routes = [{ pattern = "api.contoso.com/*", zone_name = "contoso.com" }]
[vars]
ENTRA_API_AUDIENCE = "${realTenant}"
ENTRA_REQUIRED_SCOPE = "orders.read"
ORIGIN_URL = "https://origin.contoso.com"
[[kv_namespaces]]
binding = "REMOTE"
id = "0123456789abcdef0123456789abcdef"
remote = true\n`,
    });
    output = await start(own);
  });
  afterAll(stop);

  it("gets those of the local Entra in their place, and it says so", async () => {
    expect(launcher?.errors()).toContain(
      "Replaced in this run by values of the local Entra, in no file: ENTRA_TENANT_ID, ENTRA_ALLOWED_CLIENTS, GATE_URL of .dev.vars; ENTRA_API_AUDIENCE, ORIGIN_URL of wrangler.toml [vars].",
    );
    const gateUrl = addressOf(output, "Gate");
    const { env, url } = (await (await fetch(`${gateUrl}/x`)).json()) as { env: Record<string, string>; url: string };
    expect(url).toBe(`${gateUrl}/x`);
    expect(env).toMatchObject({
      ENTRA_TENANT_ID: "c0c0c0c0-0000-4000-8000-000000000001",
      ENTRA_API_AUDIENCE: "a9100000-0000-4000-8000-000000000010",
      ENTRA_AUTHORITY: addressOf(output, "Local Entra"),
      ENTRA_REQUIRED_SCOPE: "orders.read",
      ORIGIN_URL: addressOf(output, "Sample origin"),
      GATE_URL: ["127.0.0.1", "localhost", "[::1]"].map((host) => `http://${host}:${new URL(gateUrl).port}`).join(" "),
      SECRET: "mine",
    });
    expect(env.ENTRA_ALLOWED_CLIENTS).not.toContain(realTenant);
    expect(readFileSync(path.join(own.folder, ".dev.vars"), "utf8")).toContain(realTenant);
    expect(JSON.stringify(env)).not.toContain(realTenant);
  });

  it("gets one request to complete", async () => {
    const [[title, line] = [], ...others] = readRequests(output);
    expect(others).toEqual([]);
    expect(title).toMatch(/^The worker does not show its routes: replace YOUR\/PATH\. /);
    const stdout = await print(line!);
    expect(JSON.parse(stdout.slice(stdout.indexOf("{")))).toMatchObject({
      url: `${addressOf(output, "Gate")}/YOUR/PATH`,
      hasToken: true,
    });
  });

  it("refuses requests under the name of another site, as the servers beside it do", async () => {
    for (const name of ["Gate", "Local Entra", "Sample origin"]) {
      const url = addressOf(output, name);
      const { host: own, port } = new URL(url);
      for (const host of ["evil.example", `evil.example:${port}`, "localhost:1", `evil.example@${own}`]) {
        for (const forwarded of [[], [["X-Forwarded-Host", own]], [["X-Forwarded-Proto", "https"]]] as const) {
          const { status } = await sendRequest(url, { path: "/local/token", host, headers: forwarded });
          expect([400, 421], `${name} ${host}`).toContain(status);
        }
      }
      for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]) {
        expect((await sendRequest(url, { path: "/", host })).status, `${name} ${host}`).toBe(200);
      }
    }
  });

  it("forwards a WebSocket to the worker, and no other", async () => {
    const url = addressOf(output, "Gate");
    const open = (host: string) => sendRequest(url, { path: "/socket", host, headers: upgrade });
    const upgrade = [
      ["Upgrade", "websocket"],
      ["Sec-WebSocket-Version", "13"],
      ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
    ] as const;
    expect((await open(`evil.example:${new URL(url).port}`)).status).toBe(421);
    const socket = new WebSocket(`${url.replace("http", "ws")}/socket`);
    const message = await new Promise((resolve, reject) => {
      socket.addEventListener("message", ({ data }) => resolve(data));
      socket.addEventListener("error", reject);
      socket.addEventListener("open", () => socket.send("hello"));
    });
    expect(message).toBe("hello");
    socket.close();
  });

  it.runIf(process.platform === "linux")(
    "listens on no port at which a debugger reaches the worker",
    { tags: "dev-pages" },
    async () => {
      const ports = listPorts();
      expect(ports).toContain(Number(new URL(addressOf(output, "Gate")).port));
      for (const port of ports) {
        // A port that speaks no HTTP does not answer.
        const answer = await fetch(`http://127.0.0.1:${port}/json`, { signal: AbortSignal.timeout(5_000) }).catch(
          () => {},
        );
        expect((await answer?.text()) ?? "").not.toContain("webSocketDebuggerUrl");
        // Where the worker answers, it sees the foreign host, which a gate refuses.
        const host = `evil.example:${port}`;
        const asked = sendRequest(`http://127.0.0.1:${port}`, { path: "/x", host }).catch(() => {});
        const foreign = await Promise.race([asked, delay(5_000)]);
        const text = foreign?.body ?? "";
        if (text.includes('"url"')) expect(text).toContain(`"url":"http://${host}/x"`);
        const socket = new WebSocket(`ws://127.0.0.1:${port}/core:user:orders`);
        const ended = await Promise.race([once(socket, "open"), once(socket, "error"), delay(5_000)]);
        socket.close();
        expect((ended as [Event] | undefined)?.[0].type, `port ${port}`).not.toBe("open");
      }
    },
  );

  it("leaves no process after SIGKILL", () => expectEnd("SIGKILL", [null, "SIGKILL"]));
});

describe("a project whose page Vite builds, with --origin and --pretty", () => {
  let running: LoopbackServer;
  let output: string;
  beforeAll(async () => {
    const config = {
      ...{ name: "board", main: "src/worker.ts" },
      ...{ compatibility_date: "2026-10-12", compatibility_flags: ["nodejs_compat"] },
      assets: { not_found_handling: "single-page-application", run_worker_first: true },
      vars: { ENTRA_REQUIRED_ROLE: "Tea.Read" },
    };
    const own = createProject("export default createGate({});", { "wrangler.jsonc": JSON.stringify(config) });
    running = await serveFetch(() => new Response("own"));
    output = await start(own, "--pretty", "--origin", running.url);
  });
  afterAll(async () => {
    await stop();
    await running.stop();
  });

  it("calls that origin if a request meets the default requirement", async () => {
    expect(addressOf(output, "Origin")).toBe(running.url);
    const [[title, line] = []] = readRequests(output);
    expect(title).toBe("GET /orders (unlisted): an app with one of the roles Tea.Read");
    expect(await print(line!)).toMatch(/^HTTP\/1\.1 200 [\s\S]*own$/);
  });

  it("writes decisions as readable lines", async () => {
    expect(await send(readRequests(output)[1]![1])).toBe(403);
    await expect
      .poll(() => launcher?.output())
      .toMatch(/^\d\d:\d\d:\d\d {2}refused 403 {2}GET unlisted {2}role_missing {2}.*"Tea\.Read".* client=daemon/m);
  });

  it("leaves no process after SIGINT", () => expectEnd("SIGINT", [0, null]));
});

describe("a worker with several origins", () => {
  const write = (name: string) =>
    `const routes = new App()
       .get("/${name}/*", { hooks: requireAuth("access_as_user") }, origin({ to: "${name}" }))
       .get("/history/*", { hooks: requireAuth("access_as_user") }, origin({ to: "history" }));
     export default createGate({ routes });`;
  /** Sends a request, and returns what the origin says of it. */
  async function ask(title: string): Promise<string> {
    const [, line] = readRequests(launcher?.output() ?? "").findLast(([each]) => each === title) ?? [];
    const stdout = await print(line!);
    expect(stdout).toMatch(/^HTTP\/1\.1 200 /);
    const [, body = ""] = stdout.split("\r\n\r\n");
    return body.startsWith("{") ? JSON.parse(body).url : body;
  }
  const addressNow = (name: string) => addressOf(launcher?.output() ?? "", name);

  let history: LoopbackServer;
  beforeAll(async () => {
    history = await serveFetch((request) => new Response(`history ${new URL(request.url).pathname}`));
    const own = createProject("", {
      "src/gate.ts": `import { App, createGate, origin, requireAuth } from "${root}/src/index.ts";\n${write("billing")}`,
    });
    await start(own, "--worker", "src/gate.ts", "--origin", `history=${history.url}`);
  });
  afterAll(async () => {
    await stop();
    await history.stop();
  });

  it("prints requests that reach each: a sample for each name, and the one of --origin", async () => {
    expect(addressNow("Origin history")).toBe(history.url);
    const [unnamed, billing] = [addressNow("Sample origin"), addressNow("Sample origin billing")];
    expect(unnamed).not.toBe(billing);
    expect(await ask("GET /orders (unlisted), to ORIGIN: a user with scope access_as_user: 200")).toBe(
      `${unnamed}/orders`,
    );
    expect(await ask("GET /billing/*, to billing: a user with scope access_as_user: 200")).toBe(`${billing}/billing/1`);
    expect(await ask("GET /history/*, to history: a user with scope access_as_user")).toBe("history /history/1");
  });

  it("explains a token for the routes of --worker", async () => {
    const explained = `npx entra-gate token | npx entra-gate explain - --route "GET /billing/1"`;
    const stdout = await print(explained, project!.folder);
    expect(stdout).toMatch(/\bGET \/billing\/\*/);
  });

  it("starts again with the variables of an origin that a saved route names", async () => {
    const requests = await change(
      "src/gate.ts",
      `import { App, createGate, origin, requireAuth } from "${root}/src/index.ts";\n${write("stock")}`,
    );
    const title = "GET /stock/*, to stock: a user with scope access_as_user: 200";
    expect(requests.map(([each]) => each)).toContain(title);
    expect(await ask(title)).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/stock\/1$/);
    expect(await ask("GET /history/*, to history: a user with scope access_as_user")).toBe("history /history/1");
  });
});

describe("dev", () => {
  afterEach(stop);

  it("passes secrets in a file that only the user can read, beside those of .dev.vars, until SIGKILL", {
    tags: "dev-secrets",
  }, async () => {
    const worker = `const routes = new App().register(mcp("/mcp", { name: "Orders", hooks: requireAuth("tools.read") }));
        const gate = createGate({ unlisted: "reject", routes });
        export default {
          fetch: (request: Request, env: Record<string, string>, ctx: ExecutionContext) =>
            new URL(request.url).pathname === "/env" ? Response.json(env) : gate.fetch(request, env, ctx),
        };
        export { gate };`;
    const own = createProject(worker, {
      ".dev.vars":
        "OWN=\"a $HOME \\$x # 'b'\"\nENTRA_CLIENT_ID=4b1c6e0a-93d7-4f58-8a26-e1d07c35b9f2\nENTRA_CLIENT_SECRET=real\n",
    });
    const env = await (await fetch(`${addressOf(await startApart(own), "Gate")}/env`)).json();
    expect(env).toMatchObject({ OWN: "a $HOME \\$x # 'b'", ENTRA_CLIENT_SECRET: clients.api.secret });
    // A folder with two files: the text of .dev.vars, and the secrets of the local Entra.
    expect(listSecrets().map((name) => statSync(path.join(temporary, name)).mode & 0o777)).toEqual([
      0o700, 0o600, 0o600,
    ]);
    if (process.platform === "linux") {
      for (const pid of listMarked()) {
        expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).not.toMatch(/ENTRA_CLIENT_SECRET|GATE_SESSION_KEY/);
      }
    }
    await expectEnd("SIGKILL", [null, "SIGKILL"]);
  });

  it("prints requests of the MCP server of this repository behind the gate that get their answers", async () => {
    launcher = await startLauncher([], { command: [path.join(root, "tools/dev-mcp.ts")] });
    const requests = readRequests(launcher.output()).filter(([title]) => /^(?:POST|DELETE) \/mcp/.test(title));
    expect(await Promise.all(requests.slice(0, 2).map(([, line]) => send(line)))).toEqual([200, 403]);
  });

  it("runs the script of a project for Node, and reads the routes of the program without starting its server twice", async () => {
    const own = createProject("", {
      "package.json": JSON.stringify({ type: "module", scripts: { start: "node --env-file=.env src/index.ts" } }),
      ".env": "ENTRA_TENANT_ID=4b1c6e0a-93d7-4f58-8a26-e1d07c35b9f2\n",
      "src/index.ts": `import { serve } from "@hono/node-server";
        import { Hono } from "hono";
        import { entra, requireAuth } from "${root}/src/adapters/hono.ts";
        const api: Hono = new Hono();
        api.get("/open", (c) => c.text(c.req.url));
        api.use(entra());
        api.get("/entries/:id", requireAuth("entries.read"), (c) => c.json({ id: c.req.param("id") }));
        setInterval(() => {}, 1_000);
        serve({ fetch: api.fetch, port: Number(process.env.PORT) }, ({ port }) => console.log("port " + port + " of http://localhost:" + port));\n`,
    });
    rmSync(path.join(own.folder, "wrangler.toml"));
    symlinkSync(path.join(root, "node_modules/@hono"), path.join(own.folder, "node_modules/@hono"));
    const output = await start(own);
    const requests = readRequests(output);
    expect(requests.map(([title]) => title)).toEqual([
      "GET /open: public",
      "GET /entries/:id: a user with scope entries.read",
      "GET /entries/:id for a user with another scope: 403",
    ]);
    expect(await Promise.all(requests.map(([, line]) => send(line)))).toEqual([200, 200, 403]);
    expect(launcher?.errors()).toContain("in no file: ENTRA_TENANT_ID of .env.");
    const gate = addressOf(output, "Gate");
    const { host, port } = new URL(gate);
    expect(output.match(/^port.*/gm)).toEqual([`port ${port} of ${gate}`]);
    // The server of dev is in front, so a page whose name leads to this machine reads nothing.
    const open = async (name: string) => {
      const { status, body } = await sendRequest(gate, { path: "/open", host: name });
      return [status, body];
    };
    expect(await open(host)).toEqual([200, `${gate}/open`]);
    expect(await open(`evil.example:${port}`)).toEqual([421, expect.stringContaining("Only for this machine.")]);
    expect(await launcher?.stop()).toEqual([0, null]);
  });

  it("runs the worker of the folder too if it is bound as the origin", async () => {
    const gate = {
      ...{ name: "gate", main: "worker.ts", compatibility_date: "2026-10-12", compatibility_flags: ["nodejs_compat"] },
      services: [{ binding: "ORIGIN", service: "orders" }],
    };
    const own = createProject(`export default { fetch: (request: Request) => new Response("old " + request.url) };`, {
      "gate/wrangler.jsonc": JSON.stringify(gate),
      "gate/worker.ts": `export { default } from "${root}/test/gates/forwarding.ts";`,
    });
    const requests = readRequests(await start(own, "--config", "gate/wrangler.jsonc"));
    expect(await print(requests[0]![1])).toMatch(/old http:.*\/orders$/);
    expect(await send(requests[1]![1])).toBe(403);
    await expect.poll(() => launcher?.output()).toMatch(/^\{"event":"refused",.*"reason":"scope_missing"/m);
  });
});

describe("Wrangler", () => {
  afterEach(stop);

  it("starts again if it loses a port: an inner one, and then the one that it was told; requests reach the origin of the project that runs on this machine", async () => {
    const running = await serveFetch(() => new Response("own"));
    onTestFinished(() => running.stop());
    const vars = `${wranglerText}\n[vars]\nORIGIN_URL = "${running.url}"\n`;
    const own = createProject("export default createGate({});", { "wrangler.toml": vars });
    rmSync(path.join(own.folder, "node_modules/wrangler"));
    const manifest = { name: "wrangler", version: "4.157.0", type: "module", bin: { wrangler: "./bin/wrangler.js" } };
    own.write("node_modules/wrangler/package.json", JSON.stringify(manifest));
    const real = JSON.stringify(path.join(root, "node_modules/wrangler/bin/wrangler.js"));
    own.write(
      "node_modules/wrangler/bin/wrangler.js",
      `import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
const args = process.argv.slice(2);
if (!existsSync("started")) {
  writeFileSync("started", "");
  console.error('[ERROR] Address already in use (socket "direct:1:default").');
  process.exit(1);
}
const isSecond = !existsSync("started-again");
if (isSecond) {
  writeFileSync("started-again", "");
  const blocker = createServer().listen(Number(args[args.indexOf("--port") + 1]), "127.0.0.1");
  await new Promise((resolve) => blocker.once("listening", resolve));
}
const child = spawn(process.execPath, [${real}, ...args], { stdio: "inherit" });
child.on("exit", (code) => process.exit(code ?? 1));
`,
    );
    const port = await findPort(20_000 + Math.floor(Math.random() * 10_000));
    const output = await start(own, "--port", String(port));
    const errors = launcher?.errors() ?? "";
    expect(errors.match(/^Another program took a port of Wrangler, which starts again\.$/gm)).toHaveLength(2);
    expect(errors).toMatch(/Address already in use \(127\.0\.0\.1:\d+\)/);
    const [allowed] = readRequests(output);
    expect(allowed![1]).toContain(addressOf(output, "Gate"));
    expect(addressOf(output, "Origin")).toBe(running.url);
    expect(await print(allowed![1])).toMatch(/^HTTP\/1\.1 200 [\s\S]*own$/);
  });

  it("is named if it is missing or too old", async () => {
    const missing = createProject("");
    const old = JSON.stringify({ name: "wrangler", version: "3.114.0", bin: { wrangler: "./bin/wrangler.js" } });
    rmSync(path.join(missing.folder, "node_modules/wrangler"));
    expect(await fail(missing)).toEqual({
      code: 3,
      output: "",
      errors: "error: the package wrangler is not installed: run npm install --save-dev wrangler\n",
    });
    missing.write("node_modules/wrangler/package.json", old);
    expect(await fail(missing)).toEqual({
      code: 3,
      output: "",
      errors:
        "error: the package wrangler is version 3.114.0, but entra-gate needs 4.0.0 or newer: run npm install --save-dev wrangler@4\n",
    });
  });
});

describe("a mistake in the command", () => {
  afterEach(stop);

  it.each([
    [["--port", "x"], /^error: --port x must be a port from 1 to 65533/],
    [["--port=-1"], /^error: --port -1 must be a port/],
    [["--port", "65534"], /^error: --port 65534 must be a port/],
    [["--origin", "localhost"], /^error: --origin localhost must be a URL, such as http/],
    [["--origin", "billing=localhost"], /^error: --origin billing=localhost must be a URL, such as .* billing=http:/],
    [["--origin", "Billing=http://127.0.0.1:1"], /^error: --origin Billing=\S+ has no name .*: write billing=http:/],
    [["--origin", "zone=http://127.0.0.1:1"], /^error: --origin zone=\S+ cannot replace the zone's own origin/],
    [
      ["--origin", "http://127.0.0.1:1", "http://127.0.0.1:2"],
      /^error: --origin http:\S+:2 is a second URL of the same/,
    ],
    [["--worker", "nowhere.ts"], /^error: --worker nowhere\.ts does not exist\n$/],
    [["--prot", "1"], /^error: unknown option '--prot'/],
  ])("is one sentence: %j", async (options, message) => {
    const { code, output, errors } = await fail(createProject("export default createGate({});"), ...options);
    expect([code, output]).toEqual([3, ""]);
    expect(errors).toMatch(message);
  });

  it("is an origin that no route has, which its code shows", async () => {
    project = createProject("export default createGate({});");
    const args = [command, "dev", "--port", "0", "--origin", "billing=http://127.0.0.1:1"];
    const { code, stderr } = await runFile(process.execPath, args, { cwd: project.folder }).catch((error) => error);
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(/^error: --origin billing=\S+ is for .*"billing".*, which no route has/),
    ]);
  });

  it("names what it looked for in a folder without a project", async () => {
    const own = createProject("");
    rmSync(path.join(own.folder, "wrangler.toml"));
    own.write("package.json", JSON.stringify({ scripts: { dev: "entra-gate dev" } }));
    const { code, errors } = await fail(own);
    expect([code, errors]).toEqual([
      3,
      expect.stringMatching(/^error: there is nothing to run here\. dev looks for wrangler\.json/),
    ]);
  });

  it("refuses a second origin beside a service binding", async () => {
    const text = `${wranglerText}\n[[services]]\nbinding = "ORIGIN"\nservice = "orders-api"\n`;
    const own = createProject("export default createGate({});", { "wrangler.toml": text });
    const { code, errors } = await fail(own, "--origin", "http://127.0.0.1:3000");
    expect([code, errors]).toEqual([3, expect.stringContaining("a service binding ORIGIN")]);
  });
});
