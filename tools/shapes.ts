// Packs the package, and sets up each shape of project with its `init`, as a user does who has only the tarball:
// node tools/shapes.ts [SHAPE …]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { denoCommand } from "../test/support/deno/command.ts";
import { pack } from "../test/support/package/install.ts";
import { tryDev } from "./shapes/dev.ts";
import { copyShape, createRun, shapes, tryShape } from "./shapes/shapes.ts";

const wanted = process.argv.slice(2);
const names = Object.keys(shapes).filter((name) => wanted.length === 0 || wanted.includes(name));
if (names.length === 0)
  throw new TypeError(`unknown shape ${wanted.join(", ")}. Use: ${Object.keys(shapes).join(", ")}`);
const directory = mkdtempSync(path.join(tmpdir(), "entra-gate-shapes-"));
const tarball = path.join(directory, (await pack(directory)).filename);
const paths = [path.dirname(process.execPath), path.dirname(denoCommand)];
let failed = 0;
for (const [index, name] of names.entries()) {
  const folder = path.join(directory, String(index));
  const run = createRun(folder, paths);
  await copyShape(shapes[name]!, folder, run);
  const results = await tryShape(
    shapes[name]!,
    ["npm", "exec", "--yes", `--package=${tarball}`, "--", "entra-gate"],
    run,
  );
  if (results.every(({ code }) => code === 0)) results.push(await tryDev(shapes[name]!, folder, paths));
  const faults = results.filter(({ code }) => code !== 0);
  console.log(`${faults.length === 0 ? "✓" : "✗"} ${name}: ${results.map(({ step }) => step).join(", ")}`);
  const [init] = results;
  const dev = results.find(({ step }) => step === "dev");
  if (dev?.code === 0) console.log(dev.output.replace(/^/gm, "    "));
  console.log(init?.output.replace(/^/gm, "    "));
  for (const { step, output } of faults) console.log(`  ${step} failed:\n${output.replace(/^/gm, "    ")}`);
  failed += faults.length;
}
rmSync(directory, { recursive: true });
console.log(`${names.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
