import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { vi } from "vitest";
import { type InitOptions, runInit } from "../../../../cli/init/command.ts";
import type { Prompts } from "../../../../cli/init/prompts.ts";

const fixtures = path.resolve(import.meta.dirname, "../../../shapes");
const made: string[] = [];

/** Removes the folders that this file made. */
export function removeFolders(): void {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true });
}

/** @param files texts by their paths */
export function makeFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(path.join(tmpdir(), "init-"));
  made.push(folder);
  for (const [name, text] of Object.entries(files)) write(folder, name, text);
  return folder;
}

/** Copies a project of test/shapes. */
export function copyFixture(name: string): string {
  const folder = makeFolder();
  cpSync(path.join(fixtures, name), folder, { recursive: true });
  return folder;
}

export function write(folder: string, file: string, text: string): void {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), text);
}

export const read = (folder: string, file: string) => readFileSync(path.join(folder, file), "utf8");

/** Files below a folder with their texts, without those of Git. */
export function list(folder: string): Readonly<Record<string, string>> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith(".git/"));
  return Object.fromEntries(files.sort().map((file) => [file, read(folder, file)]));
}

export function commit(folder: string): void {
  const run = (...args: readonly string[]) => execFileSync("git", args, { cwd: folder });
  run("init", "--quiet");
  run("add", "--all");
  run(
    "-c",
    "user.name=Test",
    "-c",
    "user.email=test@example.com",
    "commit",
    "--quiet",
    "--allow-empty",
    "-m",
    "Before",
  );
}

export const tenant = "4b1c6e0a-93d7-4f58-8a26-e1d07c35b9f2";
export const audience = "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a";

/** Runs init in this process. @returns its exit code and the lines that it prints */
export async function init(folder: string, options: InitOptions = { yes: true }, prompts?: Prompts) {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  try {
    const code = await runInit(folder, { tenant, audience, scope: "access_as_user", ...options }, prompts);
    return { code, output: log.mock.calls.join("\n") };
  } finally {
    log.mockRestore();
  }
}

/** Answers questions one after another, and notes them. */
export function answer(...answers: readonly (string | boolean | readonly string[])[]) {
  const asked: string[] = [];
  const next = async (message: string) => {
    asked.push(message);
    if (asked.length > answers.length) throw new Error(`not expected: ${message}`);
    return answers[asked.length - 1];
  };
  const prompts = { text: next, confirm: next, choose: next, chooseSome: next } as unknown as Prompts;
  return { prompts, asked };
}
