import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { expect, inject, it } from "vitest";
import { install } from "../support/package/install.ts";

const root = path.resolve(import.meta.dirname, "../..");
const { peerDependencies } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
const [, oldest = ""] = /^\^(\d+\.\d+\.\d+)$/.exec(peerDependencies.hono) ?? [];

// The other tests of the package use the newest version.
it("the package works with the oldest hono of its range", async () => {
  const folder = path.join(inject("consumer"), "../oldest-hono");
  await install(folder, [inject("tarball"), `hono@${oldest}`]);
  const { version } = JSON.parse(readFileSync(path.join(folder, "node_modules/hono/package.json"), "utf8"));
  expect(version).toBe("4.12.21");
  symlinkSync(path.join(root, "node_modules/vitest"), path.join(folder, "node_modules/vitest"));
  for (const example of ["hono", "node"])
    cpSync(path.join(root, "examples", example), path.join(folder, example), { recursive: true });
  mkdirSync(path.join(folder, "node_modules/@hono"));
  symlinkSync(path.join(root, "node_modules/@hono/node-server"), path.join(folder, "node_modules/@hono/node-server"));
  const args = [path.join(root, "node_modules/vitest/vitest.mjs"), "run", "--testTimeout=300000"];
  expect(execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" })).toContain("4 passed");
});
