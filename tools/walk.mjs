// npm run walk -- known|new|forward: prints the functions of src that one request calls, in the order of their first calls
import { readFileSync } from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const source = path.resolve(import.meta.dirname, "../src");
const authority = "https://login.microsoftonline.com/";
const paths = { known: "/me", new: "/me", forward: "/orders/7" };
const kind = process.argv[2] ?? "known";
if (!Object.hasOwn(paths, kind)) throw new TypeError(`walk: ${kind} must be one of ${Object.keys(paths).join(", ")}`);

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

/** Inserts a call of `recordCall` at the start of each function declaration. */
function recordFunctions(file, text) {
  let recorded = "";
  let copiedTo = 0;
  for (const { 1: name, index, 0: head } of text.matchAll(/^ *(?:export )?(?:async )?function\*? (\w+)\(/gm)) {
    const body = text.indexOf("{", findClosingParenthesis(text, index + head.length)) + 1;
    recorded += `${text.slice(copiedTo, body)}recordCall(${JSON.stringify(`${file}: ${name}`)});`;
    copiedTo = body;
  }
  return recorded + text.slice(copiedTo);
}

function findClosingParenthesis(text, from) {
  let at = from;
  for (let depth = 1; depth > 0; at += 1) depth += text[at] === "(" ? 1 : text[at] === ")" ? -1 : 0;
  return at;
}

const { App, createGate, origin, requireAuth } = await import("../src/index.ts");
const { platformIo } = await import("../src/common/io.ts");
const { api, tenants } = await import("../entra/directory/directory.ts");
const { createEntra } = await import("../entra/entra.ts");

const entra = createEntra();
const routes = new App()
  .get("/me", { hooks: requireAuth("access_as_user") }, ({ state }) => ({
    status: 200,
    body: { oid: state.principal.oid },
  }))
  .get("/orders/:id", { hooks: requireAuth("access_as_user") }, origin());
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

async function ask(token) {
  const headers = { authorization: `Bearer ${token}` };
  const request = new Request(`https://api.contoso.example${paths[kind]}`, { headers });
  const response = await gate.fetch(request, environment);
  if (response.status !== 200) throw new Error(`${kind} got ${response.status}: ${await response.text()}`);
}

const [first, second] = [await entra.issueAccessToken(), await entra.issueAccessToken()];
await ask(first);
calls = [];
await ask(kind === "new" ? second : first);
const functions = [...new Set(calls)];
for (const called of functions) console.log(called);
console.log(`${functions.length} functions, ${new Set(functions.map((called) => called.split(":")[0])).size} files`);
