// `node bench/scale.ts`: what a request costs as tokens, tenants and routes grow, in raw workerd: medians of interleaved
// rounds, processor time of a request, each beside the smallest of its kind, and what the worker keeps in memory.
import { parseArgs } from "node:util";
import { createGateVars } from "../dev/gate-vars.ts";
import { serveFetch } from "../dev/loopback.ts";
import { tenants } from "../src/testing/directory/directory.ts";
import { createEntra } from "../src/testing/entra.ts";
import { measureHeap } from "./heap.ts";
import { type Load, tool } from "./load.ts";
import { describeMachine, median } from "./report.ts";
import { type Sample, takeSample } from "./sample.ts";
import { issueMany } from "./tokens.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "7" }, seconds: { type: "string", default: "1" } },
});
const rounds = Number(values.rounds);
/** Long enough for every token to come once. */
const warmUpSeconds = 3;
const home = tenants.contoso.id;

/** Every tenant has the same keys, as in the real Entra. */
const entra = createEntra();
const { url: entraUrl } = await serveFetch(async (request) => {
  const [, tenant = home] = new URL(request.url).pathname.split("/");
  const answer = await entra.fetch(new Request(request.url.replace(tenant, home)));
  return new Response((await answer.text()).replaceAll(home, tenant), answer);
});
const issue = (tenant: string) =>
  entra.issueAccessToken({
    authority: entraUrl,
    persona: "member",
    claims: { tid: tenant, iss: `${entraUrl}/${tenant}/v2.0` },
  });
const nameTenant = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
const vars = createGateVars(entraUrl);

/** One size of one thing that grows. */
interface Point {
  readonly axis: string;
  readonly size: number;
  readonly worker: string;
  readonly vars: Readonly<Record<string, string>>;
  readonly load: Load;
}

function loadOf(tokens: readonly string[], path = "/me"): Load {
  const credentials = tokens.map((token) => `Bearer ${token}`);
  return { path, credentials, seconds: Number(values.seconds), status: 200, once: false };
}

const many = await issueMany(10_000, () => issue(home));
const points: Point[] = [10, 100, 1_000, 10_000].map((size) => ({
  axis: "live tokens",
  size,
  worker: "gate",
  vars,
  load: loadOf(many.slice(0, size)),
}));
for (const size of [1, 10, 100, 1_000]) {
  const listed = Array.from({ length: size }, (_, index) => nameTenant(index));
  // As many tokens whatever the number of tenants, so that nothing else grows.
  let next = 0;
  const tokens = await issueMany(1_000, () => issue(listed[next++ % size]!));
  const allowed = { ...vars, ENTRA_TENANT_ID: "organizations", ENTRA_ALLOWED_TENANTS: listed.join(" ") };
  points.push({ axis: "tenants of 1,000 tokens", size, worker: "gate", vars: allowed, load: loadOf(tokens) });
}
for (const size of [10, 100, 1_000]) {
  for (const path of [`/literal/${size - 2}`, `/items${size - 1}/7`]) {
    const load = loadOf(many.slice(0, 1), path);
    const axis = path.startsWith("/literal") ? "routes, literal" : "routes, parameter";
    points.push({ axis, size, worker: "routes", vars: { ...vars, ROUTES: String(size) }, load });
  }
}

const samples = new Map<Point, Sample[]>(points.map((point) => [point, []]));
for (let round = 1; round <= rounds; round += 1) {
  for (const point of points) {
    const warmUp = { ...point.load, seconds: warmUpSeconds };
    samples.get(point)?.push(await takeSample(point.worker, point.vars, warmUp, point.load));
  }
}

console.log(`${describeMachine()}; raw workerd, load by ${tool} over 16 connections
${rounds} interleaved rounds of ${values.seconds} s: processor time of a request, in microseconds; answers per second; both beside the
smallest of the kind, as the median of the rounds' ratios; what the worker keeps after garbage is collected
`);
for (const point of points) {
  const taken = samples.get(point) ?? [];
  const least = samples.get(points.find(({ axis }) => axis === point.axis)!) ?? [];
  const compare = (of: (sample: Sample) => number) =>
    median(taken.map((sample, round) => of(sample) / of(least[round]!))).toFixed(2);
  const heap = await measureHeap(point.worker, point.vars, { ...point.load, seconds: warmUpSeconds });
  const cpu = `${median(taken.map(({ cpuUs }) => cpuUs)).toFixed(0)} us (${compare(({ cpuUs }) => cpuUs)})`;
  const rate = `${median(taken.map(({ perSecond }) => perSecond)).toFixed(0)}/s (${compare(({ perSecond }) => perSecond)})`;
  console.log(
    `${point.axis.padEnd(24)} ${String(point.size).padStart(6)}  ${cpu.padEnd(14)} ${rate.padEnd(16)} ${(heap / 1_000_000).toFixed(1)} MB`,
  );
}
process.exit(0);
