import { appendFileSync, cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Shell, startShell } from "../../../cli/support/shell.ts";
import { readPage, root } from "../../../support/docs/pages.ts";
import { type Launcher, startLauncher } from "../../../support/launcher.ts";

const clone = mkdtempSync(path.join(tmpdir(), "entra-gate-troubleshoot-"));
const page = readPage("docs/how-to/troubleshoot.md");
const { snippets } = page;
const isWithoutToken = ({ code }: { readonly code: string }) => /%\{time_total\}|--file list\.json/.test(code);
const local = snippets.filter(
  (snippet) => snippet.language === "sh" && snippet.code.includes("http://127.0.0.1:8787/") && !isWithoutToken(snippet),
);
const [endsOutage = ""] = /curl -X POST \S+\/local\/faults\/endOutage/.exec(page.text) ?? [];
const isOutage = ({ code }: { readonly code: string }) => code.includes("/local/faults/startOutage");
/** The blocks for a local gate. The outage comes first, because a gate that has just started has no keys. */
const blocks = [...local.filter(isOutage), ...local.filter((block) => !isOutage(block))];

let launcher: Launcher | undefined;
let shell: Shell;

/** As the page says: its routes and `npm run dev`, on free ports. `token` and `explain` find it. */
beforeAll(async () => {
  for (const name of ["cli", "entra", "src", "package.json", "tsconfig.json", "wrangler.toml"]) {
    cpSync(path.join(root, name), path.join(clone, name), { recursive: true });
  }
  symlinkSync(path.join(root, "node_modules"), path.join(clone, "node_modules"));
  const routes = snippets.find(({ language, code }) => language === "ts" && code.includes("new App"));
  writeFileSync(path.join(clone, "src/routes.ts"), routes?.code ?? "");
  shell = await startShell();
  launcher = await startLauncher([], { cwd: clone, command: [path.join(clone, "cli/entra-gate.js"), "dev"] });
});

afterAll(async () => {
  await Promise.all([launcher?.stop(), shell.stop()]);
  rmSync(clone, { recursive: true });
});

/** Ends the outage, and loads the worker anew. Otherwise it would wait before it asks for the keys again. */
async function endOutage(): Promise<void> {
  await run(endsOutage);
  const before = output().length;
  appendFileSync(path.join(clone, "src/worker.ts"), "\n");
  await expect.poll(() => output().slice(before)).toContain("Reloaded the worker.");
}

const output = () => launcher?.output() ?? "";

/** The text with the addresses of the running gate, its Entra and its origin. */
function atRunningGate(text: string): string {
  const urls = output().match(/http:\/\/127\.0\.0\.1:\d+$/gm) ?? [];
  return text.replace(/http:\/\/127\.0\.0\.1:878([789])/g, (_url, port) => urls[Number(port) - 7] ?? "");
}

async function run(commands: string): Promise<{ readonly code: number; readonly text: string }> {
  const { code, stdout } = await shell.run(`set +e\n${atRunningGate(commands)}`, clone);
  return { code, text: stdout };
}

/** What each block shows: status, reason in the log, and exit code of its last command. */
const shown: readonly (readonly [status: number, reason: string | undefined, code: number])[] = [
  [503, "keys_unavailable", 1],
  [401, "audience_mismatch", 1],
  [401, "expired", 1],
  [403, "scope_missing", 1],
  [403, "role_missing", 1],
  [403, "kind_not_allowed", 1],
  [204, undefined, 0],
  [404, "route_unlisted", 1],
];

describe("docs/how-to/troubleshoot.md", () => {
  it("has one result for each block of local commands", () => {
    expect(blocks.length).toBe(shown.length);
  });

  it.each(blocks.map((block, index) => [block.code.split("\n")[0], block.code, ...shown[index]!] as const))(
    "shows what it says: %s",
    async (_first, commands, status, reason, code) => {
      const before = output().length;
      const result = await run(commands);
      expect(result.text).toMatch(new RegExp(`^HTTP/1.1 ${status} `, "m"));
      if (reason === undefined) return;
      await expect.poll(() => output().slice(before)).toContain(`"reason":"${reason}"`);
      expect(result.text).toContain(commands.includes("doctor") ? "status 503" : `Refused  ${reason}`);
      expect(result.code).toBe(code);
      if (status === 503) await endOutage();
    },
  );
});

describe("docs/how-to/troubleshoot.md, when requests are slow or must stop", () => {
  const steps = snippets.filter(isWithoutToken).map(({ code }) => code);
  /** What each block prints, in the order of the page. */
  const printed: readonly (readonly [code: number, ...texts: RegExp[]])[] = [
    [0, /^gate 401 [\d.]+$/m, /^origin \d{3} [\d.]+$/m],
    [0, /^user 11111111-.*"token stolen"$/m],
    [0, /^user 11111111-/m, /^client 33333333-.*every token.*"secret leaked"$/m],
  ];

  it("has one result for each block", () => {
    expect(steps.length).toBe(printed.length);
  });

  it.each(steps.map((step, index) => [step.split("\n")[0], step, printed[index]!] as const))(
    "shows what it says: %s",
    async (_first, step, [code, ...texts]) => {
      const result = await run(step);
      for (const text of texts) expect(result.text).toMatch(text);
      expect(result.code).toBe(code);
    },
  );
});
