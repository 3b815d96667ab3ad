import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { denoCommand } from "../support/deno/command.ts";

const root = path.resolve(import.meta.dirname, "../..");
const read = (file: string) => JSON.parse(readFileSync(path.join(root, file), "utf8"));
const { exports: sources } = read("deno.json") as { readonly exports: Readonly<Record<string, string>> };
const { exports: entries } = read("package.json") as { readonly exports: Readonly<Record<string, unknown>> };

it("of the package are those of deno.json", () => {
  expect(Object.keys(sources)).toEqual(Object.keys(entries).filter((entry) => entry !== "./package.json"));
});

// Two copies of the library do not know each other's requirements.
it("come from the source for a program that Deno runs in a clone", () => {
  const names = Object.keys(sources).map((entry) => `entra-gate${entry.slice(1)}`);
  const program = `for (const name of ${JSON.stringify(names)}) {
    await import(name);
    console.log(import.meta.resolve(name));
  }`;
  const flags = ["--no-remote", "--no-lock", "--node-modules-dir=manual"];
  const printed = execFileSync(denoCommand, ["eval", ...flags, program], { cwd: root, encoding: "utf8" });
  expect(printed.trim().split("\n")).toEqual(
    Object.values(sources).map((file) => pathToFileURL(path.join(root, file)).href),
  );
});
