import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";
import { quietEnvironment } from "../../../cli/project/quiet.ts";
import type { Part } from "../stack.ts";
import { install } from "./install.ts";

const verdaccioVersion = "6.10.4";
/** The registry from which this machine gets its packages. */
const npmRegistry = execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).trim();

/**
 * Waits until a program has printed a line. @returns what the pattern's group matched, and a function that ends the
 * program
 */
export async function start(command: string, args: readonly string[], cwd: string, pattern: RegExp): Promise<Part> {
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

/**
 * Starts Verdaccio, which forwards requests for other packages, and publishes packages there.
 *
 * @param directory for the registry's own files
 * @param folders of the packages
 */
export async function startRegistry(directory: string, folders: readonly string[]): Promise<Part> {
  const folder = path.join(directory, "verdaccio");
  // It requests a tag that not every mirror of npm has.
  await install(folder, [`verdaccio@${verdaccioVersion}`], { overrides: { "node-fetch": "2.7.0" } });
  const own = folders.map((each) => JSON.parse(readFileSync(path.join(each, "package.json"), "utf8")).name as string);
  writeFileSync(
    path.join(folder, "config.yaml"),
    [
      "storage: ./storage",
      `uplinks: { npmjs: { url: "${npmRegistry}" } }`,
      "packages:",
      ...own.map((name) => `  "${name}": { access: $all, publish: $all }`),
      '  "**": { access: $all, proxy: npmjs }',
      "log: { type: stdout, level: warn }",
    ].join("\n"),
  );
  const bin = path.join(folder, "node_modules/verdaccio/bin/verdaccio");
  const address = `127.0.0.1:${await findPort()}`;
  const args = [bin, "--config", "config.yaml", "--listen", address];
  const registry = await start(process.execPath, args, folder, new RegExp(`(http://${address})`));
  for (const each of folders) {
    const options = ["--ignore-scripts", "--registry", registry.url, `--//${address}/:_authToken=none`];
    execFileSync("npm", ["publish", each, ...options], { cwd: directory, stdio: "ignore" });
  }
  return registry;
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}
