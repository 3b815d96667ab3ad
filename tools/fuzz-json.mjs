// Sends random deep JSON to everything that parses a text of a caller, in one process: node tools/fuzz-json.mjs
// [--minutes 10] [--seed 1]. Each way first gets texts with which Node 26 crashes. It prints how many texts each way
// got, their answers, and the memory. On Node 26, a way without a bound ends this process with a signal.
import { parseArgs } from "node:util";
import { Hono } from "hono";
import * as z from "zod/mini";
import { parseText } from "../cli/compile/parse.ts";
import { prettifyLine } from "../cli/dev/log-line.ts";
import { createSampleServer } from "../cli/dev/mcp/server.ts";
import { explain } from "../cli/explain/explain.ts";
import { takeKeysFromAuthority } from "../cli/explain/keys.ts";
import { clients } from "../entra/directory/clients.ts";
import { createLocalEntra } from "../entra/server/entra.ts";
import { createEntraPlugin } from "../src/adapters/daloy.ts";
import { entra as guardHono } from "../src/adapters/hono.ts";
import { platformIo } from "../src/base/common/io.ts";
import { facade, mcp } from "../src/extensions/mcp/mcp.ts";
import { App, createGate, origin, requireAuth } from "../src/index.ts";
import { createAssertionVerifier } from "../src/origin/origin.ts";
import { validEnvironment } from "../test/support/environment.ts";
import { createRandom } from "../test/support/random.ts";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "10" }, seed: { type: "string", default: "1" } },
});
const endMs = Date.now() + Number(values.minutes) * 60_000;
const random = createRandom(Number(values.seed));
const below = (limit) => Math.floor(random() * limit);
const pick = (list) => list[below(list.length)];

const openings = [
  "[",
  "[1,",
  '{"a":',
  "[[1,",
  '[{"a":1,"b":',
  '["x",',
  "[true,",
  "[1e3,",
  " [\n",
  '["[",',
  '{"\\u0061":[',
];
const cuts = ['"', "", "1", "-", "1e", '"\\', '"abc', "tru", "]", "}", ",", '"\\u12'];
/** Deep texts with which Node 26 crashes, or after which it crashes with the long list. */
const deadly = [
  "[[[[[[[[1,".repeat(1_024),
  "[1,".repeat(8_192),
  '[{"a":1,"b":'.repeat(8_000),
  "[1,".repeat(100_000),
].map((text) => `${text}"`);
const list = `[${"1,".repeat(1_300)}"`;

function createText() {
  const characters = pick([2_000, 8_000, 24_000, 24_000, 200_000, 1_000_000]);
  const unit = Array.from({ length: 1 + below(4) }, () => pick(openings)).join("");
  const closing = random() < 0.3 ? "]".repeat(below(characters)) : "";
  return unit.repeat(Math.ceil(characters / unit.length)).slice(0, characters) + closing + pick(cuts);
}

const entra = createLocalEntra({});
const io = {
  ...platformIo,
  log() {},
  openCache: async () => undefined,
  fetch: async (input, init) => {
    const request = new Request(input, init);
    return request.url.startsWith("https://login.") ? entra.fetch(request) : Response.json({});
  },
};
const gateUrl = "https://api.contoso.example";
const originUrl = "https://origin.contoso.example";
const login = "https://login.microsoftonline.com/organizations/oauth2/v2.0";
const adapterVars = validEnvironment;
const environment = { ...adapterVars, ORIGIN_URL: originUrl, GATE_URL: gateUrl };
const serverEnvironment = { ...environment, GATE_SESSION_KEY: `k1:${"A".repeat(43)}` };
const hooks = requireAuth("access_as_user");
const body = z.looseObject({});

const gate = createGate(
  {
    routes: new App({ jsonMaxDepth: 1_000, jsonMaxKeys: 1_000_000 })
      .get("/me", { hooks }, origin())
      .post("/open", { public: true, request: { body } }, origin()),
  },
  io,
);
const authorizationServer = facade({
  clientId: clients.spa.clientId,
  callback: "/oauth/callback",
  redirectUris: ["http://localhost/callback"],
});
const servers = createGate(
  { routes: new App().register(mcp("/mcp", { hooks, tools: { "*": hooks }, authorizationServer })) },
  io,
);
const hono = new Hono().use(guardHono(adapterVars, {}, io));
const { verifier } = createEntraPlugin(adapterVars, {}, io);
const atOrigin = createAssertionVerifier(
  { issuer: `${gateUrl}/.well-known/entra-gate/origin`, audience: originUrl },
  io,
);
const sample = createSampleServer();
const keys = takeKeysFromAuthority(io);
const token = await entra.issueAccessToken();
const [header, payload, signature] = token.split(".");

const toPart = (text) => Buffer.from(text).toString("base64url");
const damage = (text) =>
  pick([`${toPart(text)}.${payload}.${signature}`, `${header}.${toPart(text)}.${signature}`, `e30.${toPart(text)}.AA`]);
/** As long as a token may be. */
const credential = (text) => bearer(damage(text.slice(0, 23_000)));
const bearer = (text) => ({ authorization: `Bearer ${text}` });
/** Each request is from another address, so that no limit of an address ends the attack. */
const address = () => ({ remoteAddr: { hostname: `10.${below(256)}.${below(256)}.${below(256)}` } });
const post = (url, text, headers = {}) =>
  new Request(url, { method: "POST", body: text, headers: { "content-type": "application/json", ...headers } });

async function statusOf(answer) {
  const response = await answer;
  await response.arrayBuffer();
  return response.status;
}

/** Sends one text in one way. @returns the answer, to be counted */
const ways = {
  gate: (text) => statusOf(gate.fetch(new Request(`${gateUrl}/me`, { headers: credential(text) }), environment)),
  body: (text) => statusOf(gate.fetch(post(`${gateUrl}/open`, text), environment)),
  hono: (text) => statusOf(hono.fetch(new Request(`${gateUrl}/me`, { headers: credential(text) }))),
  verify: (text) => verifier.verify(damage(text.slice(0, 23_000))),
  mcp: (text) => statusOf(servers.fetch(post(`${gateUrl}/mcp`, text, bearer(token)), serverEnvironment)),
  session(text) {
    const headers = { ...bearer(token), "mcp-session-id": `${toPart(text)}..a.a.a` };
    const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
    return statusOf(servers.fetch(post(`${gateUrl}/mcp`, ping, headers), serverEnvironment));
  },
  registration: (text) => statusOf(servers.fetch(post(`${gateUrl}/register`, text), serverEnvironment, address())),
  assertion(text) {
    const headers = { "x-entra-assertion": `${toPart(text.slice(0, 2_500))}.e30.AA` };
    return atOrigin.verify(new Request(originUrl, { headers }));
  },
  "client assertion": (text) =>
    sendForm({
      grant_type: "client_credentials",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: damage(text),
    }),
  "user assertion": (text) =>
    sendForm({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: damage(text) }),
  "refresh token": (text) => sendForm({ grant_type: "refresh_token", refresh_token: `1.A${toPart(text)}..a.a.a` }),
  "claims request": (text) => sendForm({ grant_type: "refresh_token", refresh_token: "a", claims: text }),
  "sign-out": (text) =>
    statusOf(entra.fetch(new Request(`${login}/logout?post_logout_redirect_uri=x:&id_token_hint=${damage(text)}`))),
  graph: (text) => statusOf(entra.fetch(post("https://graph.microsoft.com/v1.0/$batch", text, bearer(token)))),
  "local endpoints": (text) => statusOf(entra.fetch(post(`http://127.0.0.1/local/${pick(["sign", "issuer"])}`, text))),
  async explain(text) {
    const question = { authorization: `Bearer ${damage(text)}`, request: { method: "GET", url: `${gateUrl}/me` } };
    const { verdict } = await explain(question, { options: {}, environment, onWorkers: true }, { io, keys });
    return verdict.outcome;
  },
  "log line": (text) => prettifyLine(`{"event":${text}`, (_, shown) => shown).length > 0,
  document: (text) => parseText("openapi.json", text).ok,
  "sample MCP server": (text) => statusOf(sample.fetch(post("http://127.0.0.1/mcp", text))),
};

function sendForm(form) {
  const sent = new URLSearchParams({ client_id: clients.daemon.clientId, ...form });
  return statusOf(entra.fetch(new Request(`${login}/token`, { method: "POST", body: sent })));
}

const answers = {};
let texts = 0;
const residentMiB = [];

async function send(name, text) {
  const answer = await Promise.resolve(text)
    .then(ways[name])
    .catch((error) => error.name);
  answers[`${name}: ${answer}`] = (answers[`${name}: ${answer}`] ?? 0) + 1;
  texts += 1;
  if (texts % 2_000 === 0) residentMiB.push(Math.round(process.memoryUsage().rss / 1024 / 1024));
}

for (const name of Object.keys(ways)) {
  for (let round = 0; round < 3; round += 1) {
    for (const text of deadly) for (const each of [text, list]) await send(name, each);
  }
}
while (Date.now() < endMs) {
  const name = pick(Object.keys(ways));
  await send(name, createText());
  if (random() < 0.3) await send(name, list);
}
console.log(JSON.stringify({ answers, residentMiB }, null, 1));
console.log(`${texts} texts on Node ${process.versions.node}`);
process.exit();
