import { type ExecFileException, execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parse } from "jsonc-parser";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { PortTakenError, serve } from "../../cli/common/loopback.ts";
import { quietEnvironment } from "../../cli/project/quiet.ts";
import { copyShape, createRun, type Ended, shapes, tryShape } from "../../tools/shapes/shapes.ts";
import { createTestCertificate } from "../support/client-certificate.ts";
import { startProcess } from "../support/deno/process.ts";
import { readPage } from "../support/docs/pages.ts";
import { startOnFreePort } from "../support/free-port.ts";
import { sendRequest } from "../support/http.ts";
import { startLauncher } from "../support/launcher.ts";
import { isNginxInstalled, startNginx } from "../support/nginx.ts";
import type { ServerPart } from "../support/stack.ts";

const root = path.resolve(import.meta.dirname, "../..");
const base = mkdtempSync(path.join(tmpdir(), "entra-gate-projects-"));
/** The project, beside the folder of the clone that packed the tarball. */
const folder = path.join(base, "orders");
const clone = path.join(base, "clone");
const wranglerFile = path.join(folder, "wrangler.jsonc");
const readWrangler = () => readFileSync(wranglerFile, "utf8");

/** The page's blocks of one language, in order. */
function listBlocks(file: string, language: string): readonly string[] {
  const { snippets } = readPage(file);
  return snippets.filter((snippet) => snippet.language === language).map(({ code }) => code.trimEnd());
}

/** npm takes packages from its cache if possible, and asks for nothing. */
const npmSettings = {
  npm_config_prefer_offline: "true",
  npm_config_ignore_scripts: "true",
  npm_config_audit: "false",
  npm_config_fund: "false",
  npm_config_yes: "true",
  npm_config_update_notifier: "false",
};
/** This proxy has no server, so every request to the network fails. */
const offline = { HTTP_PROXY: "http://127.0.0.1:9", HTTPS_PROXY: "http://127.0.0.1:9", NODE_USE_ENV_PROXY: "1" };
const PATH = [path.dirname(process.execPath), process.env.PATH].join(path.delimiter);

/** Runs commands of a page in the project, without a network. */
function run(commands: string, cwd = folder, network: Readonly<Record<string, string>> = offline): Promise<Ended> {
  const quiet = { ...quietEnvironment, ...npmSettings, NODE_OPTIONS: "", CI: "true", NO_COLOR: "1" };
  const env = { ...process.env, ...quiet, ...network, PATH };
  return new Promise((resolve) => {
    const ended = (error: ExecFileException | null, stdout: string, stderr: string) =>
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    execFile("bash", ["-ec", commands], { cwd, env, maxBuffer: 16 * 1024 * 1024 }, ended).stdin?.end();
  });
}

/** Checks that lines are printed in this order, perhaps with others between them. */
function expectShown(shown: string, output: string): void {
  const printed = output.split("\n");
  let from = 0;
  for (const line of shown.split("\n")) {
    const at = printed.indexOf(line, from);
    expect(at, `${line}\nis not printed there:\n${output}`).toBeGreaterThanOrEqual(from);
    from = at + 1;
  }
}

/**
 * The output of the commands of the README between `npm pack` and `npm run dev`, in a folder that has only the tarball.
 */
let created: Ended;

beforeAll(async () => {
  const [, ...commands] = listBlocks("README.md", "sh")[2]?.split("\n") ?? [];
  mkdirSync(clone);
  cpSync(inject("tarball"), path.join(base, "entra-gate-0.2.0.tgz"));
  created = await run(commands.slice(0, -1).join("\n"), clone, {});
});
afterAll(() => rmSync(base, { recursive: true }));

describe("README.md, word for word, in a folder that has only the tarball", () => {
  it("leads to a gate with two routes, whose own tests pass", () => {
    expect(created).toEqual({ code: 0, output: expect.stringMatching(/Tests {2}\d passed/) });
    expect(readFileSync(path.join(folder, "src/routes.ts"), "utf8").match(/^routes\.\w+\("[^"]+"/gm)).toEqual([
      'routes.get("/me"',
      'routes.all("/api/*"',
    ]);
  });

  it("leads to a project without Hono", () => {
    expect(existsSync(path.join(folder, "node_modules/hono"))).toBe(false);
  });

  it("leads to a project that type-checks", async () => {
    expect(await run("npx --no tsc")).toEqual({ code: 0, output: "" });
  });

  it("leads to two faults in doctor, which lists the routes: example IDs, and nothing leads to the origin", async () => {
    const { code, output } = await run("npm run doctor -- --offline");
    expect(output).toContain("GET /me: a user with scope access_as_user");
    expect(output).toContain("✗ example IDs are left in ENTRA_TENANT_ID, ENTRA_API_AUDIENCE");
    expect(output).toContain("✗ requests are forwarded to the zone's own origin, but no route of a zone");
    expect([code, output]).toEqual([1, expect.stringContaining("Faults: 2.")]);
  });

  it("leads to a worker that runs at its compatibility date", async () => {
    const { code, output } = await run("npx --no wrangler deploy --dry-run --outdir dist");
    expect([code, output]).toEqual([0, expect.stringContaining("--dry-run: exiting now.")]);
    const { compatibility_date: compatibilityDate, vars } = parse(readWrangler()) as {
      readonly compatibility_date: string;
      readonly vars: Record<string, string>;
    };
    // That of the workerd of Cloudflare's Vite plugin 1.64.0.
    expect(compatibilityDate <= "2026-10-19").toBe(true);
    const worker = new Miniflare(
      convertV4MiniflareOptions({
        modules: true,
        script: readFileSync(path.join(folder, "dist/worker.js"), "utf8"),
        compatibilityDate,
        bindings: vars,
        compatibilityFlags: ["nodejs_compat"],
      }),
    );
    expect((await worker.dispatchFetch("https://api.example/me")).status).toBe(401);
    await worker.dispose();
  });
});
describe("docs/tutorials/your-zone.md, word for word, in that project", () => {
  const page = "docs/tutorials/your-zone.md";
  const [tries = "", , checksBoth = ""] = listBlocks(page, "sh");
  const [environments = "", patternWithPath = ""] = listBlocks(page, "jsonc");
  const [printed = "", warnings = ""] = listBlocks(page, "text");
  const [routes = ""] = listBlocks(page, "ts");

  it("deploys no environment before it is there", async () => {
    expect(await run(tries)).toEqual({
      code: 3,
      output: expect.stringMatching(/^error: --env staging is not in wrangler\.jsonc, which has no environments\n$/m),
    });
  });

  it("works with the example values, and shows the actual output", async () => {
    writeFileSync(wranglerFile, readWrangler().replace(/\n\}\s*$/, `,\n${environments}\n}\n`));
    const { code, output } = await run(tries);
    expectShown(printed, output);
    expect(output).toMatch(/Total Upload: [\d.]+ KiB \/ gzip: [\d.]+ KiB/);
    expect(code).toBe(0);
  });

  it("refuses an environment that has a fault, whichever command of the project deploys it", async () => {
    const good = readWrangler();
    const at = good.indexOf('"production"');
    const bad = good
      .slice(at)
      .replace('"11111111-2222-3333-4444-555555555555"', '"common"')
      .replace("ENTRA_REQUIRED_SCOPE", "ENTRA_REQUIRED_SCOP");
    writeFileSync(wranglerFile, good.slice(0, at) + bad);
    for (const command of ["npx entra-gate deploy", "npm run deploy --"]) {
      const { code, output } = await run(`${command} --env production --dry-run`);
      expect(output).toContain("wrangler.jsonc [env.production]");
      expect(output).toContain("ENTRA_REQUIRED_SCOP");
      expect(output).toContain("Not deployed: wrangler.jsonc [env.production] has the faults above.");
      expect(code).toBe(1);
    }
    writeFileSync(wranglerFile, good);
  });

  it("ends in two workers that can be uploaded", async () => {
    const filled = readWrangler()
      .replaceAll("11111111-2222-3333-4444-555555555555", "4b1c6e0a-93d7-4f58-8a26-e1d07c35b9f2")
      .replaceAll("22222222-3333-4444-5555-666666666666", "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a");
    writeFileSync(wranglerFile, filled);
    const { code, output } = await run(checksBoth);
    expect([code, output.match(/Faults: .*|--dry-run: .*/g)]).toEqual([
      0,
      ["Faults: 0. Warnings: 0.", "--dry-run: exiting now.", "Faults: 0. Warnings: 0.", "--dry-run: exiting now."],
    ]);
  });

  it("shows the warnings about a pattern with a path", async () => {
    const filled = readWrangler();
    writeFileSync(wranglerFile, filled.replace(/"routes": \[.*api-staging.*,/, patternWithPath));
    const routesFile = path.join(folder, "src/routes.ts");
    const before = readFileSync(routesFile, "utf8");
    writeFileSync(routesFile, `${routes}\n`);
    const { code, output } = await run(tries);
    writeFileSync(wranglerFile, filled);
    writeFileSync(routesFile, before);
    expectShown(warnings, output);
    expect([code, output]).toEqual([0, expect.stringContaining("Faults: 0. Warnings: 2.")]);
  });

  it("leads to every optional binding of the page about deployments", async () => {
    const block = readPage("docs/how-to/deploy.md").snippets.find(({ code }) => code.includes("RATE_LIMITER"));
    const lines = block?.code.split("\n").slice(2, -2).join("\n");
    const client = '"ENTRA_CLIENT_ID": "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a", ';
    writeFileSync(
      wranglerFile,
      readWrangler()
        .replace(/("production": \{\n.*?"vars": \{)/s, `$1${client}`)
        .replace(/("production": \{\n)/, `$1${lines},\n`),
    );
    const { code, output } = await run("npx entra-gate deploy --env production --dry-run");
    for (const name of ["ORIGIN", "RATE_LIMITER", "TOKEN_CACHE", "DECISIONS", "ENTRA_CLIENT_SECRET"])
      expect(output).toContain(`env.${name} `);
    expect([code, output]).toEqual([0, expect.stringContaining("--dry-run: exiting now.")]);
  });
});

/**
 * The program of docs/how-to/run-on-node.md and the server of docs/how-to/run-behind-a-proxy.md, with the local Entra.
 */
describe.runIf(isNginxInstalled)("the gate of that project in two processes of Node behind nginx", () => {
  const started: Pick<ServerPart, "stop">[] = [];
  const proxyPage = "docs/how-to/run-behind-a-proxy.md";
  /** Longer than all else that a request takes, so that each process always has requests in flight. */
  const originMilliseconds = 300;
  const halves = ['{"id":', '"7"}'] as const;
  let servers: readonly [ServerPart, ServerPart];
  let url: string;
  let token: string;

  /** Starts the program that a reader saves beside the worker. */
  function start(variables: Readonly<Record<string, string>>): Promise<ServerPart> {
    return startOnFreePort(async (port) => {
      const { terminate, stop } = await startProcess(
        [process.execPath, path.join(folder, "src/serve.ts")],
        { env: { PATH, ...variables, PORT: `${port}` } },
        (line) => line.startsWith("Listening on"),
      ).catch((error: Error) => {
        throw error.message.includes("EADDRINUSE") ? new PortTakenError(port) : error;
      });
      started.push({ stop });
      return { url: `http://127.0.0.1:${port}`, terminate, stop };
    });
  }

  beforeAll(async () => {
    const { text, snippets } = readPage("docs/how-to/run-on-node.md");
    const program = snippets.find(({ code }) => code.includes("import gate from"))?.code ?? "";
    const [install = ""] = /^npm install @hono.*$/m.exec(text) ?? [];
    writeFileSync(path.join(folder, "src/serve.ts"), program);
    expect(await run(install, folder, {})).toMatchObject({ code: 0 });

    const command = path.join(folder, "node_modules/entra-gate/cli/entra-gate.js");
    const own = { HOME: base, XDG_DATA_HOME: base, LOCALAPPDATA: base };
    const entra = await startLauncher([], { cwd: folder, command: [command, "entra"], env: own });
    started.push({ stop: async () => void (await entra.stop()) });
    const readVariables = (text: string) =>
      Object.fromEntries((text.match(/^[A-Z_]+=.+$/gm) ?? []).map((line) => line.split("="))) as Record<string, string>;
    const [printed = ""] = entra.output().match(/^npx entra-gate token.*$/m) ?? [];
    token = (await run(printed, folder, {})).output.trim();
    const origin = await serve(async (_request, response) => {
      response.write(halves[0]);
      await delay(originMilliseconds);
      response.end(halves[1]);
    });
    started.push(origin);
    const [ofProxy = ""] = listBlocks(proxyPage, "sh");
    const variables = { ...readVariables(entra.output()), ...readVariables(ofProxy), ORIGIN_URL: origin.url };
    servers = await Promise.all([start(variables), start(variables)]);

    const { pem } = await createTestCertificate();
    const upstream = `upstream gate { ${servers.map((server) => `server ${new URL(server.url).host};`).join(" ")} }`;
    const [documented = ""] = listBlocks(proxyPage, "nginx");
    const nginx = await startNginx({
      files: { "server.crt": pem, "server.key": pem.slice(pem.indexOf("-----BEGIN PRIVATE KEY-----")) },
      write: (port) =>
        `${upstream}\n${documented}`
          .replace("listen 443", `listen 127.0.0.1:${port}`)
          .replace("http://10.0.0.7:8787", "http://gate")
          .replace("/etc/ssl/api.contoso.com.crt", "server.crt")
          .replace("/etc/ssl/api.contoso.com.key", "server.key"),
    });
    started.push(nginx);
    url = `https://127.0.0.1:${nginx.port}`;
  });
  afterAll(() => Promise.all(started.map((part) => part.stop())));

  const ask = (request: { readonly method?: string; readonly path: string; readonly body?: string }) =>
    sendRequest(url, { host: "api.contoso.com", headers: [["Authorization", `Bearer ${token}`]], ...request });

  it("gets an upload of 2 MB, which nginx refuses by default", async () => {
    const { status } = await ask({ method: "POST", path: "/uploads", body: "x".repeat(2_000_000) });
    expect(status).toBe(404);
  });

  it("loses no answer when one of them gets SIGTERM under load", async () => {
    const answers = new Map<string, number>();
    const whole = `200 ${halves.join("")}`;
    const count = () => answers.get(whole) ?? 0;
    let isOver = false;
    const callers = Array.from({ length: 8 }, async () => {
      while (!isOver) {
        const answer = await ask({ path: "/api/orders/7" }).then(
          ({ status, body }) => `${status} ${body}`,
          (error: Error) => error.message,
        );
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
      }
    });
    await expect.poll(count).toBeGreaterThan(20);
    expect(await servers[0].terminate()).toBe(0);
    const before = count();
    await expect.poll(count).toBeGreaterThan(before + 20);
    isOver = true;
    await Promise.all(callers);
    expect([...answers.keys()]).toEqual([whole]);
  });
});

/** What the first project has installed. */
const packages = path.join(folder, "node_modules");

describe("a project that init protected", () => {
  // start.test.ts has the servers, one of which is a Hono app.
  it("passes its tests and doctor, and can be deployed", async () => {
    const shape = shapes["plain worker (TOML)"]!;
    const project = mkdtempSync(path.join(tmpdir(), "entra-gate-shape-"));
    const run = createRun(project, [path.dirname(process.execPath)]);
    await copyShape(shape, project, run);
    const command = path.join(inject("consumer"), "node_modules/.bin/entra-gate");
    const results = await tryShape(shape, [command], run, packages);
    rmSync(project, { recursive: true });
    expect(results.filter(({ code }) => code !== 0)).toEqual([]);
    expect(results.map(({ step }) => step)).toEqual(["init", "install", "test", "doctor", "rules", "deploy"]);
  });
});

describe("an example that is copied out of the repository", () => {
  // examples.test.ts has its own tests and its types.
  it("has IDs that doctor refuses to deploy", async () => {
    const project = mkdtempSync(path.join(tmpdir(), "entra-gate-template-"));
    cpSync(path.join(root, "examples/hono"), project, { recursive: true });
    symlinkSync(packages, path.join(project, "node_modules"));
    const run = createRun(project, [path.dirname(process.execPath)]);
    expect(await run("npm", "run", "deploy")).toEqual({
      code: 1,
      output: expect.stringContaining("example IDs are left in ENTRA_TENANT_ID, ENTRA_API_AUDIENCE"),
    });
    rmSync(project, { recursive: true });
  });
});
