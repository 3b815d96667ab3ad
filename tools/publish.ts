// Publishes what `npm run pack:release` has packed, as docs/how-to/publish-the-package.md describes:
// npm run release -- [options of npm publish]
// `npm publish` itself refuses. It would publish an empty package, because .npmrc switches off the script that builds.
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { askRegistry, findFaults, manifest, packages } from "./release/faults.ts";

const options = process.argv.slice(2);

function refuse(faults: readonly string[]): never {
  console.error(faults.join("\n"));
  process.exit(1);
}

const faults = findFaults();
if (faults.length > 0) refuse(faults);
const registry = execFileSync("npm", ["config", "get", "registry", ...options], { encoding: "utf8" }).trim();
const missing: string[] = [];
for (const { name, tarball } of packages) {
  const answer = await askRegistry(registry, name);
  if (typeof answer === "object") refuse([answer.fault]);
  if (!answer) missing.push(tarball);
}
if (missing.length === 0) {
  refuse([`Version ${manifest.version} is at ${registry} already. Set a new version in package.json.`]);
}
for (const tarball of missing) {
  // Outside of the project, whose .npmrc is for its own packages.
  execFileSync("npm", ["publish", tarball, "--ignore-scripts", ...options], { cwd: tmpdir(), stdio: "inherit" });
}
