// docs/how-to/use-several-origins.md, step by step.
import { symlinkSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { serve, serveFetch } from "../../../../cli/common/loopback.ts";
import { createProject, root, type TestProject, wranglerText } from "../../../cli/dev/support/project.ts";
import { type Shell, startShell } from "../../../cli/support/shell.ts";
import { serveInDeno } from "../../../support/deno/serve.ts";
import { readPage } from "../../../support/docs/pages.ts";
import { type Launcher, startLauncher } from "../../../support/launcher.ts";
import { serveByFile } from "../../../support/runtimes/serve-file.ts";
import { type Part, startStack } from "../../../support/stack.ts";
import { certificateOf, startMutualTlsOrigin } from "../../../worker/support/mutual-tls-origin.ts";

const { snippets } = readPage("docs/how-to/use-several-origins.md");

/** The code of the page with this text, which runs in this repository. */
function codeOf(language: string, text: string): string {
  const { code } = snippets.find((each) => each.language === language && each.code.includes(text))!;
  return code.replaceAll('"entra-gate"', `"${root}/src/index.ts"`);
}

const gate = codeOf("ts", "export const routes");
let project: TestProject;
let shell: Shell;

beforeAll(async () => {
  shell = await startShell();
  project = createProject("", {
    "src/gate.ts": gate,
    "wrangler.toml": `${wranglerText.replace("src/worker.ts", "src/gate.ts")}\n${codeOf("toml", "ORIGIN_BILLING_AUTHORIZATION")}`,
  });
});
afterAll(async () => {
  await shell.stop();
  project?.remove();
});

/** Runs a command of the page that starts dev, with the server of the reader elsewhere. */
async function startDev(line: string, ownUrl = ""): Promise<Launcher> {
  expect(snippets.map(({ code }) => code)).toContain(line);
  const [, , , ...options] = line.replace("http://127.0.0.1:3001", ownUrl).split(" ");
  const launcher = await startLauncher(options, { cwd: project.folder });
  onTestFinished(async () => void (await launcher.stop()));
  return launcher;
}

/** Runs the commands of the page that send requests. @returns what each origin received */
async function sendRequests(gateUrl: string): Promise<readonly string[]> {
  const commands = codeOf("sh", "curl")
    .replaceAll("http://127.0.0.1:8787", gateUrl)
    .replaceAll("curl", "curl -sw '\\n'");
  const { stdout } = await shell.run(commands, project.folder);
  return stdout.trimEnd().split("\n");
}

const addressOf = (launcher: Launcher, name: string) =>
  new RegExp(`^${name} +(\\S+)$`, "m").exec(launcher.output())?.[1] ?? "";

describe("the section about dev", () => {
  it("shows which origin gets a request, and with which token", async () => {
    const launcher = await startDev("npx entra-gate dev");
    const [billing, history] = (await sendRequests(addressOf(launcher, "Gate"))).map((each) => JSON.parse(each));
    expect(billing.url).toBe(`${addressOf(launcher, "Sample origin billing")}/invoices/1`);
    expect(billing.headers).not.toHaveProperty("authorization");
    expect(billing.headers).toHaveProperty("x-ms-client-principal-id");
    expect(history.url).toBe(`${addressOf(launcher, "Sample origin history")}/invoices/1/order`);
    expect(history.headers.authorization).toMatch(/^Bearer eyJ/);
  });

  it("forwards to a server of the reader in place of a sample", async () => {
    const own = await serveFetch((request) => new Response(`own ${new URL(request.url).pathname}`));
    onTestFinished(() => own.stop());
    const launcher = await startDev("npx entra-gate dev --origin billing=http://127.0.0.1:3001", own.url);
    const [billing, history] = await sendRequests(addressOf(launcher, "Gate"));
    expect(billing).toBe("own /invoices/1");
    expect(JSON.parse(history!).url).toBe(`${addressOf(launcher, "Sample origin history")}/invoices/1/order`);
  });
});

describe("the section about client certificates", () => {
  type RunGate = (
    entry: string,
    vars: Readonly<Record<string, string>>,
    onLine: (line: string) => void,
  ) => Promise<Part>;
  const runOnNode: RunGate = (entry, vars, onLine) =>
    serveByFile("Node", entry, vars, undefined, undefined, 0, { onLine });
  const runOnDeno: RunGate = (entry, vars, onLine) => serveInDeno(entry, vars, ["--allow-read"], 0, { onLine });

  /**
   * Asks a gate for the origin that requires a certificate, and for another one.
   *
   * @returns the answers, and reasons in the log
   */
  async function ask(code: string, run: RunGate) {
    const http = createServer((request, response) => {
      let bytes = 0;
      request.on("data", (chunk) => {
        bytes += chunk.length;
      });
      request.on("end", () => response.end(`${request.url} ${bytes} ${certificateOf(request.socket)}`));
    });
    const billing = await startMutualTlsOrigin((socket) => void http.emit("connection", socket));
    onTestFinished(() => billing.stop());
    const history = await serve(async ({ url }, response) => void response.end(`history ${url}`));
    onTestFinished(() => history.stop());
    const { key, cert, ca } = billing.client;
    const own = createProject("", {
      ...{ "src/routes.ts": gate, "src/gate.ts": code },
      ...{ "src/key.pem": key, "src/cert.pem": cert, "src/ca.pem": ca },
    });
    onTestFinished(() => own.remove());
    symlinkSync(path.join(root, "node_modules/undici"), path.join(own.folder, "node_modules/undici"));
    const lines: string[] = [];
    const stack = await startStack({
      gateEntry: path.join(own.folder, "src/gate.ts"),
      gateVars: { ORIGIN_BILLING_URL: `${billing.url}/api`, ORIGIN_HISTORY_URL: history.url },
      runGate: (entry, vars) => run(entry, vars, (line) => lines.push(line)),
    });
    onTestFinished(() => stack.stop());
    const token = await (await fetch(`${stack.entraUrl}/local/token?scope=orders.read`)).text();
    const headers = { authorization: `Bearer ${token}` };
    const answers: unknown[] = [];
    for (const target of ["/invoices/1", "/invoices/1/order"]) {
      const answer = await fetch(stack.gateUrl + target, { headers });
      answers.push(answer.status === 200 ? await answer.text() : answer.status);
    }
    return {
      answers,
      refusals: () => lines.filter((line) => line.includes('"refused"')),
      fingerprint: billing.fingerprint,
    };
  }

  it.each([
    ["Node", "undici", runOnNode],
    ["Deno", "Deno.createHttpClient", runOnDeno],
  ])("sends the certificate to its origin on %s", async (_runtime, text, run) => {
    const { answers, fingerprint } = await ask(codeOf("ts", text), run);
    expect(answers).toEqual([`/api/invoices/1 0 ${fingerprint}`, "history /invoices/1/order"]);
  });

  it.each([
    ["Node", runOnNode],
    ["Deno", runOnDeno],
  ])("means 502 on %s without the option", async (_runtime, run) => {
    const { answers, refusals } = await ask('export { default } from "./routes.ts";', run);
    expect(answers).toEqual([502, "history /invoices/1/order"]);
    await expect.poll(refusals).toEqual([expect.stringContaining('"reason":"origin_unreachable"')]);
  });
});
