#!/usr/bin/env node
// Creates a project with a gate in an empty folder, as `entra-gate init` does there.
import { mkdirSync, readdirSync } from "node:fs";

const given = process.argv.slice(2);
const folder = given[0]?.startsWith("-") === false ? given.shift() : ".";

/** @returns why there can be no new project in the folder */
function findFault() {
  try {
    mkdirSync(folder, { recursive: true });
    // Git creates it before the project.
    const present = readdirSync(folder).filter((name) => name !== ".git");
    if (present.length === 0) return undefined;
    const named = present.slice(0, 3).map((name) => JSON.stringify(name));
    return `is not empty: it has ${named.join(", ")}${present.length > 3 ? " and more" : ""}`;
  } catch (error) {
    return `cannot be used (${error.code})`;
  }
}

const fault = findFault();
if (fault === undefined) {
  process.argv.splice(2, process.argv.length, "init", folder, ...given);
  await import(new URL("cli/entra-gate.js", import.meta.resolve("entra-gate/package.json")).href);
} else {
  console.error(
    `The folder ${JSON.stringify(folder)} ${fault}. Nothing was changed. Name a new folder, for example: npm create entra-gate my-api. ` +
      "To protect the app that is in a folder, run there: npx entra-gate init",
  );
  process.exitCode = 3;
}
