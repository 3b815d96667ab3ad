// `node lab/compiled.ts [--rounds 15]`: compiles documents of 10 and 10,000 operations, and compares their gates in
// this
// process: the cost of a request of a known token, and the time to compile beside the time to parse. It measures
// processor time, so that other processes matter little. Both gates take turns, first with as many paths each, then
// with all paths.
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
import { readOwnUs } from "./pacing/processor.ts";
import { bootstrap, describeEstimate, median, trimmedMean } from "./statistics.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "15" } } });
const rounds = Number(values.rounds);
const requestsEach = 5_000;
/** Requests to one gate before the other has its turn. */
const requestsInTurn = 250;
const compileRounds = 5;
const [few, many] = [10, 10_000];
const counts = [few, many];

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
const templateAt = (at: number) => (at % 2 === 0 ? `/literal/${at}` : `/items${at}/{id}`);

function writeDocument(count: number): string {
  const flow = `https://login.microsoftonline.com/organizations/oauth2/v2.0`;
  const scopes = { "orders.read": "" };
  const entraScheme = {
    type: "oauth2",
    flows: { authorizationCode: { authorizationUrl: `${flow}/authorize`, tokenUrl: `${flow}/token`, scopes } },
  };
  const operation = { get: { security: [{ entra: ["orders.read"] }], responses: { 200: { description: "OK" } } } };
  return JSON.stringify({
    openapi: "3.1.0",
    info: { title: "Many operations", version: "1" },
    paths: Object.fromEntries(Array.from({ length: count }, (_, at) => [templateAt(at), operation])),
    components: { securitySchemes: { entra: entraScheme } },
  });
}

/** Paths of a document, spread over it, in an order without a pattern. */
function listTargets(count: number, kind: "literal" | "parameter", length: number): readonly string[] {
  const step = count / 2 / length;
  const numbers = Array.from({ length }, (_, index) => 2 * Math.floor(index * step) + (kind === "literal" ? 0 : 1));
  // 1,999 and the lengths have no common divisor.
  return numbers.map((_, index) => templateAt(numbers[(index * 1_999) % length]!).replace("{id}", "7"));
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

function timeMs(work: () => unknown): number {
  const startUs = readOwnUs();
  work();
  return (readOwnUs() - startUs) / 1_000;
}

const headers = { authorization: `Bearer ${token}` };
const env = { ...vars, ORIGIN_URL: "https://origin.contoso.example", GATE_URL: "https://api.contoso.example" };

/** A gate, and the requests that it gets in turn. */
interface Contender {
  readonly fetch: Fetch;
  readonly requests: readonly Request[];
  next: number;
}

/** @param count of requests, the same for both gates: they take memory themselves */
function createContender(fetch: Fetch, targets: readonly string[], count: number): Contender {
  const requests = Array.from({ length: count }, (_, index) => {
    return new Request(`https://api.contoso.example${targets[index % targets.length]}`, { headers });
  });
  return { fetch, requests, next: 0 };
}

/** Processor time of the next requests, in microseconds. */
async function timeTurn(contender: Contender): Promise<number> {
  const { fetch, requests } = contender;
  const startUs = readOwnUs();
  for (let times = 0; times < requestsInTurn; times += 1) {
    const request = requests[contender.next % requests.length]!;
    contender.next += 1;
    const response = await fetch(request, env);
    if (response.status !== 200) throw new Error(`${request.url}: ${response.status} ${await response.text()}`);
  }
  return readOwnUs() - startUs;
}

/** Microseconds for one request to each of two gates. */
interface Round {
  readonly few: number;
  readonly many: number;
}

/** One round: the gates take turns, so that what disturbs one disturbs the other. */
async function timeRound(a: Contender, b: Contender): Promise<Round> {
  let [fewUs, manyUs] = [0, 0];
  for (let done = 0; done < requestsEach; done += requestsInTurn) {
    if ((done / requestsInTurn) % 2 === 0) {
      fewUs += await timeTurn(a);
      manyUs += await timeTurn(b);
    } else {
      manyUs += await timeTurn(b);
      fewUs += await timeTurn(a);
    }
  }
  return { few: fewUs / requestsEach, many: manyUs / requestsEach };
}

const gates: Fetch[] = [];
for (const count of counts) {
  writeFileSync(path.join(folder, `${count}.json`), writeDocument(count));
  gates.push(await startGate(count, compile(`${count}.json`)));
}
const [fewRoutes, manyRoutes] = gates as [Fetch, Fetch];

console.log(`Node ${process.version}, ${rounds} rounds of ${requestsEach} requests to each gate\n`);
for (const kind of ["literal", "parameter"] as const) {
  for (const paths of [few / 2, many / 2]) {
    const a = createContender(fewRoutes, listTargets(few, kind, few / 2), paths);
    const b = createContender(manyRoutes, listTargets(many, kind, paths), paths);
    const measured: Round[] = [];
    // The first round is a warm-up.
    await timeRound(a, b);
    for (let round = 0; round < rounds; round += 1) measured.push(await timeRound(a, b));
    const meanOf = (taken: readonly Round[], gate: keyof Round) => trimmedMean(taken.map((round) => round[gate]));
    const ratio = bootstrap([measured], (taken) => meanOf(taken, "many") / meanOf(taken, "few"));
    const [fewUs, manyUs] = [meanOf(measured, "few").toFixed(1), meanOf(measured, "many").toFixed(1)];
    const what = `${few / 2} paths with a ${kind} of ${few} routes ${fewUs} us, ${paths} of ${many} routes ${manyUs} us`;
    console.log(`${what}, ratio ${describeEstimate(ratio, 2)}`);
  }
}

// After the requests, because the garbage of a large document would count to them.
const samples = new Map<string, number[]>();
const note = (name: string, value: number) => samples.set(name, [...(samples.get(name) ?? []), value]);
for (let round = 0; round <= compileRounds; round += 1) {
  for (const count of counts) {
    const text = writeDocument(count);
    const parsedMs = timeMs(() => parseText("openapi.json", text));
    const compiledMs = timeMs(() => compile(`${count}.json`));
    if (round === 0) continue;
    note(`${count} parsed`, parsedMs);
    note(`${count} compiled`, compiledMs);
  }
}
rmSync(folder, { recursive: true });

console.log("");
for (const count of counts) {
  const of = (what: string) => median(samples.get(`${count} ${what}`) ?? []).toFixed(1);
  console.log(
    `${count} operations: parsed in ${of("parsed")} ms, parsed, compiled and written in ${of("compiled")} ms`,
  );
}
process.exit(0);
