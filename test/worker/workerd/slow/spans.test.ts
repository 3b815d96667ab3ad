import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { serve } from "../../../../cli/common/loopback.ts";
import { serveInDeno } from "../../../support/deno/serve.ts";
import { serveByFile } from "../../../support/runtimes/serve-file.ts";
import { type Stack, type StackOptions, startStack } from "../../../support/stack.ts";
import { fetchDaemonToken } from "../../support/daemon-token.ts";

/** A span, as its receiver got it. */
interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  readonly failed: boolean;
}

const running: { stop(): Promise<void> }[] = [];
afterAll(() => Promise.all(running.map((part) => part.stop())));

/** An OTLP receiver (JSON over HTTP). */
async function startCollector() {
  const spans: ReceivedSpan[] = [];
  const collector = await serve(async (incoming, outgoing) => {
    for (const { scopeSpans } of JSON.parse(await text(incoming)).resourceSpans ?? []) {
      for (const span of scopeSpans.flatMap((scope: { spans: object[] }) => scope.spans)) {
        const attributes = span.attributes.map(({ key, value }: { key: string; value: Record<string, unknown> }) => [
          key,
          value.stringValue ?? Number(value.intValue ?? value.doubleValue),
        ]);
        spans.push({ ...span, attributes: Object.fromEntries(attributes), failed: span.status?.code === 2 });
      }
    }
    outgoing.writeHead(200, { "Content-Type": "application/json" }).end("{}");
  });
  running.push(collector);
  const vars = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_BSP_SCHEDULE_DELAY: "100",
  };
  return { spans, vars };
}

/** A streaming tail worker, which writes the events of spans to its log. */
const tailWorker = `export default {
  fetch: () => new Response(null),
  tailStream: () => ({ event, spanContext: { traceId, spanId } }) => {
    // The platform's own spans have attributes that JSON does not have.
    const write = (_name, value) => (typeof value === "bigint" ? Number(value) : value);
    if (/^(?:span|attributes)/.test(event.type)) console.log(JSON.stringify({ traceId, spanId, event }, write));
  },
};`;

/** Reads the log of a streaming tail worker. @param onLine gets the lines of the gate */
function createTail(onLine: (line: string) => void) {
  const spans: { -readonly [Name in keyof ReceivedSpan]: ReceivedSpan[Name] }[] = [];
  const open = new Map<string, (typeof spans)[number]>();
  const onGateLog = (line: string) => {
    const { traceId, spanId: current, event } = JSON.parse(line);
    if (traceId === undefined) onLine(line);
    if (event?.type === "spanOpen") {
      const { spanId, name } = event;
      open.set(spanId, { traceId, spanId, parentSpanId: current, name, attributes: {}, failed: false });
    }
    const span = open.get(current);
    if (span === undefined) return;
    if (event.type === "attributes") {
      const pairs = event.info.map(({ name, value }: { name: string; value: string | number }) => [name, value]);
      span.attributes = { ...span.attributes, ...Object.fromEntries(pairs) };
    }
    if (event.type === "spanUpdate" && event.info.type === "status") span.failed = event.info.status.code === "error";
    if (event.type === "spanClose") spans.push(span);
  };
  return { spans, onGateLog };
}

type Runtime = "workerd" | "Node" | "Bun" | "Deno";

interface Started {
  readonly spans: readonly ReceivedSpan[];
  /** Log lines of the gate. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  readonly stack: Stack;
}

/** @param kind prefix of the file below test/gates/spans */
async function start(runtime: Runtime, kind: "" | "continued-" | "hono-" | "daloy-" = ""): Promise<Started> {
  const lines: Record<string, unknown>[] = [];
  const onLine = (line: string) => {
    if (line.startsWith("{")) lines.push(JSON.parse(line));
  };
  const common = {
    gateVars: { ENTRA_REQUIRED_ROLE: "Orders.Read.All", GATE_LOG_ALLOWED: "1" },
    gateEntry: `test/gates/spans/${kind}open-telemetry.ts`,
  };
  let options: StackOptions;
  let spans: readonly ReceivedSpan[];
  if (runtime === "workerd") {
    const { onGateLog, ...tail } = createTail(onLine);
    spans = tail.spans;
    const neighbor = { name: "tail", code: tailWorker, port: 0, vars: {} };
    options = {
      ...common,
      gateEntry: `test/gates/spans/${kind}workers.ts`,
      gateNeighbors: [neighbor],
      gateTail: "tail",
      onGateLog,
    };
  } else {
    const collector = await startCollector();
    spans = collector.spans;
    const place = { onLine };
    const sdk = import.meta.resolve("../../../support/runtimes/telemetry.ts");
    const vars = {
      ...collector.vars,
      ...{
        Node: { NODE_OPTIONS: `--import=${sdk}` },
        Bun: { BUN_OPTIONS: `--preload=${fileURLToPath(sdk)}` },
        Deno: { OTEL_DENO: "true", OTEL_DENO_CONSOLE: "ignore" },
      }[runtime],
    };
    options = {
      ...common,
      runGate: (entry, gateVars) =>
        runtime === "Deno"
          ? serveInDeno(entry, { ...gateVars, ...vars }, [], 0, place)
          : serveByFile(runtime, entry, { ...gateVars, ...vars }, undefined, undefined, 0, place),
    };
  }
  const stack = await startStack(options);
  running.push(stack);
  return { spans, lines, stack };
}

describe.each<Runtime>(["workerd", "Node", "Bun", "Deno"])("on %s", (runtime) => {
  it("the receiver gets the spans of each request, and no secret in them", { tags: "span-texts" }, async () => {
    const { spans, stack } = await start(runtime);
    const url = `${stack.gateUrl}/orders/secret-parameter?secret-query=1`;
    const ofGate = () => spans.filter(({ name }) => name.startsWith("entra_gate."));
    const find = (name: string, among = ofGate()) => among.find((span) => span.name === `entra_gate.${name}`)!;

    const authorization = `Bearer ${await fetchDaemonToken(stack)}`;
    const allowed = await fetch(url, { headers: { authorization } });
    const { headers } = (await allowed.json()) as { readonly headers: Readonly<Record<string, string>> };
    expect(allowed.status).toBe(200);
    await expect
      .poll(() =>
        ofGate()
          .map(({ name }) => name)
          .toSorted(),
      )
      .toEqual([
        "entra_gate.keys",
        "entra_gate.origin",
        "entra_gate.policy",
        "entra_gate.request",
        "entra_gate.verification",
      ]);
    const request = find("request");
    expect(request).toMatchObject({
      attributes: { "entra_gate.route": "GET /orders/:id", "http.response.status_code": 200 },
      failed: false,
    });
    expect(find("keys")).toMatchObject({
      parentSpanId: find("verification").spanId,
      attributes: { "entra_gate.keys": "waited" },
    });
    for (const name of ["verification", "policy", "origin"]) expect(find(name).parentSpanId).toBe(request.spanId);
    expect(new Set(ofGate().map(({ traceId }) => traceId)).size).toBe(1);

    // Two headers arrive with a comma. Deno's fetch sends the ID of a span of its own.
    const readParent = ({ traceparent = "" }: Readonly<Record<string, string>>) => {
      const [, traceId, parentId] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/.exec(traceparent) ?? [];
      return {
        traceId,
        findSpan: () => (runtime === "Deno" ? spans.find(({ spanId }) => spanId === parentId)?.parentSpanId : parentId),
      };
    };
    const parent = readParent(headers);
    expect(parent.traceId).toBe(request.traceId);
    await expect.poll(parent.findSpan).toBe(find("origin").spanId);

    const own = await fetch(`${stack.gateUrl}/own`, { headers: { authorization } });
    const ownParent = readParent(((await own.json()) as { readonly headers: Record<string, string> }).headers);
    await expect.poll(() => ofGate().length).toBe(8);
    const ownRequest = find("request", ofGate().slice(5));
    expect(ownParent.traceId).toBe(ownRequest.traceId);
    await expect.poll(ownParent.findSpan).toBe(ownRequest.spanId);

    const refused = await fetch(url);
    expect([refused.status, (await refused.text()) !== ""]).toEqual([401, true]);
    await expect.poll(() => ofGate().length).toBe(10);
    const later = ofGate().slice(8);
    for (const name of ["request", "verification"])
      expect(find(name, later).attributes["entra_gate.reason"]).toBe("credential_missing");
    expect(find("verification", later).parentSpanId).toBe(find("request", later).spanId);

    const told = JSON.stringify(ofGate());
    for (const secret of ["secret", authorization.split(".")[1]!, "eyJ"]) expect(told).not.toContain(secret);
  });
});

describe.each([
  ["Hono", "workerd", "hono-"],
  ["Hono", "Node", "hono-"],
  ["Hono", "Deno", "hono-"],
  ["DaloyJS", "Node", "daloy-"],
] as const)("an app with the adapter for %s on %s", (_framework, runtime, kind) => {
  it("the receiver gets separate spans of concurrent requests, which have the trace of the log, and no secret", {
    tags: "span-texts",
  }, async () => {
    const { spans, lines, stack } = await start(runtime, kind);
    const authorization = `Bearer ${await fetchDaemonToken(stack)}`;
    const ask = async (init?: RequestInit) => {
      const response = await fetch(`${stack.gateUrl}/orders/secret-parameter?secret-query=1`, init);
      await response.text();
      return response.status;
    };
    const ofGuard = () => spans.filter(({ name }) => name.startsWith("entra_gate."));
    const named = (name: string) => spans.filter((span) => span.name === `entra_gate.${name}`);

    // The first fetches the keys.
    expect(await ask({ headers: { authorization } })).toBe(200);
    await expect.poll(() => ofGuard().length).toBe(4);
    expect(named("keys")).toMatchObject([
      { parentSpanId: named("verification")[0]!.spanId, attributes: { "entra_gate.keys": "waited" } },
    ]);

    const inits = Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? { headers: { authorization } } : {}));
    expect(await Promise.all(inits.map(ask))).toEqual(inits.map((_, index) => (index % 2 === 0 ? 200 : 401)));
    await expect.poll(() => ofGuard().length).toBe(29);
    expect(named("guard")).toHaveLength(11);
    await expect.poll(() => lines.filter(({ event }) => event === "allowed" || event === "refused").length).toBe(11);
    for (const { spanId, traceId, attributes } of named("guard")) {
      expect(attributes["entra_gate.route"]).toBe("GET /orders/:id");
      const reason = attributes["entra_gate.reason"];
      const steps = spans.filter(({ parentSpanId }) => parentSpanId === spanId);
      expect(steps.map(({ name, attributes: own }) => [name, own["entra_gate.reason"]]).toSorted()).toEqual(
        reason === undefined
          ? [
              ["entra_gate.policy", undefined],
              ["entra_gate.verification", undefined],
            ]
          : [["entra_gate.verification", "credential_missing"]],
      );
      expect(steps.every((step) => step.traceId === traceId)).toBe(true);
      expect(lines.filter(({ trace }) => trace === traceId).map((line) => line.reason)).toEqual([reason]);
    }
    const reasons = named("guard").map(({ attributes }) => attributes["entra_gate.reason"]);
    expect(reasons.filter((reason) => reason === "credential_missing")).toHaveLength(5);
    const told = JSON.stringify(ofGuard());
    for (const secret of ["secret", authorization.split(".")[1]!, "eyJ"]) expect(told).not.toContain(secret);
  });
});

describe('traceContext("continue") beside spans', () => {
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const sent = { traceparent: `00-${traceId}-b7ad6b7169203331-01`, tracestate: "a=1" };

  it("the origin gets the span of the gate only in the trace of the upstream server", async () => {
    const { spans, stack } = await start("Node", "continued-");
    const authorization = `Bearer ${await fetchDaemonToken(stack)}`;
    const ask = async (path: string) => {
      const response = await fetch(`${stack.gateUrl}${path}`, { headers: { authorization, ...sent } });
      const { headers } = (await response.json()) as { readonly headers: Readonly<Record<string, string>> };
      return { traceparent: headers.traceparent, tracestate: headers.tracestate };
    };
    const find = (name: string) =>
      spans.findLast((span) => span.name === `entra_gate.${name}` && span.traceId === traceId);

    for (const path of ["/orders/7", "/own"]) expect(await ask(path), path).toEqual(sent);
    const { traceparent, tracestate } = await ask("/orders/7?joined");
    expect(tracestate).toBe("a=1");
    await expect.poll(() => `00-${traceId}-${find("origin")?.spanId}-01`).toBe(traceparent);
    const { traceparent: own } = await ask("/own?joined");
    await expect.poll(() => `00-${traceId}-${find("request")?.spanId}-01`).toBe(own);
    expect(find("request")?.parentSpanId).toBe("b7ad6b7169203331");
  });
});
