// Publishes the package to a registry on loopback, installs it from there as a user would, calls a worker that imports
// it in every runtime, and writes the results into docs/reference/runtimes.md: node tools/write-runtimes.ts
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { quietEnvironment } from "../cli/dev/quiet.ts";
import { install, stage } from "../test/support/package/install.ts";
import {
  type Column,
  copyWorker,
  headings,
  installNode,
  listRuntimes,
  otherNodes,
  renderTable,
  runChecks,
  runInNode,
} from "../test/support/runtimes/table.ts";
import type { Part } from "../test/support/stack.ts";

const verdaccioVersion = "6.10.4";
/** The registry from which this machine gets its packages. */
const npmRegistry = execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).trim();
const root = path.resolve(import.meta.dirname, "..");
const directory = mkdtempSync(path.join(tmpdir(), "entra-gate-runtimes-"));

/**
 * Waits until a program has printed a line. @returns what the pattern's group matched, and a function that ends the
 * program
 */
async function start(command: string, args: readonly string[], cwd: string, pattern: RegExp): Promise<Part> {
  const running = spawn(command, args, { cwd, env: { ...process.env, ...quietEnvironment, NO_COLOR: "1" } });
  const exited = once(running, "exit");
  const ready = new Promise<string>((resolve) => {
    for (const stream of [running.stdout, running.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        const [, url] = pattern.exec(line) ?? [];
        if (url !== undefined) resolve(url);
      });
    }
  });
  const url = await Promise.race([ready, exited.then(() => Promise.reject(new Error(`${command} ended`)))]);
  return {
    url,
    async stop() {
      running.kill();
      await exited;
    },
  };
}

/** Starts Verdaccio, which forwards requests for other packages, and publishes the package there. */
async function publish(): Promise<Part> {
  const folder = path.join(directory, "verdaccio");
  // It requests a tag that not every mirror of npm has.
  await install(folder, [`verdaccio@${verdaccioVersion}`], { overrides: { "node-fetch": "2.7.0" } });
  writeFileSync(
    path.join(folder, "config.yaml"),
    [
      "storage: ./storage",
      `uplinks: { npmjs: { url: "${npmRegistry}" } }`,
      'packages: { "entra-gate": { access: $all, publish: $all }, "**": { access: $all, proxy: npmjs } }',
      "log: { type: stdout, level: warn }",
    ].join("\n"),
  );
  const bin = path.join(folder, "node_modules/verdaccio/bin/verdaccio");
  const args = [bin, "--config", "config.yaml", "--listen", "127.0.0.1:4873"];
  const registry = await start(process.execPath, args, folder, /(http:\/\/127\.0\.0\.1:4873)/);
  const credential = `--//127.0.0.1:4873/:_authToken=none`;
  execFileSync("npm", ["publish", await stage(directory), "--ignore-scripts", "--registry", registry.url, credential], {
    stdio: "ignore",
  });
  return registry;
}

/** Runs a worker with `wrangler dev`. */
function runInWrangler(entry: string, vars: Readonly<Record<string, string>>): Promise<Part> {
  const args = [
    "dev",
    path.basename(entry),
    "--ip=127.0.0.1",
    "--port=0",
    "--inspector-port=0",
    "--compatibility-date=2026-10-12",
  ];
  const given = Object.entries(vars).flatMap(([name, value]) => (value === "" ? [] : ["--var", `${name}:${value}`]));
  const bin = path.join(root, "node_modules/.bin/wrangler");
  return start(bin, [...args, ...given], path.dirname(entry), /Ready on (http:\/\/127\.0\.0\.1:\d+)/);
}

const registry = await publish();
const project = path.join(directory, "project");
await install(project, ["entra-gate", "hono", "@hono/node-server"], { registry: registry.url });
await registry.stop();
const worker = copyWorker(project);
const nodes = await Promise.all(otherNodes.map((version) => installNode(directory, version)));
const runtimes = [
  ...Object.values(listRuntimes(project)),
  ...nodes.map((node) => runInNode(project, node)),
  { runGate: runInWrangler },
];
const columns: Record<string, Column> = {};
for (const [index, name] of headings.entries()) {
  columns[name] = await runChecks(worker, runtimes[index] ?? {});
  console.log(name, columns[name]);
}
const file = path.join(root, "docs/reference/runtimes.md");
const table = `<!-- table -->\n\n${renderTable(columns)}\n\n<!-- /table -->`;
writeFileSync(file, readFileSync(file, "utf8").replace(/<!-- table -->[\s\S]*<!-- \/table -->/, table));
rmSync(directory, { recursive: true });
process.exit(0);
