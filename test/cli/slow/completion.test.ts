import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { root } from "../../support/docs/pages.ts";

const bin = path.join(root, "cli/entra-gate.js");
const folder = mkdtempSync(path.join(tmpdir(), "completion-"));
mkdirSync(path.join(folder, "a folder"));
writeFileSync(path.join(folder, "my keys.json"), "{}");
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes the completions of a shell into a file. */
function writeScript(shell: string): string {
  const file = path.join(folder, `${shell}.completions`);
  writeFileSync(file, execFileSync(process.execPath, [bin, "completion", shell]));
  return file;
}

const isInstalled = (command: string) => existsSync(`/usr/bin/${command}`) || existsSync(`/bin/${command}`);

/** What a user types, and the command that the shell runs then. */
const typed: readonly (readonly [keys: string, command: string])[] = [
  ["expl\t", "explain"],
  ["--vers\t", "--version"],
  ["doctor --off\t --str\t", "doctor --offline --strict"],
  ["explain --ke\tmy\t", "explain --keys my keys.json"],
  ["docs reas\t", "docs reasons"],
  ["completion fi\t", "completion fish"],
  ["init a\\ f\t", "init a folder"],
  ["compile my\t", "compile my keys.json"],
  ["diff my\t", "diff my keys.json"],
  ["explain --route expl\t", "explain --route expl"],
  ["nonsense --js\t", "nonsense --js"],
];

/** Lets a shell read lines from a terminal, with `entra-gate` as a function that prints its arguments. */
async function type(shell: string, setup: readonly string[]): Promise<readonly string[]> {
  const args = ["--quiet", "--echo", "never", "--command", shell, "/dev/null"];
  const child = spawn("script", args, { cwd: folder, env: { ...process.env, HOME: folder, TERM: "dumb" } });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    output += chunk;
  });
  const lines = [
    ...setup,
    "entra-gate() { printf 'ran<%s>\\n' \"$*\"; }",
    ...typed.map(([keys]) => `entra-gate ${keys}`),
    "exit",
  ];
  child.stdin.write(lines.map((line) => `${line}\n`).join(""));
  await new Promise((resolve) => child.on("close", resolve));
  return [...output.matchAll(/ran<([^%>]*)>/g)].map(([, command = ""]) => command.replace(/[ /]+$/, ""));
}

describe.runIf(isInstalled("script"))("a shell on a terminal completes words", () => {
  it.runIf(isInstalled("bash"))("bash", async () => {
    const setup = [`source '${writeScript("bash")}'`];
    expect(await type("bash --norc --noprofile -i", setup)).toEqual(typed.map(([, command]) => command));
  });

  it.runIf(isInstalled("zsh"))("zsh", async () => {
    const setup = ["autoload -U compinit; compinit -u -D", `source '${writeScript("zsh")}'`];
    expect(await type("zsh -f -i", setup)).toEqual(typed.map(([, command]) => command));
  });
});

describe.runIf(isInstalled("fish"))("fish", () => {
  /** Asks fish for the candidates of a line, without their descriptions. */
  function complete(line: string): readonly string[] {
    const command = `source '${writeScript("fish")}'; complete -C '${line}'`;
    const { stdout, stderr } = spawnSync("fish", ["--no-config", "-c", command], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, HOME: folder },
    });
    expect(stderr).toBe("");
    return stdout.split("\n").flatMap((candidate) => (candidate === "" ? [] : [candidate.split("\t")[0] ?? ""]));
  }

  it.each([
    ["entra-gate expl", ["explain"]],
    ["entra-gate --v", ["--version"]],
    ["entra-gate doctor --off", ["--offline"]],
    ["entra-gate explain --keys my", ["my keys.json"]],
    ["entra-gate docs reas", ["reasons"]],
    ["entra-gate completion ", ["bash", "fish", "zsh"]],
    ["entra-gate init a", ["a folder/"]],
    ["entra-gate compile my", ["my keys.json"]],
    ["entra-gate explain --route expl", []],
  ])("completes %j", (line, candidates) => {
    expect(complete(line)).toEqual(candidates);
  });
});

it("names the shells if it does not know one", () => {
  const { status, stderr } = spawnSync(process.execPath, [bin, "completion", "tcsh"], { encoding: "utf8" });
  expect([status, stderr]).toEqual([3, expect.stringContaining("Allowed choices are bash, zsh, fish")]);
});
