import { mkdirSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { expect, inject, it, onTestFinished } from "vitest";
import { createTestCertificate } from "../support/client-certificate.ts";
import { denoCommand } from "../support/deno/command.ts";
import { makeDenoHome, startProcess } from "../support/deno/process.ts";
import { readPage } from "../support/docs/pages.ts";
import { sendRequest } from "../support/http.ts";
import { type Part, startStack } from "../support/stack.ts";

const { text, snippets } = readPage("docs/how-to/run-on-deno.md");
const findProgram = (start: string) => snippets.find(({ code }) => code.startsWith(start))?.code ?? "";
const documentedPort = "port: 443";

/** Saves the page's worker and its server beside a certificate, and starts the server with the page's command. */
async function startServer(vars: Readonly<Record<string, string>>): Promise<Part> {
  const folder = path.join(inject("project"), "deno-tls");
  const { pem } = await createTestCertificate();
  const server = findProgram("import gate from");
  expect(server).toContain(documentedPort);
  mkdirSync(folder);
  const files = {
    "worker.ts": findProgram("import { App, createGate"),
    "serve.ts": server.replace(documentedPort, "port: 0"),
    "cert.pem": pem.slice(0, pem.indexOf("-----BEGIN PRIVATE KEY-----")),
    "key.pem": pem.slice(pem.indexOf("-----BEGIN PRIVATE KEY-----")),
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
  const [, command = ""] = /^deno (run .* serve\.ts)$/m.exec(text) ?? [];
  const home = await makeDenoHome();
  onTestFinished(() => rm(home, { recursive: true }));
  let port = "";
  const { stop } = await startProcess(
    [denoCommand, ...command.split(" ")],
    { cwd: folder, env: { DENO_DIR: home, NO_COLOR: "1", ...vars } },
    (line) => {
      [, port = ""] = /Listening on https:\/\/[\d.]+:(\d+)/.exec(line) ?? [];
      return port !== "";
    },
  );
  return { url: `https://127.0.0.1:${port}`, stop };
}

it("the server of the guide for Deno ends TLS, and lets in only a caller with a token", async () => {
  const [, gateUrl = ""] = /^GATE_URL=(.+)$/m.exec(text) ?? [];
  const stack = await startStack({
    gateVars: { GATE_URL: gateUrl },
    runGate: (_entry, vars) => startServer(vars),
  });
  onTestFinished(() => stack.stop());
  const { host } = new URL(gateUrl);
  const token = await (await fetch(`${stack.entraUrl}/local/token?persona=member&scope=orders.read`)).text();
  expect(await sendRequest(stack.gateUrl, { host })).toMatchObject({ status: 401 });
  const headers = [["Authorization", `Bearer ${token}`]] as const;
  expect(await sendRequest(stack.gateUrl, { host, headers })).toMatchObject({ status: 200, body: '[{"id":1}]' });
});
