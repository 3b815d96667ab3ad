// docs/how-to/admit-employees-and-customers.md, step by step.
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, it, onTestFinished } from "vitest";
import { createProject, root, wranglerText } from "../../../cli/dev/support/project.ts";
import { readPage } from "../../../support/docs/pages.ts";
import { startLauncher } from "../../../support/launcher.ts";

const { snippets } = readPage("docs/how-to/admit-employees-and-customers.md");
const blocksOf = (language: string) =>
  snippets.filter((each) => each.language === language).map(({ code }) => code.trimEnd());
const [worker = "", routes = ""] = blocksOf("ts");
const [vars = ""] = blocksOf("jsonc");
const [starts, asks = ""] = blocksOf("sh");
const project = createProject("export default createGate({});");

afterAll(() => project.remove());

it("docs/how-to/admit-employees-and-customers.md is true, line by line", async () => {
  expect(starts).toBe("npm run dev");
  for (const [file, code] of [
    ["page.ts", worker],
    ["routes.ts", routes],
  ] as const)
    project.write(`src/${file}`, code.replace('"entra-gate"', JSON.stringify(path.join(root, "src/index.ts"))));
  const variables: Readonly<Record<string, string>> = JSON.parse(`{${vars}}`).vars;
  const lines = Object.entries(variables).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  const settings = wranglerText.replace("src/worker.ts", "src/page.ts");
  project.write("wrangler.toml", `${settings}\n[vars]\n${lines.join("\n")}\n`);
  const launcher = await startLauncher([], { cwd: project.folder });
  onTestFinished(() => void launcher.stop());
  const [, gateUrl = ""] = /^Gate +(\S+)$/m.exec(launcher.output()) ?? [];
  const own = asks
    .replaceAll("http://127.0.0.1:8787", gateUrl)
    .replaceAll("npx entra-gate", `${process.execPath} ${path.join(root, "cli/entra-gate.js")}`);
  const { stdout } = await promisify(execFile)("bash", ["-ec", own], { cwd: project.folder });
  expect(stdout.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 403"]);
  expect(stdout).toContain("customers");
  await expect.poll(() => launcher.output()).toContain('"reason":"authority_not_allowed"');
}, 120_000);
