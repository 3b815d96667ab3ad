// `node lab/compiled.ts [--rounds 9]`: compiles documents of 10 and 10,000 operations, and compares their gates in this
// process: the cost of a request of a known token, and the time to compile beside the time to parse. It measures processor
// time, so that other processes matter little, and prints medians of rounds that take turns.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { readApi } from "../cli/compile/authority.ts";
import { compileDocument } from "../cli/compile/document.ts";
import { parseText } from "../cli/compile/parse.ts";
import { writeRoutes } from "../cli/compile/write-routes.ts";
import { api, tenants } from "../entra/directory/directory.ts";
import { createEntra } from "../entra/entra.ts";
import { median } from "./statistics.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "9" } } });
const rounds = Number(values.rounds);
const requestsEach = 5_000;
const counts = [10, 10_000];

const vars = { ENTRA_TENANT_ID: tenants.contoso.id, ENTRA_API_AUDIENCE: api.clientId };
const folder = mkdtempSync(path.join(tmpdir(), "compiled-lab-"));
const index = new URL("../src/index.ts", import.meta.url).href;

type Fetch = (request: Request, env: object) => Promise<Response>;

const entra = createEntra();
const token = await entra.issueAccessToken({ claims: { scp: "orders.read" } });
globalThis.fetch = async (input, init) => {
  const request = new Request(input as Request, init);
  return request.url.startsWith("https://origin.contoso.example") ? new Response("ok") : entra.fetch(request);
};

/** Half of the paths have a parameter. */
function writeDocument(count: number): string {
  const flow = `https://login.microsoftonline.com/organizations/oauth2/v2.0`;
  const scopes = { "orders.read": "" };
  const entraScheme = {
    type: "oauth2",
    flows: { authorizationCode: { authorizationUrl: `${flow}/authorize`, tokenUrl: `${flow}/token`, scopes } },
  };
  const operation = { get: { security: [{ entra: ["orders.read"] }], responses: { 200: { description: "OK" } } } };
  const pathAt = (at: number) => (at % 2 === 0 ? `/literal/${at}` : `/items${at}/{id}`);
  return JSON.stringify({
    openapi: "3.1.0",
    info: { title: "Many operations", version: "1" },
    paths: Object.fromEntries(Array.from({ length: count }, (_, at) => [pathAt(at), operation])),
    components: { securitySchemes: { entra: entraScheme } },
  });
}

function compile(name: string): string {
  const choices = { api: readApi(vars), open: [], originChecks: [], domains: new Map() };
  const compiled = compileDocument(folder, name, choices);
  if ("faults" in compiled) throw new Error(JSON.stringify(compiled.faults[0]));
  return writeRoutes(compiled.document) ?? "";
}

/** Runs the module of a document. */
async function startGate(count: number, text: string): Promise<Fetch> {
  const file = path.join(folder, `gate${count}.ts`);
  const gate = `import { createGate } from ${JSON.stringify(index)};
export default createGate({ routes, unlisted: "reject" });`;
  writeFileSync(file, `${text.replace('"entra-gate"', JSON.stringify(index))}\n${gate}\n`);
  const { default: worker } = (await import(file)) as { readonly default: { readonly fetch: Fetch } };
  return worker.fetch;
}

/** Processor time of this process until now, in microseconds. */
function usedUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function timeMs(work: () => unknown): number {
  const startUs = usedUs();
  work();
  return (usedUs() - startUs) / 1_000;
}

/** Microseconds for one of many requests. */
async function timeRequests(fetch: Fetch, target: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const env = { ...vars, ORIGIN_URL: "https://origin.contoso.example", GATE_URL: "https://api.contoso.example" };
  const request = new Request(`https://api.contoso.example${target}`, { headers });
  const startUs = usedUs();
  for (let times = 0; times < requestsEach; times += 1) {
    const response = await fetch(request, env);
    if (response.status !== 200) throw new Error(`${target}: ${response.status} ${await response.text()}`);
  }
  return (usedUs() - startUs) / requestsEach;
}

const samples = new Map<string, number[]>();
const note = (name: string, value: number) => samples.set(name, [...(samples.get(name) ?? []), value]);
const gates = new Map<number, Fetch>();
for (const count of counts) {
  const text = writeDocument(count);
  writeFileSync(path.join(folder, `${count}.json`), text);
  gates.set(count, await startGate(count, compile(`${count}.json`)));
}
for (let round = 0; round <= rounds; round += 1) {
  for (const count of round % 2 === 0 ? counts : [...counts].reverse()) {
    const text = writeDocument(count);
    const parsedMs = timeMs(() => parseText("openapi.json", text));
    const compiledMs = timeMs(() => compile(`${count}.json`));
    const literalUs = await timeRequests(gates.get(count)!, `/literal/${count - 2}`);
    const parameterUs = await timeRequests(gates.get(count)!, `/items${count - 1}/7`);
    // The first round is a warm-up.
    if (round === 0) continue;
    note(`${count} parsed`, parsedMs);
    note(`${count} compiled`, compiledMs);
    note(`${count} literal`, literalUs);
    note(`${count} parameter`, parameterUs);
  }
}
rmSync(folder, { recursive: true });

const of = (count: number, what: string) => median(samples.get(`${count} ${what}`) ?? []);
console.log(`Node ${process.version}, medians of ${rounds} rounds of ${requestsEach} requests each\n`);
for (const what of ["literal", "parameter"]) {
  const [few, many] = counts.map((count) => of(count, what)) as [number, number];
  const ratio = (many / few).toFixed(3);
  console.log(`path with ${what}: ${few.toFixed(1)} us with 10 routes, ${many.toFixed(1)} with 10,000, ratio ${ratio}`);
}
for (const count of counts) {
  const [parsed, compiled] = [of(count, "parsed").toFixed(1), of(count, "compiled").toFixed(1)];
  console.log(`${count} operations: parsed in ${parsed} ms, parsed, compiled and written in ${compiled} ms`);
}
process.exit(0);
