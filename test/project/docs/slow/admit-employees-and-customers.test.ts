// docs/how-to/admit-employees-and-customers.md, step by step.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, it, onTestFinished } from "vitest";
import { findPort } from "../../../../cli/common/loopback.ts";
import { createProject, root, wranglerText } from "../../../cli/dev/support/project.ts";
import { readPage } from "../../../support/docs/pages.ts";
import { startLauncher } from "../../../support/launcher.ts";

const { snippets } = readPage("docs/how-to/admit-employees-and-customers.md");
const blocksOf = (language: string) =>
  snippets.filter((each) => each.language === language).map(({ code }) => code.trimEnd());
const [worker = "", routes = ""] = blocksOf("ts");
const [toml = ""] = blocksOf("toml");
const [startsEntra, variables = "", startsGate, asks = ""] = blocksOf("sh");
const command = path.join(root, "cli/entra-gate.js");
const project = createProject("export default createGate({});");
const options = { cwd: project.folder, env: { ...process.env } };

afterAll(() => project.remove());

it("docs/how-to/admit-employees-and-customers.md is true, line by line", async () => {
  expect([startsEntra, startsGate]).toEqual(["npx entra-gate entra --authority customers", "npx wrangler dev"]);
  const launcher = await startLauncher(["--authority", "customers"], { command: [command, "entra"] });
  onTestFinished(() => void launcher.stop());
  const output = launcher.output();
  const [, entraUrl = ""] = /^Local Entra (\S+)$/m.exec(output) ?? [];
  const [, customersUrl = ""] = /^Authority customers (\S+)$/m.exec(output) ?? [];
  const printed = variables.replace("http://127.0.0.1:8788", entraUrl).replace("http://127.0.0.1:8789", customersUrl);
  expect(output).toContain(printed);
  for (const [file, code] of [
    ["page.ts", worker],
    ["routes.ts", routes],
  ] as const)
    project.write(`src/${file}`, code.replace('"entra-gate"', JSON.stringify(path.join(root, "src/index.ts"))));
  project.write("wrangler.toml", `${wranglerText.replace("src/worker.ts", "src/page.ts")}\n${toml}\n`);
  project.write(".dev.vars", `${printed}\n`);
  const port = await findPort(18_887);
  const gate = spawn("npx", ["wrangler", "dev", "--port", String(port), "--inspector-port", "0"], {
    ...options,
    detached: true,
  });
  onTestFinished(async () => {
    process.kill(-gate.pid!, "SIGTERM");
    await once(gate, "close");
  });
  let log = "";
  await new Promise<void>((resolve, reject) => {
    for (const stream of [gate.stdout, gate.stderr]) {
      stream.on("data", (chunk) => {
        log += chunk;
        if (/Ready on/.test(log)) resolve();
      });
    }
    gate.once("close", () => reject(new Error(log)));
  });
  const own = asks
    .replaceAll("http://localhost:8787", `http://localhost:${port}`)
    .replaceAll("npx entra-gate token", `${process.execPath} ${command} token --entra ${entraUrl}`);
  const { stdout } = await promisify(execFile)("bash", ["-ec", own], options);
  expect(stdout.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 403"]);
  expect(stdout).toContain("customers");
  expect(stdout).toContain("all orders");
  await expect.poll(() => log).toContain('"reason":"authority_not_allowed"');
});
