import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { quietEnvironment } from "../../cli/project/quiet.ts";
import { readPage } from "../support/docs/pages.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "entra-gate-zone-"));
const page = readPage("docs/tutorials/your-zone.md");

/** The page's blocks of one language, in order. */
const blocksOf = (language: string) =>
  page.snippets.filter((snippet) => snippet.language === language).map(({ code }) => code.trimEnd());

/** A project that `init` creates in an empty folder, with only the package and the tools of a new project. */
beforeAll(async () => {
  await run(`${path.join(inject("consumer"), "node_modules/.bin/entra-gate")} init --yes --name orders`);
  const installed = path.join(inject("project"), "node_modules");
  mkdirSync(path.join(folder, "node_modules"));
  for (const name of readdirSync(installed))
    symlinkSync(path.join(installed, name), path.join(folder, "node_modules", name));
  symlinkSync(path.resolve("node_modules/wrangler"), path.join(folder, "node_modules/wrangler"));
});

afterAll(() => rmSync(folder, { recursive: true }));

async function run(command: string): Promise<{ code: number; output: string }> {
  const PATH = [path.dirname(process.execPath), process.env.PATH].join(path.delimiter);
  const env = { ...process.env, ...quietEnvironment, PATH, NO_COLOR: "1", npm_config_offline: "true" };
  try {
    const { stdout, stderr } = await promisify(execFile)("bash", ["-ec", command], { cwd: folder, env });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
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

describe("docs/tutorials/your-zone.md, word for word, in a project that has only the package", () => {
  const [tries = "", , checksBoth = ""] = blocksOf("sh");
  const [environments = "", patternWithPath = ""] = blocksOf("jsonc");
  const [printed = "", warnings = ""] = blocksOf("text");
  const [routes = ""] = blocksOf("ts");
  const file = path.join(folder, "wrangler.jsonc");
  const read = () => readFileSync(file, "utf8");

  it("deploys no environment before it is there", async () => {
    expect(await run(tries)).toEqual({
      code: 3,
      output: "error: --env staging: wrangler.jsonc has no environments\n",
    });
  });

  it("works with the example values, and shows the actual output", async () => {
    writeFileSync(file, read().replace(/\n\}\s*$/, `,\n${environments}\n}\n`));
    const { code, output } = await run(tries);
    expectShown(printed, output);
    expect(output).toMatch(/Total Upload: [\d.]+ KiB \/ gzip: [\d.]+ KiB/);
    expect(code).toBe(0);
  });

  it("refuses an environment that has a fault, whichever command of the project deploys it", async () => {
    const good = read();
    const at = good.indexOf('"production"');
    const bad = good
      .slice(at)
      .replace('"11111111-2222-3333-4444-555555555555"', '"common"')
      .replace("ENTRA_REQUIRED_SCOPE", "ENTRA_REQUIRED_SCOP");
    writeFileSync(file, good.slice(0, at) + bad);
    for (const command of ["npx entra-gate deploy", "npm run deploy --"]) {
      const { code, output } = await run(`${command} --env production --dry-run`);
      expect(output).toContain("wrangler.jsonc [env.production]");
      expect(output).toContain("ENTRA_REQUIRED_SCOP");
      expect(output).toContain("Not deployed: wrangler.jsonc [env.production] has the faults above.");
      expect(code).toBe(1);
    }
    writeFileSync(file, good);
  });

  it("ends in two workers that can be uploaded", async () => {
    const filled = read()
      .replaceAll("11111111-2222-3333-4444-555555555555", "4b1c6e0a-93d7-4f58-8a26-e1d07c35b9f2")
      .replaceAll("22222222-3333-4444-5555-666666666666", "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a");
    writeFileSync(file, filled);
    const { code, output } = await run(checksBoth);
    expect([code, output.match(/Faults: .*|--dry-run: .*/g)]).toEqual([
      0,
      ["Faults: 0. Warnings: 0.", "--dry-run: exiting now.", "Faults: 0. Warnings: 0.", "--dry-run: exiting now."],
    ]);
  });

  it("shows the warnings about a pattern with a path", async () => {
    const filled = read();
    writeFileSync(file, filled.replace(/"routes": \[.*api-staging.*,/, patternWithPath));
    writeFileSync(path.join(folder, "src/routes.ts"), `${routes}\n`);
    const { code, output } = await run(tries);
    writeFileSync(file, filled);
    expectShown(warnings, output);
    expect([code, output]).toEqual([0, expect.stringContaining("Faults: 0. Warnings: 2.")]);
  });

  it("leads to every optional binding of the page about deployments", async () => {
    const block = readPage("docs/how-to/deploy.md").snippets.find(({ code }) => code.includes("RATE_LIMITER"));
    const lines = block?.code.split("\n").slice(2, -2).join("\n");
    const client = '"ENTRA_CLIENT_ID": "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a", ';
    writeFileSync(
      file,
      read()
        .replace(/("production": \{\n.*?"vars": \{)/s, `$1${client}`)
        .replace(/("production": \{\n)/, `$1${lines},\n`),
    );
    const { code, output } = await run("npx entra-gate deploy --env production --dry-run");
    for (const name of ["ORIGIN", "RATE_LIMITER", "TOKEN_CACHE", "DECISIONS", "ENTRA_CLIENT_SECRET"])
      expect(output).toContain(`env.${name} `);
    expect([code, output]).toEqual([0, expect.stringContaining("--dry-run: exiting now.")]);
  });
});
