import { afterEach, describe, expect, it, vi } from "vitest";
import { clients } from "../../../entra/directory/clients.ts";
import { api } from "../../../entra/directory/directory.ts";
import type { TraceFactory } from "../../../src/core/guard/trace.ts";
import { downstream } from "../../../src/extensions/downstream/downstream.ts";
import { spans } from "../../../src/extensions/trace/spans.ts";
import { traceContext } from "../../../src/extensions/trace/trace.ts";
import { createGate } from "../../../src/gate.ts";
import { App, createEntraPlugin, type GateOptions, requireAuth } from "../../../src/index.ts";
import { environmentWith } from "../../support/environment.ts";
import { bearer, createGateWorld, entra } from "../../support/gate-world.ts";
import { createFakeIo, type FakeIo } from "../../support/io.ts";
import { createRecorder, recordedTrace } from "../../support/recorder.ts";

describe("traceContext", () => {
  it.each([
    ["another mode", () => traceContext("always" as never), 'mode must be "restart" or "continue"'],
    ["no mode", () => traceContext(undefined as never), 'mode must be "restart" or "continue"'],
    ["a misspelled option", () => traceContext("restart", { sampleShare: 1 } as never), 'unknown option "sampleShare"'],
    [
      "a share above 1",
      () => traceContext("restart", { sampledShare: 2 }),
      "sampledShare must be a number from 0 to 1",
    ],
    ["a share below 0", () => traceContext("restart", { sampledShare: -0.1 }), "sampledShare must be"],
    ["a share that is no number", () => traceContext("restart", { sampledShare: Number.NaN }), "sampledShare must be"],
    ["a share that is text", () => traceContext("restart", { sampledShare: "0.5" as never }), "sampledShare must be"],
  ])("refuses %s", (_what, create, message) => {
    expect(create).toThrow(message);
  });
});

describe("the option trace", () => {
  it("refuses anything else", () => {
    expect(() => createGate({ trace: {} as never })).toThrow("trace must be traceContext() of entra-gate");
  });
});

const client = "0af7651916cd43dd8448eb211c80319c";
const sampled = `00-${client}-b7ad6b7169203331-01`;
const sent = { traceparent: sampled, tracestate: "a=1" };
const own = "00-11111111111111111111111111111111-2222222222222222-00";
const started = /^00-([0-9a-f]{32})-[0-9a-f]{16}-03$/;

/** The trace of a request, for the tests that need no gate. */
function traceOf(io: FakeIo, headers: HeadersInit, ...mode: Parameters<typeof traceContext>) {
  const { follow } = traceContext(...mode) as unknown as TraceFactory;
  return follow(io).traceOf(new Request("https://api.contoso.example", { headers }));
}

describe("the share of traces that other servers shall record", () => {
  it.each([
    [0, 0, "02"],
    [0.25, 0, "03"],
    [0.25, 0.249, "03"],
    [0.25, 0.25, "02"],
    [1, 1 - 2 ** -53, "03"],
  ])("%d: with the random number %d, the flags are %s", (sampledShare, random, flags) => {
    const io = createFakeIo();
    io.setRandom(random);
    const { traceparent } = traceOf(io, {}, "restart", { sampledShare }).headers;
    expect(traceparent?.slice(-3)).toBe(`-${flags}`);
  });

  it("does not change the flags that an upstream server sent", () => {
    const random = [sampled, own].map((each) => `${each.slice(0, -1)}${Number(each.at(-1)) + 2}`);
    for (const traceparent of [sampled, own, ...random]) {
      const { headers } = traceOf(createFakeIo(), { traceparent }, "continue", { sampledShare: 0.5 });
      expect(headers.traceparent).toBe(traceparent);
    }
  });
});

describe("the trace in the log", () => {
  it("is that of the upstream server, once, if the gate continues it; otherwise both", () => {
    const log = (mode: "restart" | "continue") => traceOf(createFakeIo(), sent, mode).logged;
    expect(log("continue")).toEqual({ trace: client });
    expect(log("restart")).toEqual({ trace: expect.not.stringContaining(client), clientTrace: client });
  });
});

describe("the trace of a handler", () => {
  const graph = "https://graph.microsoft.com/v1.0/me";
  const scopes = ["https://graph.microsoft.com/User.Read"];
  const hooks = requireAuth("access_as_user");
  const routes = new App()
    .get("/own", { hooks }, ({ state }) => ({ status: 200, body: { trace: state.trace } }))
    .get("/graph", { hooks }, ({ state, query }) =>
      state.downstreamFetch(graph, { scopes, headers: query as Record<string, string> }),
    );

  /** What a handler reads, what another API gets, and the line of the log. */
  async function follow(options: GateOptions, query: Readonly<Record<string, string>> = {}) {
    const { ask, forwarded, io } = createGateWorld(
      { routes, downstream: downstream(), ...options },
      { GATE_LOG_ALLOWED: "1", ENTRA_CLIENT_ID: api.clientId, ENTRA_CLIENT_SECRET: clients.api.secret },
    );
    const token = await bearer();
    const { trace } = await (await ask("/own", { token, headers: sent })).json<{ trace?: object }>();
    const line = io.lines.find(({ event }) => event === "allowed");
    expect((await ask(`/graph?${new URLSearchParams(query)}`, { token, headers: sent })).status).toBe(200);
    const { headers } = forwarded.at(-1)!;
    return { trace, line, api: [headers.get("traceparent"), headers.get("tracestate")] };
  }

  it("restart: both have new IDs, and the handler that of the log", async () => {
    const { trace, line, api } = await follow({ trace: traceContext("restart") });
    expect(trace).toEqual({ traceparent: expect.stringContaining(`00-${line?.trace}-`) });
    expect(line?.trace).not.toBe(client);
    expect(api).toEqual([expect.stringMatching(started), null]);
    expect(api[0]).not.toContain(client);
  });

  it("continue: both have the headers of the upstream server", async () => {
    const { trace, api } = await follow({ trace: traceContext("continue") });
    expect([trace, api]).toEqual([sent, [sampled, "a=1"]]);
  });

  it("without the option, there is none", async () => {
    expect(await follow({})).toMatchObject({ trace: undefined, api: [null, null] });
  });

  it("with spans, the parent is the span of the request", async () => {
    const recorder = createRecorder();
    const { trace, api } = await follow({ trace: traceContext("restart"), spans: spans(recorder.tracer) });
    const [first, second] = recorder.spans
      .filter(({ name }) => name === "entra_gate.request")
      .map(({ spanId }) => `00-${recordedTrace}-${spanId}-01`);
    expect([trace, api]).toEqual([{ traceparent: first }, [second, null]]);
  });

  it("a traceparent of the handler is kept, with its tracestate", async () => {
    const options = { trace: traceContext("continue") };
    expect((await follow(options, { traceparent: own })).api).toEqual([own, null]);
    expect((await follow(options, { traceparent: own, tracestate: "own=1" })).api).toEqual([own, "own=1"]);
    expect((await follow(options, { tracestate: "own=1" })).api).toEqual([sampled, "a=1"]);
  });

  it("an app that serves itself has it too", async () => {
    const io = createFakeIo({ fetch: (request) => entra.fetch(request) });
    const app = new App({}, io).register(createEntraPlugin(undefined, { trace: traceContext("continue") }, io));
    app.get("/own", { public: true }, ({ state }) => ({ status: 200, body: state.trace }));
    const response = await app.fetch(
      new Request("https://api.contoso.example/own", { headers: sent }),
      environmentWith({}),
    );
    expect(await response.json()).toEqual(sent);
  });
});

describe("where the platform sends a traceparent of its own", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.unstubAllEnvs();
  });

  it("no request gets another one", () => {
    vi.stubGlobal("Deno", {});
    vi.stubEnv("OTEL_DENO", "true");
    const trace = traceOf(createFakeIo(), sent, "continue");
    expect(trace.headers).toEqual({});
    for (const name of ["send", "add"] as const) {
      const headers = new Headers({ traceparent: own, tracestate: "own=1" });
      trace[name](headers);
      expect([...headers.keys()], name).toEqual([]);
    }
  });
});
