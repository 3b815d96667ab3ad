import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const real = createRequire(import.meta.url).resolve("wrangler/package.json");

/** The arguments of a call, and its standard input if it stores secrets. */
export interface RecordedCall {
  readonly args: readonly string[];
  readonly input?: string;
}

/**
 * Installs a package `wrangler` in a folder. It reads configurations with the real one, and its command records its
 * call in place of calling Cloudflare.
 */
export function installRecorder(folder: string) {
  const home = path.join(folder, "node_modules", "wrangler");
  const record = path.join(home, "call.json");
  const failure = path.join(home, "fails");
  mkdirSync(home, { recursive: true });
  const { version } = JSON.parse(readFileSync(real, "utf8"));
  const manifest = { name: "wrangler", version, main: "main.cjs", bin: { wrangler: "command.cjs" } };
  writeFileSync(path.join(home, "package.json"), JSON.stringify(manifest));
  writeFileSync(path.join(home, "main.cjs"), `module.exports = require(${JSON.stringify(path.dirname(real))});`);
  writeFileSync(
    path.join(home, "command.cjs"),
    `#!/usr/bin/env node
const { existsSync, readFileSync, writeFileSync } = require("node:fs");
const args = process.argv.slice(2);
const input = args[0] === "secret" ? readFileSync(0, "utf8") : undefined;
writeFileSync(${JSON.stringify(record)}, JSON.stringify({ args, input }));
process.exitCode = existsSync(${JSON.stringify(failure)}) ? 1 : 0;
`,
    { mode: 0o755 },
  );
  return {
    /** @returns the call since the last one was taken; `undefined` if there was none */
    takeCall(): RecordedCall | undefined {
      rmSync(failure, { force: true });
      if (!existsSync(record)) return undefined;
      const call = JSON.parse(readFileSync(record, "utf8"));
      rmSync(record);
      return call;
    },
    /** Lets the next call fail. */
    failOnce: () => writeFileSync(failure, ""),
  };
}
