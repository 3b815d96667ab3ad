import { execFile, execFileSync } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listSwitchedOff, switchOn } from "../support/wrangler-file.ts";

const root = path.resolve(import.meta.dirname, "../..");
const clone = mkdtempSync(path.join(os.tmpdir(), "entra-gate-clone-"));
const [, chapter = ""] =
  /^## Steps\n([\s\S]*?)^## /m.exec(readFileSync(path.join(root, "docs/tutorials/your-zone.md"), "utf8")) ?? [];

/** Lines of the chapter's blocks of one language, without their indentation. */
function linesOf(language: string): readonly string[] {
  const blocks = [...chapter.matchAll(new RegExp(`^ *\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\``, "gm"))];
  return blocks.flatMap(([, block = ""]) => block.trim().split(/\n\s*/));
}

/** Every file of the project, as a fresh clone has it, and what npm installs beside it. */
beforeAll(() => {
  const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root });
  for (const file of files.toString().split("\0").filter(Boolean)) {
    cpSync(path.join(root, file), path.join(clone, file));
  }
  symlinkSync(path.join(root, "node_modules"), path.join(clone, "node_modules"));
});

afterAll(() => rmSync(clone, { recursive: true }));

async function run(command: string): Promise<{ code: number; output: string }> {
  const [file = "", ...args] = command.split(" ");
  try {
    const { stdout, stderr } = await promisify(execFile)(file, args, {
      cwd: clone,
      shell: process.platform === "win32",
    });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

describe("docs/tutorials/your-zone.md, word for word", () => {
  const commands = linesOf("sh");
  const file = path.join(clone, "wrangler.toml");

  it("works for both environments", () => {
    expect(commands).toEqual(["staging", "production"].map((env) => `npm run deploy -- --env ${env} --dry-run`));
  });

  it("deploys nothing before wrangler.toml is filled in", async () => {
    const { code, output } = await run(commands[0] ?? "");
    expect(code).toBe(2);
    expect(output).toContain("no variable of a gate is set in wrangler.toml");
  });

  it("deploys nothing if a line is missing", async () => {
    const shipped = readFileSync(file, "utf8");
    writeFileSync(
      file,
      switchOn(shipped, ({ lines }) => lines[0]?.startsWith("ENTRA_TENANT_ID") === true),
    );
    const { code, output } = await run(commands[1] ?? "");
    writeFileSync(file, shipped);
    expect(code).toBe(1);
    expect(output).toContain("ENTRA_API_AUDIENCE is missing");
    expect(output).toContain("Not deployed");
  });

  it("ends in two workers that can be uploaded", async () => {
    const names = linesOf("toml").map((line) => line.split(" = ")[0] ?? "");
    const shipped = readFileSync(file, "utf8");
    for (const name of names) {
      const tables = listSwitchedOff(shipped).filter(({ lines }) =>
        lines.some((line) => line.startsWith(`${name} = `)),
      );
      expect(tables.map(({ table }) => table.split(".")[1])).toEqual(["staging", "production"]);
    }
    writeFileSync(
      file,
      switchOn(shipped, ({ lines }) => names.some((name) => lines[0]?.startsWith(`${name} = `))),
    );
    for (const command of commands) {
      const { code, output } = await run(command);
      expect([code, output]).toEqual([0, expect.stringContaining("--dry-run: exiting now.")]);
      expect(output).toContain("Faults: 0.");
      expect(output).toMatch(/Total Upload: [\d.]+ KiB \/ gzip: [\d.]+ KiB/);
      for (const name of names.filter((each) => each !== "routes")) expect(output).toContain(`env.${name}`);
    }
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
