// Builds the packages and packs what npm publishes, without `private`: node tools/release/pack.ts FOLDER
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { stage, stageCreator } from "../../test/support/package/install.ts";

const [, , target = ""] = process.argv;
const directory = mkdtempSync(path.join(tmpdir(), "entra-gate-pack-"));
try {
  const staged = await stage(directory);
  const { name, version } = JSON.parse(readFileSync(path.join(staged, "package.json"), "utf8"));
  for (const folder of [staged, stageCreator(directory)]) {
    execFileSync("npm", ["pack", folder, "--ignore-scripts", "--silent", "--pack-destination", target], {
      cwd: directory,
    });
  }
  copyFileSync(path.join(staged, "dist/bom.cdx.json"), path.join(target, `${name}-${version}.cdx.json`));
} finally {
  rmSync(directory, { recursive: true });
}
