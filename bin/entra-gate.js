#!/usr/bin/env node
// Starts the command line, and lets Node read TypeScript below node_modules, where a published package lies: there it does
// not strip types by itself.
import { readFileSync } from "node:fs";
import * as nodeModule from "node:module";
import { fileURLToPath } from "node:url";

if (nodeModule.registerHooks === undefined || !process.features.typescript) {
  console.error(
    `entra-gate needs Node 22.18 or newer, this is ${process.version}. Its own comes with it: npx entra-gate`,
  );
  process.exit(2);
}

nodeModule.registerHooks({
  load(url, context, nextLoad) {
    if (!/^file:.*\.ts$/.test(url)) return nextLoad(url, context);
    // A worker is an ES module, whatever the package around it says.
    if (!url.includes("/node_modules/"))
      return nextLoad(
        url,
        context.format === "commonjs-typescript" ? { ...context, format: "module-typescript" } : context,
      );
    return { format: "module", shortCircuit: true, source: stripTypes(readFileSync(fileURLToPath(url), "utf8")) };
  },
});

/** Quietly: that the function is experimental is nothing to a user of this command. */
function stripTypes(text) {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return nodeModule.stripTypeScriptTypes(text);
  } finally {
    process.emitWarning = emitWarning;
  }
}

nodeModule.enableCompileCache();
const { runCommand } = await import("../src/cli/main.ts");
process.exitCode = await runCommand(process.argv.slice(2));
