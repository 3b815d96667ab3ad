// docs/how-to/use-external-id.md, step by step.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, expect, it, onTestFinished } from "vitest";
import { findPort } from "../../../../cli/common/loopback.ts";
import { findAuthorityCertificate, findAuthorityFolder } from "../../../../cli/entra/authority-files.ts";
import { definition } from "../../../../cli/entra/definition.ts";
import { tenants } from "../../../../entra/directory/directory.ts";
import { createProject, root } from "../../../cli/dev/support/project.ts";
import { serveInDeno } from "../../../support/deno/serve.ts";
import { readPage } from "../../../support/docs/pages.ts";
import { type Launcher, startLauncher } from "../../../support/launcher.ts";
import { serveByFile } from "../../../support/runtimes/serve-file.ts";

const { snippets, text } = readPage("docs/how-to/use-external-id.md");
const blocks = snippets.filter(({ language }) => language === "sh").map(({ code }) => code.trimEnd());
const [, startsEntra = "", variables = "", startsGate = "", asks = ""] = blocks;
const [toml = ""] = snippets.filter(({ language }) => language === "toml").map(({ code }) => code);
const [shown = ""] = snippets.filter(({ language }) => language === "text").map(({ code }) => code.trim());
const command = path.join(root, "cli/entra-gate.js");

/** The reader's home, where the certificate of the local Entra is. */
const home = mkdtempSync(path.join(tmpdir(), "external-id-"));
const env = { HOME: home, XDG_DATA_HOME: path.join(home, ".local/share") };
const certificate = findAuthorityCertificate(findAuthorityFolder(env));
const project = createProject(
  `export default createGate({
    routes: new App().get("/me", { hooks: requireAuth("access_as_user") }, ({ state }) => ({ status: 200, body: state.principal.tid })),
    unlisted: "reject",
  });`,
);
const entry = path.join(project.folder, "src/worker.ts");
const id = tenants.contoso.id;
let launcher: Launcher | undefined;

afterEach(async () => void (await launcher?.stop()));
afterAll(() => {
  project.remove();
  rmSync(home, { recursive: true });
});

/** Runs lines of the page, with the ports of this test. */
async function run(lines: string, entraUrl: string, gateUrl = ""): Promise<string> {
  const own = lines
    .replaceAll("https://localhost:8788", entraUrl)
    .replaceAll("http://localhost:8787", gateUrl)
    .replaceAll("npx entra-gate", `${process.execPath} ${command}`);
  const options = { cwd: project.folder, env: { ...process.env, ...env } };
  const { stdout } = await promisify(execFile)("bash", ["-ec", own], options).catch((error) => {
    throw new Error(error.stdout + error.stderr);
  });
  return stdout;
}

/** Runs the line of the page that starts the gate. @returns its address */
async function startGate(): Promise<string> {
  const port = await findPort(18_787);
  const line = startsGate.replace("npx wrangler dev", `exec npx wrangler dev --port ${port} --inspector-port 0`);
  const child = spawn("bash", ["-ec", line], {
    cwd: project.folder,
    env: { ...process.env, ...env },
    detached: true,
  });
  onTestFinished(async () => {
    process.kill(-child.pid!, "SIGTERM");
    await once(child, "close");
  });
  let output = "";
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += chunk;
        if (/Ready on/.test(output)) resolve();
      });
    }
    child.once("close", () => reject(new Error(output)));
  });
  return `http://localhost:${port}`;
}

it("names the choices of --external and no others", () => {
  for (const name of definition.options["--external <issuer>"].choices) expect(text).toContain(`--external ${name}`);
});

it.each([
  ["authority", (entraUrl: string) => `${entraUrl}/${id}/v2.0`],
  ["microsoftonline", () => `https://login.microsoftonline.com/${id}/v2.0`],
])("--external %s has the issuer of the page", async (name, issuerAt) => {
  launcher = await startLauncher(["--external", name], { command: [command, "entra"], env });
  const [, entraUrl = ""] = /^Local Entra (https:\S+)$/m.exec(launcher.output()) ?? [];
  const ask = `curl -s --cacert ${certificate} https://localhost:8788/${id}/v2.0/.well-known/openid-configuration`;
  expect(JSON.parse(await run(ask, entraUrl)).issuer).toBe(issuerAt(entraUrl));
});

// The tests of hostile documents have the other issuers on each runtime.
it("docs/how-to/use-external-id.md is true, line by line", async () => {
  expect(startsEntra).toBe("npx entra-gate entra --external ciamlogin");
  launcher = await startLauncher(["--external", "ciamlogin"], { command: [command, "entra"], env });
  const [, entraUrl = ""] = /^Local Entra (https:\S+)$/m.exec(launcher.output()) ?? [];
  // The page shows what the command prints.
  const printed = variables.replaceAll("https://localhost:8788", entraUrl);
  expect(launcher.output()).toContain(printed);
  expect(launcher.output()).toContain(`export NODE_EXTRA_CA_CERTS=${certificate}`);
  project.write(".dev.vars", `${printed}\n`);
  const gateUrl = await startGate();
  const output = await run(asks, entraUrl, gateUrl);
  expect(output).toContain(shown.replaceAll("11111111-2222-3333-4444-555555555555", id));
  expect(output).toContain("Faults: 0.");
  expect(output).toMatch(/allowed|accepts/);
  expect(output).toContain("HTTP/1.1 200 OK");
  expect(output).toContain(id);
  const alone = `curl -i ${gateUrl}/me`;
  expect(await run(alone, entraUrl, gateUrl)).toContain("HTTP/1.1 401 Unauthorized");
  expect(asks).toContain("curl -i http://localhost:8787/me ");
  // Deno and Node, with the same variables.
  const vars = Object.fromEntries(printed.split("\n").map((each) => each.split("=")));
  const gates = [
    await serveInDeno(entry, { ...vars, DENO_CERT: certificate }),
    await serveByFile("Node", entry, { ...vars, NODE_EXTRA_CA_CERTS: certificate }),
  ];
  const requests = asks
    .split("\n")
    .filter((line) => !/ (?:doctor|explain)/.test(line))
    .join("\n");
  for (const gate of gates) {
    onTestFinished(() => gate.stop());
    expect(await run(requests, entraUrl, gate.url)).toContain("HTTP/1.1 200 OK");
  }
});

it("has variables that a gate accepts", async () => {
  const file = path.join(project.folder, "wrangler.toml");
  const before = readFileSync(file, "utf8");
  writeFileSync(file, `${before}\n${toml}`);
  rmSync(path.join(project.folder, ".dev.vars"), { force: true });
  const { stdout } = await promisify(execFile)(process.execPath, [command, "doctor", "--offline"], {
    cwd: project.folder,
    env: { ...process.env, ...env },
  });
  writeFileSync(file, before);
  expect(stdout).toContain("Faults: 0.");
});
