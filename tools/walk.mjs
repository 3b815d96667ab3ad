// npm run walk -- known|new|forward|mcp: prints the functions of src that one request calls, in the order of their
// first calls
import { readFileSync } from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseAst } from "rolldown/parseAst";

const source = path.resolve(import.meta.dirname, "../src");
const authority = "https://login.microsoftonline.com/";
const toolCall = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "orders_list", arguments: {} } };
const requests = {
  known: { path: "/me" },
  new: { path: "/me" },
  forward: { path: "/orders/7" },
  mcp: { path: "/mcp", message: toolCall },
};
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

const { App, createGate, origin, requireAuth } = await import("../src/index.ts");
const { mcp } = await import("../src/mcp/mcp.ts");
const { platformIo } = await import("../src/common/io.ts");
const { api, tenants } = await import("../entra/directory/directory.ts");
const { createEntra } = await import("../entra/entra.ts");

const entra = createEntra();
const routes = new App()
  .get("/me", { hooks: requireAuth("access_as_user") }, ({ state }) => ({
    status: 200,
    body: { oid: state.principal.oid },
  }))
  .get("/orders/:id", { hooks: requireAuth("access_as_user") }, origin())
  .register(mcp("/mcp", { tools: { "*": requireAuth("access_as_user") }, hooks: requireAuth("access_as_user") }));
const gate = createGate(
  { routes, unlisted: "reject" },
  {
    ...platformIo,
    log() {},
    fetch: async (input, init) => {
      const request = new Request(input, init);
      return request.url.startsWith(authority) ? entra.fetch(request) : new Response("from the origin");
    },
  },
);
const environment = {
  ENTRA_TENANT_ID: tenants.contoso.id,
  ENTRA_API_AUDIENCE: api.clientId,
  GATE_URL: "https://api.contoso.example",
  ORIGIN_URL: "https://origin.contoso.example",
};

const background = [];
const context = { waitUntil: (work) => void background.push(work) };

async function ask(token) {
  const { path, message } = requests[kind];
  const body = message && JSON.stringify(message);
  // Clients announce the length of a message.
  const ofBody = body && { "content-type": "application/json", "content-length": `${body.length}` };
  const headers = { authorization: `Bearer ${token}`, ...ofBody };
  const request = new Request(`https://api.contoso.example${path}`, { headers, ...(body && { method: "POST", body }) });
  const response = await gate.fetch(request, environment, context);
  if (response.status !== 200) throw new Error(`${kind} got ${response.status}: ${await response.text()}`);
}

const [first, second] = [await entra.issueAccessToken(), await entra.issueAccessToken()];
await ask(first);
// The first request of an isolate leaves work for after its response.
await Promise.all(background);
calls = [];
await ask(kind === "new" ? second : first);
const functions = [...new Set(calls)];
for (const called of functions) console.log(called);
console.log(`${functions.length} functions, ${new Set(functions.map((called) => called.split(":")[0])).size} files`);
