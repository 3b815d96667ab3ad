#!/usr/bin/env node
// Creates a project with a gate in an empty folder, as `entra-gate init` does there.
import { mkdirSync, readdirSync, rmdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const given = process.argv.slice(2);
const folder = given[0]?.startsWith("-") === false ? given.shift() : ".";

/** @returns why there can be no new project in the folder */
function findFault() {
  try {
    const first = mkdirSync(folder, { recursive: true });
    if (first !== undefined)
      process.on("exit", (code) => code !== 0 && removeEmpty(path.resolve(folder), path.resolve(first)));
    // Git creates it before the project.
    const present = readdirSync(folder).filter((name) => name !== ".git");
    if (present.length === 0) return undefined;
    const named = present.slice(0, 3).map((name) => JSON.stringify(name));
    return `is not empty: it has ${named.join(", ")}${present.length > 3 ? " and more" : ""}`;
  } catch (error) {
    return `cannot be used (${error.code})`;
  }
}

/** Removes the folders that were created for nothing: on a Node that is too old, or if the user cancels. */
function removeEmpty(last, first) {
  try {
    for (let each = last; each.startsWith(first); each = path.dirname(each)) rmdirSync(each);
  } catch {
    // A folder has a file.
  }
}

const fault = findFault();
if (fault === undefined) {
  process.argv.splice(2, process.argv.length, "init", folder, ...given);
  const manifest = createRequire(import.meta.url).resolve("entra-gate/package.json");
  await import(new URL("cli/entra-gate.js", pathToFileURL(manifest)).href);
} else {
  console.error(
    `The folder ${JSON.stringify(folder)} ${fault}. Nothing was changed. Name a new folder, for example: npm create entra-gate my-api. ` +
      "To protect the app that is in a folder, run there: npx entra-gate init",
  );
  process.exitCode = 3;
}
