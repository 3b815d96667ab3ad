// `node lab/routes.ts`: compares an App with 10, 1,000 and 10,000 routes with plain Hono in this process: the time to
// declare the routes, and the cost of a request. It measures processor time, so that other processes matter little, and
// prints medians of rounds that take turns.
import { parseArgs } from "node:util";
import { Hono } from "hono";
import { readOwnUs } from "./pacing/processor.ts";
import { median } from "./statistics.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "9" } } });
const rounds = Number(values.rounds);
const requestsEach = 20_000;

type Fetch = (request: Request) => Response | Promise<Response>;
interface AppLike {
  get(path: string, options: object, handler: () => object): unknown;
  readonly fetch: Fetch;
}

/** Loaded by its URL, because its types are those of the worker, not of Node. */
const { App } = (await import(new URL("../src/index.ts", import.meta.url).href)) as { App: new () => AppLike };

const paths = (count: number) =>
  Array.from(
    { length: count },
    (_, index) => (index % 2 === 0 ? `/literal/${index}` : `/items${index}/:id`) as `/${string}`,
  );

const makers: Record<string, (count: number) => Fetch> = {
  "plain Hono": (count) => {
    const hono = new Hono();
    for (const path of paths(count)) hono.get(path, (c) => c.json({ ok: true }));
    return hono.fetch;
  },
  App: (count) => {
    const app = new App();
    for (const path of paths(count)) app.get(path, { public: true }, () => ({ status: 200, body: { ok: true } }));
    return app.fetch;
  },
};

/** Milliseconds from the declaration to the first answer. */
async function timeDeclaration(make: (count: number) => Fetch, count: number): Promise<number> {
  const startUs = readOwnUs();
  await make(count)(new Request("https://api.contoso.example/literal/0"));
  return (readOwnUs() - startUs) / 1_000;
}

/** Microseconds for one of many requests. */
async function timeRequests(fetch: Fetch, path: string): Promise<number> {
  const request = new Request(`https://api.contoso.example${path}`);
  const startUs = readOwnUs();
  for (let times = 0; times < requestsEach; times += 1) {
    const response = await fetch(request);
    if (response.status !== 200) throw new Error(`${path}: ${response.status}`);
  }
  return (readOwnUs() - startUs) / requestsEach;
}

const samples = new Map<string, number[]>();
const note = (name: string, value: number) => samples.set(name, [...(samples.get(name) ?? []), value]);

for (let round = 0; round <= rounds; round += 1) {
  for (const count of [10, 1_000, 10_000]) {
    for (const [name, make] of Object.entries(makers)) {
      const declaredMs = await timeDeclaration(make, count);
      const fetch = make(count);
      const literalUs = await timeRequests(fetch, `/literal/${count - 2}`);
      const parameterUs = await timeRequests(fetch, `/items${count - 1}/7`);
      // The first round is a warm-up.
      if (round === 0) continue;
      note(`${name} ${count} declared`, declaredMs);
      note(`${name} ${count} literal`, literalUs);
      note(`${name} ${count} parameter`, parameterUs);
    }
  }
}

console.log(`Node ${process.version}, medians of ${rounds} rounds of ${requestsEach} requests each\n`);
for (const count of [10, 1_000, 10_000]) {
  for (const [what, unit] of [
    ["declared", "ms"],
    ["literal", "us/request"],
    ["parameter", "us/request"],
  ]) {
    const app = median(samples.get(`App ${count} ${what}`) ?? []);
    const hono = median(samples.get(`plain Hono ${count} ${what}`) ?? []);
    const figures = `App ${app.toFixed(2)} ${unit}, plain Hono ${hono.toFixed(2)}, ratio ${(app / hono).toFixed(2)}`;
    console.log(`${String(count).padStart(6)} routes, ${what?.padEnd(10)} ${figures}`);
  }
}
