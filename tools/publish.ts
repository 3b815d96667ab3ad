// Publishes the package, as docs/how-to/publish-the-package.md describes: npm run release -- [options of npm publish]
// `npm publish` itself refuses. It would publish an empty package, because .npmrc switches off the script that builds.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { docsSite } from "../src/common/docs-site.ts";
import { stage } from "../test/support/package/install.ts";

const root = path.resolve(import.meta.dirname, "..");
const { homepage, bugs, repository } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));

if ([homepage, bugs, repository.url].some((url: string) => new URL(url).hostname === "git.example")) {
  console.error(
    "Set homepage, bugs and repository in package.json to the public repository: git.example does not exist.",
  );
  process.exit(1);
}
if (new URL(docsSite).hostname.endsWith(".example")) {
  console.error(
    "Set docsSite in src/common/docs-site.ts to the address of the documentation: links of messages lead there.",
  );
  process.exit(1);
}
const directory = mkdtempSync(path.join(tmpdir(), "entra-gate-release-"));
try {
  const args = ["publish", await stage(directory), "--ignore-scripts", ...process.argv.slice(2)];
  execFileSync("npm", args, { cwd: directory, stdio: "inherit" });
} finally {
  rmSync(directory, { recursive: true });
}
