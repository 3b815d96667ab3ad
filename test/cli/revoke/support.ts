import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { vi } from "vitest";

const root = path.resolve(import.meta.dirname, "../../..");

/** Keeps the value in a file, as the KV commands of Wrangler do, and writes what it was asked. */
const fakeWrangler = `
const { appendFileSync, existsSync, readFileSync, writeFileSync } = require("node:fs");
const [, , , , action, key, ...rest] = process.argv;
appendFileSync("asked.txt", process.argv.slice(2).filter((each) => !each.includes("/tmp")).join(" ") + "\\n");
const file = rest.includes("--remote") ? "remote.txt" : "local.txt";
if (existsSync("broken.txt")) {
  console.error(readFileSync("broken.txt", "utf8"));
  process.exit(1);
}
if (existsSync("silent.txt")) {
  // As Wrangler ends when it is stopped.
  process.once("SIGTERM", () => process.exit(0));
  setInterval(() => {}, 60_000);
} else if (action === "put") {
  writeFileSync(file, existsSync("racing.txt") ? readFileSync("racing.txt") : readFileSync(rest[rest.indexOf("--path") + 1]));
  console.log("Writing the contents of a file to the key");
} else if (existsSync(file)) process.stdout.write(readFileSync(file));
else if (file === "local.txt") console.log("Value not found");
else {
  console.error("✘ [ERROR] Failed to fetch https://api.cloudflare.com/client/v4/accounts/a/storage/kv/namespaces/n/values/entra-gate%2Frevocations - 404: Not Found");
  process.exit(1);
}
`;

/** A folder with a gate for Workers. */
export interface Project {
  readonly folder: string;
  write(name: string, text: string): void;
  /** @returns `undefined` if there is no file */
  read(name: string): string | undefined;
  remove(): void;
}

/**
 * Creates a project, in which commands run from then on.
 *
 * @param vars of wrangler.json
 * @param hasRealWrangler whether it has this repository's Wrangler, or one that keeps its value in a file
 */
export function createProject(vars: Readonly<Record<string, string>>, hasRealWrangler = false): Project {
  const folder = mkdtempSync(path.join(tmpdir(), "revoke-"));
  const inFolder = (name: string) => path.join(folder, name);
  const project: Project = {
    folder,
    write(name, text) {
      mkdirSync(path.dirname(inFolder(name)), { recursive: true });
      writeFileSync(inFolder(name), text);
    },
    read: (name) => (existsSync(inFolder(name)) ? readFileSync(inFolder(name), "utf8") : undefined),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  const kv_namespaces = [{ binding: "REVOCATIONS", id: "0f2ac74b498b48028cb68387c421e279" }];
  const settings = { name: "orders", main: "worker.js", compatibility_date: "2026-10-12", vars, kv_namespaces };
  project.write("wrangler.json", JSON.stringify({ ...settings, env: { production: { vars, kv_namespaces } } }));
  project.write("worker.js", "export default {};\n");
  mkdirSync(inFolder("node_modules"));
  if (hasRealWrangler) symlinkSync(path.join(root, "node_modules/wrangler"), inFolder("node_modules/wrangler"));
  else {
    project.write("node_modules/wrangler/package.json", '{"version":"4.157.0","bin":{"wrangler":"wrangler.cjs"}}');
    project.write("node_modules/wrangler/wrangler.cjs", fakeWrangler);
  }
  vi.spyOn(process, "cwd").mockReturnValue(folder);
  return project;
}
