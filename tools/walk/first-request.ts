// node tools/walk/first-request.ts FOLDER: prints which functions of a built library the first request of an isolate
// calls, whose Cache API has the keys, as JSON: for each module, the offsets where declarations of functions begin
import { registerHooks } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parseAst } from "rolldown/parseAst";
import { createSample, type SampleModules } from "./sample.ts";

declare global {
  function recordCall(module: string, offset: number): void;
}

const folder = `${pathToFileURL(path.resolve(process.argv[2] ?? "")).href}/`;
const called = new Map<string, Set<number>>();
globalThis.recordCall = (module, offset) => {
  const offsets = called.get(module) ?? new Set();
  called.set(module, offsets.add(offset));
};

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.startsWith(folder) || url.startsWith(`${folder}entra/`)) return loaded;
    return { ...loaded, source: recordDeclarations(url.slice(folder.length), `${loaded.source}`) };
  },
});

/** Inserts a call of `recordCall` into each function that a module declares. */
function recordDeclarations(module: string, code: string): string {
  let recorded = code;
  for (const node of parseAst(code).body.toReversed()) {
    if (node.type !== "FunctionDeclaration" || !node.body) continue;
    const at = node.body.start + 1;
    recorded = `${recorded.slice(0, at)}recordCall("${module}", ${node.start});${recorded.slice(at)}`;
  }
  return recorded;
}

const [gate, mcp, io, directory, entra] = await Promise.all(
  ["index", "extensions/mcp/mcp", "base/common/io", "entra/directory/directory", "entra/entra"].map(
    (module) => import(`${folder}${module}.js`),
  ),
);
const modules = { gate, mcp, io, directory, entra } as SampleModules;
const cache = new Map<string, Response>();

const filler = createSample(modules, cache);
const filled = await filler.ask("me", await filler.issueAccessToken());
await filled.ended;
if (cache.size === 0) throw new Error("The gate has put no keys into its cache");

called.clear();
for (const request of ["me", "forward", "mcp"] as const) {
  // Each sample has a gate of its own, which reads its configuration and finds its keys.
  const sample = createSample(modules, cache);
  const { ended } = await sample.ask(request, await sample.issueAccessToken());
  await ended;
}
const rows = [...called].map(([module, offsets]) => [module, [...offsets].sort((one, other) => one - other)]);
console.log(JSON.stringify(Object.fromEntries(rows)));
