import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, inject, it } from "vitest";
import { denoCommand } from "../support/deno/command.ts";
import { makeDenoHome } from "../support/deno/process.ts";
import { isMisconfigured } from "../support/runtimes/checks.ts";
import { hasOtherNodes, installNode, otherNodes } from "../support/runtimes/nodes.ts";
import {
  type Column,
  copyWorker,
  headings,
  listRuntimes,
  neededNames,
  runChecks,
  runInNode,
} from "../support/runtimes/table.ts";

const root = path.resolve(import.meta.dirname, "../..");
const project = inject("project");
/** It imports the installed package. */
const worker = copyWorker(project);
const page = readFileSync(path.join(root, "docs/reference/runtimes.md"), "utf8");
const [, table = ""] = /<!-- table -->\n\n([\s\S]*?)\n\n<!-- \/table -->/.exec(page) ?? [];
const [heading = [], , ...rows] = table.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));

/** The section of the page about a runtime. */
function documented(runtime: string): Column {
  const index = heading.indexOf(runtime);
  return Object.fromEntries(rows.map((cells) => [cells[1], cells[index]])) as Column;
}

describe("docs/reference/runtimes.md", () => {
  it("has every runtime in its table", () => {
    expect(heading.filter((cell) => cell !== "")).toEqual(headings);
  });

  it("has a command for Deno that starts a gate with the installed package", async () => {
    const guide = readFileSync(path.join(root, "docs/how-to/run-on-deno.md"), "utf8");
    const [, flags = ""] = /^deno serve (.*) worker\.ts/m.exec(guide) ?? [];
    const home = await makeDenoHome();
    const args = ["serve", ...flags.split(" "), "--host=127.0.0.1", "--port=0", "worker.ts"];
    const running = spawn(denoCommand, args, { cwd: project, env: { DENO_DIR: home, NO_COLOR: "1" } });
    const exited = once(running, "exit");
    const listening = new Promise<string>((resolve) => {
      createInterface({ input: running.stderr }).on("line", (line) => {
        const [, url] = /Listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(line) ?? [];
        if (url !== undefined) resolve(url);
      });
    });
    const gateUrl = await Promise.race([listening, exited.then(() => "ended")]);
    // The gate has no variables.
    expect(await isMisconfigured({ gateUrl })).toBe(true);
    running.kill("SIGKILL");
    await exited;
    await rm(home, { recursive: true });
  });

  it.each(Object.entries(listRuntimes(project)))("matches what the package does in %s", async (name, runtime) => {
    const column = await runChecks(worker, runtime);
    expect(column).toEqual(documented(name));
    expect(neededNames.filter((name) => column[name] !== "yes")).toEqual([]);
  });

  it.runIf(hasOtherNodes).each(otherNodes)("says what the package does in Node %s", async (version) => {
    const node = await installNode(version, path.dirname(inject("consumer")));
    expect(await runChecks(worker, runInNode(project, node))).toEqual(documented(`Node ${version}`));
  });
});
