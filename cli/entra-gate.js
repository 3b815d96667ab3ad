#!/usr/bin/env node
// Starts the command line: the compiled one in the package, the sources in the repository.
import { existsSync } from "node:fs";
import * as nodeModule from "node:module";

if (nodeModule.registerHooks === undefined || !process.features.typescript) {
  console.error(`entra-gate needs Node 22.18 or newer, and this is Node ${process.versions.node}. Install Node 24.`);
  process.exit(3);
}

nodeModule.registerHooks({
  load(url, context, nextLoad) {
    // A worker is an ES module, whatever the package around it says.
    const format = /^file:.*\.ts$/.test(url) ? "module-typescript" : context.format;
    return nextLoad(url, { ...context, format });
  },
});

// A reader such as head may close the pipe. The command then ends as if its whole output had been read.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error) => {
    if (error.code !== "EPIPE") throw error;
  });
}

// Deno has none.
nodeModule.enableCompileCache?.();
// A module of the project that ends the process must not make it look as if the command were done.
let isDone = false;
process.on("exit", () => {
  if (!isDone) process.exitCode = 2;
});
const source = new URL("./main.ts", import.meta.url);
const compiled = new URL("../dist/cli/main.js", import.meta.url);
const { runCommand } = await import((existsSync(source) ? source : compiled).href);
process.exitCode = await runCommand(process.argv.slice(2));
// A module of the project can have left a timer or a connection, which would keep this process running.
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((end) => stream.write("", end))));
isDone = true;
process.exit();
