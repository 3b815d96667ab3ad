import { execFile, execFileSync } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPages } from "../../support/docs/pages.ts";
import { listSwitchedOff, switchOn } from "../../support/wrangler-file.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const clone = mkdtempSync(path.join(os.tmpdir(), "entra-gate-clone-"));
const page = readPages().find(({ file }) => file === "docs/tutorials/your-zone.md");

/** The page's blocks of one language, in order. */
function blocksOf(language: string): readonly string[] {
  return (page?.snippets ?? []).filter((snippet) => snippet.language === language).map(({ code }) => code.trimEnd());
}

/** Every file of the project, as in a new clone, and the packages that npm installs. */
beforeAll(() => {
  const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root });
  for (const file of files.toString().split("\0").filter(Boolean)) {
    cpSync(path.join(root, file), path.join(clone, file));
  }
  symlinkSync(path.join(root, "node_modules"), path.join(clone, "node_modules"));
});

afterAll(() => rmSync(clone, { recursive: true }));

async function run(command: string): Promise<{ code: number; output: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)("bash", ["-ec", command], { cwd: clone });
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

describe("docs/tutorials/your-zone.md, word for word", () => {
  const [switchesOn = "", tries = "", checksBoth = ""] = blocksOf("sh");
  const [settings = "", patternWithPath = ""] = blocksOf("toml");
  const [printed = "", warnings = ""] = blocksOf("text");
  const [routes = ""] = blocksOf("ts");
  const file = path.join(clone, "wrangler.toml");

  it("deploys nothing before wrangler.toml is filled in", async () => {
    const { code, output } = await run(tries);
    expect(code).toBe(2);
    expect(output).toContain("no variable of a gate is set in wrangler.toml");
  });

  it("deploys nothing if a line is missing", async () => {
    const shipped = readFileSync(file, "utf8");
    writeFileSync(
      file,
      switchOn(shipped, ({ lines }) => lines[0]?.startsWith("ENTRA_TENANT_ID") === true),
    );
    const { code, output } = await run(tries.replace("staging", "production"));
    writeFileSync(file, shipped);
    expect(code).toBe(1);
    expect(output).toContain("ENTRA_API_AUDIENCE is missing");
    expect(output).toContain("Not deployed");
  });

  it("switches on the settings that it shows", async () => {
    const before = listSwitchedOff(readFileSync(file, "utf8")).length;
    expect(await run(switchesOn)).toEqual({ code: 0, output: "" });
    const text = readFileSync(file, "utf8");
    expectShown(settings.replaceAll("\n\n", "\n"), text);
    expect(listSwitchedOff(text).length).toBeLessThan(before);
  });

  it("works with the example values, and shows the actual output", async () => {
    const { code, output } = await run(tries);
    expect(code).toBe(0);
    expectShown(printed, output);
    expect(output).toMatch(/Total Upload: [\d.]+ KiB \/ gzip: [\d.]+ KiB/);
  });

  it("ends in two workers that can be uploaded", async () => {
    const filled = readFileSync(file, "utf8")
      .replaceAll("11111111-2222-3333-4444-555555555555", "4b1c6e0a-93d7-4f58-8a26-e1d07c35b9f2")
      .replaceAll("22222222-3333-4444-5555-666666666666", "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a");
    writeFileSync(file, filled);
    const { code, output } = await run(checksBoth);
    expect([code, output.match(/Faults: .*|--dry-run: .*/g)]).toEqual([
      0,
      ["Faults: 0. Warnings: 0.", "--dry-run: exiting now.", "Faults: 0. Warnings: 0.", "--dry-run: exiting now."],
    ]);
    expect(output.match(/--env \w+/g)).toEqual(["--env staging", "--env production"]);
  });

  it("shows the warnings about a pattern with a path", async () => {
    const filled = readFileSync(file, "utf8");
    writeFileSync(file, filled.replace(/^routes = .*api-staging.*$/m, patternWithPath));
    writeFileSync(path.join(clone, "src/routes.ts"), `${routes}\n`);
    const { code, output } = await run(tries);
    writeFileSync(file, filled);
    expect(code).toBe(0);
    expectShown(warnings, output);
    expect(output).toContain("Faults: 0. Warnings: 2.");
  });

  it("leads to every optional binding", async () => {
    writeFileSync(
      file,
      switchOn(
        readFileSync(file, "utf8"),
        ({ table, lines }) => !/\.(?:vars|secrets)$/.test(table) || lines[0]?.startsWith("ENTRA_CLIENT_ID") === true,
      ),
    );
    // As the comment at GLOBAL_LIMITER says.
    const [, line] = /^# .*`(export .*)`/m.exec(readFileSync(file, "utf8")) ?? [];
    appendFileSync(path.join(clone, "src/worker.ts"), `${line}\n`);
    const { code, output } = await run("npm run deploy -- --env production --dry-run");
    expect([code, output]).toEqual([0, expect.stringContaining("--dry-run: exiting now.")]);
    const bindings = ["ORIGIN", "RATE_LIMITER", "GLOBAL_LIMITER", "TOKEN_CACHE", "DECISIONS", "ENTRA_CLIENT_SECRET"];
    for (const name of bindings) expect(output).toContain(`env.${name} `);
  });
});
