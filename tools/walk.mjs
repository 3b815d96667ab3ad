// npm run walk -- known|new|forward|mcp: prints the functions of src that one request calls, in the order of their
// first calls
import { readFileSync } from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseAst } from "rolldown/parseAst";

const source = path.resolve(import.meta.dirname, "../src");
const requests = { known: "me", new: "me", forward: "forward", mcp: "mcp" };
const kind = process.argv[2] ?? "known";
if (!Object.hasOwn(requests, kind))
  throw new TypeError(`walk: ${kind} must be one of ${Object.keys(requests).join(", ")}`);

/** Calls since the recording started, each as `file: function`. */
let calls;
globalThis.recordCall = (call) => calls?.push(call);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const file = url.startsWith("file:") ? path.relative(source, fileURLToPath(url)) : "..";
    if (file.startsWith("..") || loaded.source === undefined) return loaded;
    const text = stripTypeScriptTypes(readFileSync(fileURLToPath(url), "utf8"));
    return { ...loaded, format: "module", source: recordFunctions(file, text) };
  },
});

/**
 * Inserts a call of `recordCall` into each function that has a name: its own, that of the member or variable that holds
 * it, or that of the function which returns it.
 */
function recordFunctions(file, text) {
  const insertions = [];
  function visit(node, parent, owner) {
    if (typeof node?.type !== "string") return;
    const isFunction = /^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type);
    const name = isFunction ? nameFunction(node, parent, owner) : undefined;
    if (name !== undefined) {
      const call = `recordCall(${JSON.stringify(`${file}: ${name}`)})`;
      const { type, start, end } = node.body;
      if (type === "BlockStatement") insertions.push([start + 1, `${call};`]);
      else insertions.push([start, `(${call},`], [end, ")"]);
    }
    for (const child of Object.values(node).flat()) visit(child, node, name ?? owner);
  }
  visit(parseAst(text), undefined, undefined);
  let recorded = text;
  for (const [at, inserted] of insertions.sort(([left], [right]) => right - left)) {
    recorded = recorded.slice(0, at) + inserted + recorded.slice(at);
  }
  return recorded;
}

/** @returns `undefined` for a callback */
function nameFunction(node, parent, owner) {
  if (node.id) return node.id.name;
  if (parent.type === "VariableDeclarator") return parent.id.name;
  if (/^(?:MethodDefinition|PropertyDefinition|Property)$/.test(parent.type)) return parent.key.name;
  return parent.type === "ReturnStatement" && owner !== undefined ? `${owner}, returned` : undefined;
}

// The modules of the gate load behind the hook.
const { createSample } = await import("./walk/sample.ts");
const sample = createSample();
const request = requests[kind];
const [first, second] = [await sample.issueAccessToken(), await sample.issueAccessToken()];
const { ended } = await sample.ask(request, first);
// The first request of an isolate leaves work for after its response.
await ended;
calls = [];
await sample.ask(request, kind === "new" ? second : first);
const functions = [...new Set(calls)];
for (const called of functions) console.log(called);
console.log(`${functions.length} functions, ${new Set(functions.map((called) => called.split(":")[0])).size} files`);
