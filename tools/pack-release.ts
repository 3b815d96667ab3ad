// Packs a release into `release/`: npm run pack:release. It builds in two folders, and fails if one byte of the files
// differs.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { copyProject, linkPackages } from "./release/copy-project.ts";

const root = path.resolve(import.meta.dirname, "..");
const release = path.join(root, "release");
const directory = mkdtempSync(path.join(tmpdir(), "entra-gate-release-"));

/** Builds and packs in a folder of its own. @returns the folder of the results */
function packIn(name: string): string {
  const project = path.join(directory, name);
  const results = path.join(directory, `${name}-results`);
  mkdirSync(results);
  copyProject(project);
  linkPackages(project);
  execFileSync(process.execPath, ["tools/release/pack.ts", results], {
    cwd: project,
    stdio: ["ignore", "ignore", "inherit"],
  });
  return results;
}

/** @returns a line for each file, as `sha256sum` writes and checks it */
function sum(folder: string): readonly string[] {
  return readdirSync(folder)
    .sort()
    .map(
      (name) =>
        `${createHash("sha256")
          .update(readFileSync(path.join(folder, name)))
          .digest("hex")}  ${name}`,
    );
}

try {
  const results = packIn("first");
  const sums = sum(results);
  const others = sum(packIn("second-with-a-longer-path"));
  const differing = [
    ...sums.filter((line) => !others.includes(line)),
    ...others.filter((line) => !sums.includes(line)),
  ];
  if (differing.length > 0) {
    console.error(`Two builds of the same files differ:\n${differing.join("\n")}`);
    process.exitCode = 1;
  } else {
    rmSync(release, { recursive: true, force: true });
    cpSync(results, release, { recursive: true });
    writeFileSync(path.join(release, "SHA256SUMS"), `${sums.join("\n")}\n`);
    writeFileSync(path.join(release, "commit"), execFileSync("git", ["rev-parse", "HEAD"], { cwd: root }));
    console.log(`Two builds in different folders are equal. release/ has:\n${sums.join("\n")}`);
  }
} finally {
  rmSync(directory, { recursive: true });
}
