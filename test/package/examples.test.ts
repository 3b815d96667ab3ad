import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { createServer, type ViteDevServer } from "vite";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createGateVars } from "../../cli/common/gate-vars.ts";
import { chromiumPath, openPage, startBrowser } from "../support/browser.ts";
import { denoCommand, denoFlags, gatePermissions } from "../support/deno/command.ts";
import { makeDenoHome } from "../support/deno/process.ts";
import { startOnFreePort } from "../support/free-port.ts";
import { type Launcher, startLauncher } from "../support/launcher.ts";

const root = path.resolve(import.meta.dirname, "../..");
const examples = path.join(inject("project"), "examples");
/** Limits of time that only end what hangs. */
const vitest = [
  path.join(root, "node_modules/vitest/vitest.mjs"),
  "run",
  "--testTimeout=300000",
  "--hookTimeout=300000",
];
/** Folders of the examples whose tests run in Node. */
const inNode = ["hono/", "app-with-zod/", "on-behalf-of/", "node/", "spa/"];
const denoTest = ["test", "--no-prompt", "--no-remote", "--allow-net", "--allow-env"];
const tsc = path.join(root, "node_modules/typescript/bin/tsc");

/** Runs a program to its end. @returns its exit code, with its output if that is not 0 */
async function run(command: string, args: readonly string[], cwd: string, env = process.env): Promise<unknown> {
  try {
    await promisify(execFile)(command, args, { cwd, env });
    return 0;
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

/** Starts a program that prints the address at which it listens. */
async function serveProgram(command: string, args: readonly string[], cwd: string, env: Record<string, string>) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env, NO_COLOR: "1" } });
  const url = await new Promise<string>((resolve, reject) => {
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += chunk;
        const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? [];
        if (address !== undefined) resolve(address);
      });
    }
    child.once("close", () => reject(new Error(output)));
  });
  return {
    url,
    async stop() {
      child.kill("SIGKILL");
      await once(child, "close");
    },
  };
}

describe("the examples", () => {
  it("are a gate, Hono, an App with zod, on-behalf-of, Node, Deno and a single-page application", () => {
    const folders = readdirSync(path.join(root, "examples"), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    expect(folders.map(({ name }) => name).sort()).toEqual(
      ["gate", "hono", "app-with-zod", "on-behalf-of", "node", "deno", "spa"].sort(),
    );
  });

  it("pass their tests in Node", async () => {
    expect(await run(process.execPath, [...vitest, "--root", examples, ...inNode], examples)).toBe(0);
  });

  it("pass their tests in workerd, without a warning", async () => {
    const gate = path.join(examples, "gate");
    const { stdout, stderr } = await promisify(execFile)(process.execPath, vitest, { cwd: gate });
    expect(stdout + stderr).toContain("2 passed");
    expect(stdout + stderr).not.toMatch(/warn|points to/i);
  });

  it("pass their tests in Deno", async () => {
    const home = await makeDenoHome();
    expect(await run(denoCommand, denoTest, path.join(examples, "deno"), { DENO_DIR: home })).toBe(0);
    await rm(home, { recursive: true });
  });

  it.each(["gate", "hono", "app-with-zod", "on-behalf-of", "node", "spa"])(
    "compile with their own tsconfig: %s",
    async (name) => {
      expect(await run(process.execPath, [tsc, "-p", name], examples)).toBe(0);
    },
  );
});

describe("the examples, with the installed local Entra over https", () => {
  const command = path.join(inject("project"), "node_modules/entra-gate/cli/entra-gate.js");
  let data: string;
  let local: Launcher;
  let authority: string;
  let trust: Record<string, string>;
  beforeAll(async () => {
    data = await mkdtemp(path.join(os.tmpdir(), "entra-gate-data-"));
    const own = { HOME: data, XDG_DATA_HOME: data, LOCALAPPDATA: data };
    await writeFile(path.join(data, "entra.yaml"), "users: { rosa: {} }");
    const options = ["--https", "--config", path.join(data, "entra.yaml")];
    local = await startLauncher(options, { command: [command, "entra"], env: own });
    const printed = Object.fromEntries(
      [...local.output().matchAll(/^(?:export )?(\w+)=(\S+)/gm)].map(([, name, value]) => [name, value]),
    );
    authority = printed.ENTRA_AUTHORITY;
    trust = { NODE_EXTRA_CA_CERTS: printed.NODE_EXTRA_CA_CERTS, DENO_CERT: printed.NODE_EXTRA_CA_CERTS };
  });
  afterAll(async () => {
    await local?.stop();
    await rm(data, { recursive: true });
  });

  it("accept its tokens as servers in Node and Deno", async () => {
    const variables = { ...createGateVars(authority), ...trust };
    const args = [command, "token", "--entra", authority, "--persona", "rosa", "--scope", "orders.read"];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...trust } });
    const ask = async (url: string) => {
      const statuses = await Promise.all(
        [{ authorization: `Bearer ${stdout.trim()}` }, undefined].map(
          async (headers) => (await fetch(`${url}/orders`, { ...(headers && { headers }) })).status,
        ),
      );
      return statuses;
    };
    const node = await startOnFreePort((port) =>
      serveProgram(process.execPath, ["src/server.ts"], path.join(examples, "node"), { ...variables, PORT: `${port}` }),
    );
    const flags = ["serve", ...denoFlags, ...gatePermissions, "--host=127.0.0.1", "--port=0", "src/main.ts"];
    const deno = await serveProgram(denoCommand, flags, path.join(examples, "deno"), { ...variables, DENO_DIR: data });
    try {
      expect([await ask(node.url), await ask(deno.url)]).toEqual([
        [200, 401],
        [200, 401],
      ]);
    } finally {
      await Promise.all([node.stop(), deno.stop()]);
    }
  });
});

const cloud = "https://login.microsoftonline.com";
const api = "https://api.contoso.com";

describe.skipIf(chromiumPath === undefined)("the single-page application, in Chromium", () => {
  let browser: Browser;
  let server: ViteDevServer;
  beforeAll(async () => {
    server = await createServer({ root: path.join(examples, "spa"), server: { port: 0 }, logLevel: "silent" });
    await server.listen();
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it("signs its user in, and shows the API's response", async () => {
    const load = (file: string) => import(pathToFileURL(file).href);
    const { createTestEntra } = await load(
      path.join(inject("project"), "node_modules/entra-gate/dist/entra/testing.js"),
    );
    const { createApi } = await load(path.join(examples, "spa/src/api.ts"));
    const entra = createTestEntra();
    const address = server.httpServer?.address();
    const origin = `http://localhost:${typeof address === "object" ? address?.port : ""}`;
    const gate = createApi(origin);
    const { ENTRA_AUTHORITY: _, ...variables } = entra.variables;
    const { fetch: before } = globalThis;
    globalThis.fetch = (input, init) => entra.fetch(new Request(input, init));
    const page = await openPage(browser);
    /** Responds instead of the network. A page follows no redirect of such a response. */
    const answer = (pattern: string, handle: (request: Request) => Promise<Response>) =>
      page.route(pattern, async (route) => {
        const { method, url, headers, body } = {
          method: route.request().method(),
          url: route.request().url(),
          headers: await route.request().allHeaders(),
          body: route.request().postDataBuffer(),
        };
        const named = Object.entries(headers).filter(([name]) => !name.startsWith(":"));
        const request = new Request(url, { method, headers: named, ...(body && { body: new Uint8Array(body) }) });
        const response = await handle(request);
        const location = response.headers.get("location");
        if (location === null) {
          const fields = Object.fromEntries(response.headers);
          await route.fulfill({
            status: response.status,
            headers: fields,
            body: Buffer.from(await response.arrayBuffer()),
          });
        } else {
          const script = `<script>location.replace(${JSON.stringify(location)})</script>`;
          await route.fulfill({ contentType: "text/html", body: script });
        }
      });
    try {
      await answer(`${cloud}/**`, entra.fetch);
      await answer(`${api}/**`, async (request) => gate.fetch(request, { ...variables, GATE_URL: api }));
      await page.goto(origin);
      await page.click("#sign-in");
      await page.click("button[value=member]");
      await page.waitForFunction(() => document.querySelector("#orders")?.textContent !== "");
      expect(await page.textContent("#orders")).toBe('[{"id":1}]');
    } finally {
      globalThis.fetch = before;
      await page.close();
    }
  });
});
