// Measures every bundle and the package, and writes tools/sizes/sizes.json, so that a diff shows what a change costs:
// node tools/write-sizes.ts
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { readLibrary } from "./package/library.ts";
import { bundles, measureBundle, packageName, sizesFile } from "./sizes/measure.ts";

const root = path.resolve(import.meta.dirname, "..");
// .npmrc switches scripts off, and `prepack` builds. npm 7 to 11 print a list, npm 12 an object by name.
const packArgs = ["pack", "--dry-run", "--json", "--ignore-scripts=false"];
const packed = execFileSync("npm", packArgs, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
const [description] = Object.values<{ unpackedSize: number }>(JSON.parse(packed));
if (description === undefined) throw new Error("npm packed nothing");
const sizes: Record<string, number> = {};
const library = await readLibrary();
for (const name of Object.keys(bundles)) sizes[name] = await measureBundle(name, library);
sizes[packageName] = description.unpackedSize;
writeFileSync(sizesFile, `${JSON.stringify(sizes, null, 2)}\n`);
for (const [name, bytes] of Object.entries(sizes)) console.log(`${(bytes / 1024).toFixed(2).padStart(8)} KiB  ${name}`);
