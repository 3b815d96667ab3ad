import { text } from "node:stream/consumers";
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

/** Reads the log of a streaming tail worker. */
function createTail() {
  const spans: { -readonly [Name in keyof ReceivedSpan]: ReceivedSpan[Name] }[] = [];
  const open = new Map<string, (typeof spans)[number]>();
  const onGateLog = (line: string) => {
    const { traceId, spanId: current, event } = JSON.parse(line);
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

async function start(runtime: "workerd" | "Node" | "Deno"): Promise<{ spans: readonly ReceivedSpan[]; stack: Stack }> {
  const common = {
    gateVars: { ENTRA_REQUIRED_ROLE: "Orders.Read.All" },
    gateEntry: "test/gates/spans/open-telemetry.ts",
  };
  let options: StackOptions;
  let spans: readonly ReceivedSpan[];
  if (runtime === "workerd") {
    const { onGateLog, ...tail } = createTail();
    spans = tail.spans;
    const neighbor = { name: "tail", code: tailWorker, port: 0, vars: {} };
    options = {
      ...common,
      gateEntry: "test/gates/spans/workers.ts",
      gateNeighbors: [neighbor],
      gateTail: "tail",
      onGateLog,
    };
  } else {
    const collector = await startCollector();
    spans = collector.spans;
    const place = { onLine: () => {} };
    const preload = { NODE_OPTIONS: `--import=${import.meta.resolve("../../../support/runtimes/telemetry.ts")}` };
    const telemetry = { OTEL_DENO: "true", OTEL_DENO_CONSOLE: "ignore" };
    options = {
      ...common,
      runGate: (entry, vars) =>
        runtime === "Node"
          ? serveByFile("Node", entry, { ...vars, ...collector.vars, ...preload }, undefined, undefined, 0, place)
          : serveInDeno(entry, { ...vars, ...collector.vars, ...telemetry }, [], 0, place),
    };
  }
  const stack = await startStack(options);
  running.push(stack);
  return { spans, stack };
}

describe.each(["workerd", "Node", "Deno"] as const)("on %s", (runtime) => {
  it("the receiver gets the spans of each request, and no secret in them", async () => {
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
    const [, traceId, parentId] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/.exec(headers.traceparent ?? "") ?? [];
    expect(traceId).toBe(request.traceId);
    await expect
      .poll(() => (runtime === "Deno" ? spans.find(({ spanId }) => spanId === parentId)?.parentSpanId : parentId))
      .toBe(find("origin").spanId);

    const refused = await fetch(url);
    expect([refused.status, (await refused.text()) !== ""]).toEqual([401, true]);
    await expect.poll(() => ofGate().length).toBe(7);
    const later = ofGate().slice(5);
    for (const name of ["request", "verification"])
      expect(find(name, later).attributes["entra_gate.reason"]).toBe("credential_missing");
    expect(find("verification", later).parentSpanId).toBe(find("request", later).spanId);

    const told = JSON.stringify(ofGate());
    for (const secret of ["secret", authorization.split(".")[1]!, "eyJ"]) expect(told).not.toContain(secret);
  });
});
