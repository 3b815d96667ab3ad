import { afterAll, describe, expect, it } from "vitest";
import { type LoopbackServer, serve } from "../../../../cli/common/loopback.ts";
import { serveInDeno } from "../../../support/deno/serve.ts";
import { startStack } from "../../../support/stack.ts";
import { fetchDaemonToken } from "../../support/daemon-token.ts";

const clientTrace = "0af7651916cd43dd8448eb211c80319c";
const traceparent = `00-${clientTrace}-b7ad6b7169203331-01`;
const wellFormed = /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/;

/** Paths of the exports of Deno's OpenTelemetry. */
const exports: (string | undefined)[] = [];
const collector = await serve((incoming, outgoing) => {
  exports.push(incoming.url);
  incoming.resume().on("end", () => outgoing.writeHead(200, { "Content-Type": "application/x-protobuf" }).end());
});
const running: Pick<LoopbackServer, "stop">[] = [collector];
afterAll(() => Promise.all(running.map((part) => part.stop())));

/** Starts a gate in Deno with OpenTelemetry, and an origin of its own. */
async function start(entry: string) {
  const lines: Record<string, unknown>[] = [];
  const received: Readonly<Record<string, readonly string[] | undefined>>[] = [];
  const origin = await serve((incoming, outgoing) => {
    received.push(incoming.headersDistinct);
    outgoing.end("ok");
  });
  running.push(origin);
  const telemetry = {
    OTEL_DENO: "true",
    OTEL_DENO_CONSOLE: "ignore",
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: "100",
  };
  const stack = await startStack({
    gateEntry: entry,
    gateVars: { ENTRA_REQUIRED_ROLE: "Orders.Read.All", GATE_LOG_ALLOWED: "1", ORIGIN_URL: origin.url },
    runGate: (file, vars) =>
      serveInDeno(file, { ...vars, ...telemetry }, [], 0, { onLine: (line) => lines.push(JSON.parse(line)) }),
  });
  running.push(stack);
  const token = await fetchDaemonToken(stack);
  return {
    lines,
    /** @returns all values of these headers that the origin got */
    async send(headers: Readonly<Record<string, string>>) {
      const response = await fetch(`${stack.gateUrl}/orders`, {
        headers: { authorization: `Bearer ${token}`, ...headers },
      });
      expect(response.status, await response.text()).toBe(200);
      const { traceparent = [], tracestate = [] } = received.at(-1)!;
      return { parents: traceparent, states: tracestate };
    },
  };
}

describe("on Deno with OpenTelemetry", () => {
  it.each(["restart", "continue"])("traceContext(%j) lets Deno send the only traceparent", async (mode) => {
    const { send, lines } = await start(`test/gates/trace/${mode}.ts`);
    expect(await send({})).toEqual({ parents: [expect.stringMatching(wellFormed)], states: [] });
    const { parents, states } = await send({ traceparent, tracestate: "a=1" });
    expect({ parents, states }).toEqual({ parents: [expect.stringMatching(wellFormed)], states: [] });
    // In both modes, Deno continues the trace of the client.
    expect(parents[0]).toContain(clientTrace);
    const allowed = () => lines.filter(({ event }) => event === "allowed");
    await expect.poll(allowed).toHaveLength(2);
    expect(allowed()[1]).toMatchObject({ [mode === "continue" ? "trace" : "clientTrace"]: clientTrace });
    await expect.poll(() => exports).toContain("/v1/traces");
  });

  it("a gate without the option forwards what the client sends, beside Deno's traceparent", async () => {
    const { send } = await start("test/gates/forwarding.ts");
    expect(await send({})).toEqual({ parents: [expect.stringMatching(wellFormed)], states: [] });
    const { parents, states } = await send({ traceparent, tracestate: "a=1" });
    expect({ parents, states }).toEqual({
      parents: [traceparent, expect.stringMatching(wellFormed)],
      states: ["a=1"],
    });
    expect(parents[1]).toContain(clientTrace);
  });
});
