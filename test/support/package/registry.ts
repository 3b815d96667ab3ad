import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { serve } from "../../../cli/common/loopback.ts";
import { quietEnvironment } from "../../../cli/project/quiet.ts";
import type { Part } from "../stack.ts";

/** The registry from which this machine gets its packages. */
const npmRegistry = execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).trim();

/**
 * Waits until a program has printed a line.
 *
 * @returns what the pattern's group matched, and a function that ends the program
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
 * Starts a registry that has the packages of tarballs, and redirects requests for all others. `private`, which prevents
 * `npm publish`, is not in their manifests.
 *
 * @param directory for the registry's own files
 */
export async function startRegistry(directory: string, tarballs: readonly string[]): Promise<Part> {
  const packages = tarballs.map((file) => {
    const folder = mkdtempSync(path.join(directory, "published-"));
    execFileSync("tar", ["-xf", file], { cwd: folder });
    const manifestFile = path.join(folder, "package/package.json");
    const { private: _, ...manifest } = JSON.parse(readFileSync(manifestFile, "utf8"));
    writeFileSync(manifestFile, JSON.stringify(manifest));
    execFileSync("tar", ["-czf", "published.tgz", "package"], { cwd: folder });
    const content = readFileSync(path.join(folder, "published.tgz"));
    return { manifest, content, integrity: `sha512-${createHash("sha512").update(content).digest("base64")}` };
  });
  const { url: address, stop } = await serve(({ url = "" }, response) => {
    const found = packages.find(({ manifest: { name } }) => [`/${name}`, `/${name}.tgz`].includes(url));
    if (found === undefined) {
      response.writeHead(302, { location: new URL(url.slice(1), npmRegistry).href }).end();
      return;
    }
    const { manifest, content, integrity } = found;
    const { name, version } = manifest;
    const dist = { tarball: `${address}/${name}.tgz`, integrity };
    const description = { name, "dist-tags": { latest: version }, versions: { [version]: { ...manifest, dist } } };
    response.end(url.endsWith(".tgz") ? content : JSON.stringify(description));
  });
  return { url: address, stop };
}
