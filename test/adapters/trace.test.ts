import { Hono } from "hono";
import { describe, expect, it, vi } from "vitest";
import { clients } from "../../entra/directory/clients.ts";
import { api } from "../../entra/directory/directory.ts";
import { personas } from "../../entra/directory/personas.ts";
import { createEntraPlugin, type HookContext, requireAuth as requireOfDaloy } from "../../src/adapters/daloy.ts";
import { type EntraEnv, entra as guard, requireAuth } from "../../src/adapters/hono.ts";
import type { EntraOptions } from "../../src/core/guard/entra-options.ts";
import type { RuleOptions } from "../../src/core/policy/rule.ts";
import { downstream } from "../../src/extensions/downstream/downstream.ts";
import { groupsFromGraph } from "../../src/extensions/groups/groups.ts";
import { type SpanTracer, spans, type TracerSpan } from "../../src/extensions/trace/spans.ts";
import { traceContext } from "../../src/extensions/trace/trace.ts";
import { plainLog, validEnvironment } from "../support/environment.ts";
import { bearer, entra } from "../support/gate-world.ts";
import { createFakeIo, frozenNowSeconds } from "../support/io.ts";
import { createQuestion } from "../support/isolate-world.ts";
import { createRecorder, type RecordedSpan, recordedTrace } from "../support/recorder.ts";

const past = frozenNowSeconds - 7_200;
const client = "0af7651916cd43dd8448eb211c80319c";
const traceparent = `00-${client}-b7ad6b7169203331-01`;
const config = {
  ...validEnvironment,
  ...plainLog,
  GATE_LOG_ALLOWED: "1",
  ENTRA_CLIENT_ID: api.clientId,
  ENTRA_CLIENT_SECRET: clients.api.secret,
};
const common = { downstream: downstream(), groups: groupsFromGraph() };
const scopes = ["access_as_user"];
const rules: Readonly<Record<string, RuleOptions>> = {
  "/orders/:id": { scopes },
  "/written": { scopes: ["orders.write"] },
  "/group": { scopes, anyGroup: [personas["many-groups"].groups[249] ?? ""] },
};
const routeOf = (path: string) => (path.startsWith("/orders/") ? "/orders/:id" : path);

/** An app in each framework, whose handlers answer 200. */
interface World {
  readonly io: ReturnType<typeof createFakeIo>;
  ask(path: string, token?: string, headers?: Record<string, string>): Promise<number>;
  /** What the handlers got as `trace`. */
  readonly traces: unknown[];
}

type CreateWorld = (options: EntraOptions, io?: ReturnType<typeof createFakeIo>) => World;

const createIo = () => createFakeIo({ fetch: (request) => entra.fetch(request) });

const createHono: CreateWorld = (options, io = createIo()) => {
  const app = new Hono<EntraEnv>();
  const traces: unknown[] = [];
  app.use(guard(config, { ...common, ...options }, io));
  for (const [path, rule] of Object.entries(rules)) {
    app.get(path, requireAuth(rule), (c) => {
      traces.push(c.get("trace"));
      return c.text("in");
    });
  }
  return {
    io,
    traces,
    ask: async (path, token, headers = {}) =>
      (await app.fetch(createQuestion(path, { headers, ...(token && { token }) }), {})).status,
  };
};

const createDaloy: CreateWorld = (options, io = createIo()) => {
  const { verifier } = createEntraPlugin(config, { ...common, ...options }, io);
  const traces: unknown[] = [];
  return {
    io,
    traces,
    async ask(path, token, headers = {}) {
      const request = createQuestion(path, { headers, ...(token && { token }) });
      const routePath = routeOf(path);
      const context: HookContext = { request, state: { verifier }, routePath };
      const refusal = await requireOfDaloy(rules[routePath]!).preBody(context);
      if (refusal === undefined) traces.push(context.state.trace);
      return refusal?.status ?? 200;
    },
  };
};

const frameworks: readonly (readonly [string, CreateWorld])[] = [
  ["Hono", createHono],
  ["DaloyJS", createDaloy],
];

/** `name < parent`, and the reason. */
const tell = (recorded: readonly RecordedSpan[]) =>
  recorded.map(({ name, parent, attributes, failed }) =>
    [
      name.replace("entra_gate.", ""),
      ...(parent === undefined ? [] : [`< ${parent.replace("entra_gate.", "")}`]),
      ...(attributes["entra_gate.reason"] === undefined ? [] : [`(${attributes["entra_gate.reason"]})`]),
      ...(failed ? ["failed"] : []),
    ].join(" "),
  );

describe.each(frameworks)("the option trace in %s", (_name, create) => {
  it.each([
    ["restart", { trace: expect.not.stringMatching(client), clientTrace: client }],
    ["continue", { trace: client }],
  ] as const)("%s: the log lines of allowed and refused requests have the trace", async (mode, expected) => {
    const { io, ask } = create({ trace: traceContext(mode) });
    expect(await ask("/orders/7", await bearer(), { traceparent })).toBe(200);
    expect(await ask("/written", await bearer(), { traceparent })).toBe(403);
    const form = { trace: expect.stringMatching(/^[0-9a-f]{32}$/) };
    for (const event of ["allowed", "refused"]) {
      const line = io.lines.find((each) => each.event === event);
      expect(line).toMatchObject(form);
      expect(line).toMatchObject(expected);
    }
    if (mode === "continue") expect(io.lines.at(-1)).not.toHaveProperty("clientTrace");
  });

  it("handlers have the headers of the trace", async () => {
    const headers = { traceparent, tracestate: "a=1" };
    const restarted = create({ trace: traceContext("restart", { sampledShare: 0 }) });
    await restarted.ask("/orders/7", await bearer(), headers);
    const line = restarted.io.lines.find(({ event }) => event === "allowed");
    expect(restarted.traces).toEqual([{ traceparent: expect.stringMatching(`^00-${line?.trace}-[0-9a-f]{16}-02$`) }]);
    const continued = create({ trace: traceContext("continue") });
    await continued.ask("/orders/7", await bearer(), headers);
    expect(continued.traces).toEqual([headers]);
    const plain = create({});
    await plain.ask("/orders/7", await bearer(), headers);
    expect(plain.traces).toEqual([undefined]);
  });

  it("each request has its own trace", async () => {
    let turn = 0;
    const io = Object.assign(createIo(), { random: () => (turn += 0.01) });
    const { ask } = create({ trace: traceContext("restart") }, io);
    for (const path of ["/orders/7", "/orders/8"]) await ask(path);
    expect(new Set(io.lines.map(({ trace }) => trace)).size).toBe(2);
  });

  it("without the option, the log has no trace", async () => {
    const { io, ask } = create({});
    await ask("/orders/7", undefined, { traceparent });
    expect(io.lines.at(-1)).toMatchObject({ reason: "credential_missing" });
    expect(io.lines.at(-1)).not.toHaveProperty("trace");
  });
});

describe.each(frameworks)("the option spans in %s", (_name, create) => {
  const steps = ["guard", "verification < guard", "keys < verification", "policy < guard"];

  it.each<[string, string, () => Promise<string> | undefined, readonly string[]]>([
    ["an allowed request", "/orders/7", () => bearer(), steps],
    [
      "no token",
      "/orders/7",
      () => undefined,
      ["guard (credential_missing)", "verification < guard (credential_missing)"],
    ],
    [
      "an expired token",
      "/orders/7",
      () => bearer({ claims: { iat: past, nbf: past, exp: past + 3_600 } }),
      ["guard (expired)", "verification < guard (expired)"],
    ],
    [
      "a scope that is missing",
      "/written",
      () => bearer(),
      ["guard (scope_missing)", ...steps.slice(1, -1), "policy < guard (scope_missing)"],
    ],
    [
      "groups from Microsoft Graph",
      "/group",
      () => bearer({ persona: "many-groups" }),
      [...steps, "groups < policy", "downstream < groups"],
    ],
  ])("tells the steps and the reason: %s", async (_what, path, authorization, expected) => {
    const recorder = createRecorder();
    await create({ spans: spans(recorder.tracer) }).ask(path, await authorization());
    expect(tell(recorder.spans)).toEqual(expected);
    expect(recorder.listOpen()).toEqual([]);
    expect(recorder.spans[0]?.attributes["entra_gate.route"]).toBe(`GET ${routeOf(path)}`);
  });

  it("gives the reason of an exception, whose text is in no span", async () => {
    const recorder = createRecorder();
    const { io, ask } = create({ spans: spans(recorder.tracer) });
    const token = await bearer();
    io.now = () => {
      throw new RangeError("secret-of-the-clock");
    };
    expect(await ask("/orders/7", token)).toBe(500);
    expect(io.lines.at(-1)).toMatchObject({ reason: "internal_error", cause: "RangeError: secret-of-the-clock" });
    expect(tell(recorder.spans)).toEqual(["guard (internal_error) failed", "verification < guard failed"]);
    expect(JSON.stringify(recorder.spans)).not.toContain("secret");
  });

  it("contains no token, parameter of a path, query or ID of the caller", { tags: "span-texts" }, async () => {
    const recorder = createRecorder();
    const token = await bearer();
    await create({ spans: spans(recorder.tracer) }).ask("/orders/secret-parameter?secret-query=1", token);
    const [, payload = ""] = token.split(".");
    const { oid, tid, sub } = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    const text = JSON.stringify(recorder.spans);
    for (const secret of ["secret", payload, oid, tid, sub, "eyJ"]) expect(text).not.toContain(secret);
  });

  it.each(["OpenTelemetry", "Workers"] as const)(
    "concurrent requests of one app have separate spans, also beside one that is not recorded: %s",
    async (kind) => {
      const recorder = createRecorder(kind);
      const idle = createRecorder(kind, false);
      let turn = 0;
      // The second of the three is not recorded.
      const pick = () => {
        turn += 1;
        return turn === 3 ? idle : recorder;
      };
      const tracer: SpanTracer = {
        startActiveSpan(name, work) {
          const chosen = name === "entra_gate.guard" && kind !== "Workers" ? pick() : recorder;
          return chosen.tracer.startActiveSpan(name, work);
        },
        ...(kind === "Workers" && { getActiveSpan: () => pick().tracer.getActiveSpan!()! }),
      };
      const held = Promise.withResolvers<undefined>();
      let waiting = 0;
      const revokedAtSeconds = () => {
        waiting += 1;
        if (waiting === 4) held.resolve(undefined);
        return waiting === 1 ? undefined : held.promise;
      };
      const { ask } = create({ spans: spans(tracer), revokedAtSeconds });
      const token = await bearer();
      // Fetches the keys.
      expect(await ask("/orders/0", token)).toBe(200);
      recorder.spans.length = 0;
      // Each waits until all three have come to their policy.
      const statuses = await Promise.all(["/orders/1", "/orders/2", "/written"].map((path) => ask(path, token)));
      expect(statuses).toEqual([200, 200, 403]);
      expect(tell(recorder.spans).toSorted()).toEqual(
        [
          ...["guard", "verification < guard", "policy < guard"],
          ...["guard (scope_missing)", "verification < guard", "policy < guard (scope_missing)"],
        ].toSorted(),
      );
      expect(recorder.listOpen()).toEqual([]);
    },
  );

  it("with trace: the log has the trace of the spans, and handlers the ID of the guard's", async () => {
    const recorder = createRecorder();
    const { io, ask, traces } = create({ spans: spans(recorder.tracer), trace: traceContext("restart") });
    await ask("/orders/7", undefined, { traceparent });
    expect(io.lines.at(-1)).toMatchObject({ trace: recordedTrace, clientTrace: client });
    recorder.spans.length = 0;
    await ask("/orders/7", await bearer());
    expect(traces).toEqual([{ traceparent: `00-${recordedTrace}-${recorder.spans[0]?.spanId}-01` }]);
  });

  const span: TracerSpan = {
    isRecording: () => true,
    spanContext: () => ({ traceId: "", spanId: "", traceFlags: 0 }),
    setAttribute() {},
    setStatus() {},
    end() {},
  };

  it.each<[string, SpanTracer["startActiveSpan"]]>([
    [
      "throws before it calls back",
      () => {
        throw new TypeError("broken");
      },
    ],
    [
      "throws after it called back",
      (_, work) => {
        work(span);
        throw new TypeError("broken");
      },
    ],
    [
      "calls back twice",
      (_, work) => {
        work(span);
        work(span);
      },
    ],
    ["never calls back", () => {}],
    [
      "rejects",
      async (_, work) => {
        work(span);
        throw new TypeError("broken");
      },
    ],
  ])("a tracer that fails decides nothing: it %s", { tags: "tracer-failure" }, async (_what, startActiveSpan) => {
    const token = await bearer();
    const outcomes = [spans({ startActiveSpan }), undefined].map(async (traced) => {
      const { io, ask } = create(traced ? { spans: traced } : {});
      const statuses = [await ask("/orders/7", token), await ask("/orders/7"), await ask("/written", token)];
      return { statuses, reasons: io.lines.map(({ event, reason }) => [event, reason]), asked: io.requests.length };
    });
    const [traced, plain] = await Promise.all(outcomes);
    expect(traced).toEqual(plain);
    expect(plain?.statuses).toEqual([200, 401, 403]);
  });

  it.each([
    ["trace", "must be traceContext() of entra-gate"],
    ["spans", "must be spans() of entra-gate"],
  ])("refuses another value for %s at start", (option, message) => {
    expect(() => create({ [option]: createRecorder().tracer as never })).toThrow(
      new RegExp(`^(?:entra|createEntraPlugin): ${option} ${message.replace(/[()]/g, "\\$&")}`),
    );
  });
});

describe("Hono", () => {
  it("has one span each time that the guard is asked", async () => {
    const recorder = createRecorder();
    const app = new Hono<EntraEnv>();
    app.use(
      guard({ ...config, ENTRA_REQUIRED_SCOPE: "access_as_user" }, { spans: spans(recorder.tracer) }, createIo()),
    );
    // Own middleware may answer, so that the requirement after it is checked later.
    app.get("/later", async (_, next) => next());
    app.get("/later", requireAuth("orders.write"), (c) => c.text("in"));
    expect((await app.fetch(createQuestion("/later", { token: await bearer() }), {})).status).toBe(403);
    expect(tell(recorder.spans)).toEqual([
      "guard",
      "verification < guard",
      "keys < verification",
      "policy < guard",
      "guard (scope_missing)",
      "policy < guard (scope_missing)",
    ]);
  });

  it("gives handlers the ID of the last span of the guard", async () => {
    const recorder = createRecorder();
    const options = { spans: spans(recorder.tracer), trace: traceContext("restart") };
    const app = new Hono<EntraEnv>();
    app.use(guard({ ...config, ENTRA_REQUIRED_SCOPE: "access_as_user" }, options, createIo()));
    app.get("/later", async (_, next) => next());
    app.get("/later", requireAuth("orders.read"), (c) => c.json(c.get("trace")));
    const token = await bearer({ scopes: ["access_as_user", "orders.read"] });
    const response = await app.fetch(createQuestion("/later", { token }), {});
    const last = recorder.spans.findLast(({ name }) => name === "entra_gate.guard");
    expect(recorder.spans.filter(({ name }) => name === "entra_gate.guard")).toHaveLength(2);
    expect(await response.json()).toEqual({ traceparent: `00-${recordedTrace}-${last?.spanId}-01` });
  });

  it("names the trace of a request that a mistake in the declaration refuses", async () => {
    const io = createIo();
    const app = new Hono<EntraEnv>();
    app.use(guard(config, { trace: traceContext("continue") }, io));
    app.get("/late", (c) => c.text("in"), requireAuth("access_as_user"));
    await app.fetch(createQuestion("/late", { token: await bearer(), headers: { traceparent } }), {});
    expect(io.lines.find(({ event }) => event === "refused")).toMatchObject({ trace: client });
  });
});

describe("DaloyJS", () => {
  it("has the spans of each of two plugins with its own tracer", async () => {
    const recorders = [createRecorder(), createRecorder()];
    const token = await bearer();
    const worlds = recorders.map(({ tracer }) => createDaloy({ spans: spans(tracer) }));
    expect(
      await Promise.all(worlds.map(({ ask }, index) => ask("/orders/7", index === 0 ? token : undefined))),
    ).toEqual([200, 401]);
    expect(recorders.map((recorder) => tell(recorder.spans))).toEqual([
      ["guard", "verification < guard", "keys < verification", "policy < guard"],
      ["guard (credential_missing)", "verification < guard (credential_missing)"],
    ]);
  });

  it("has spans for verify, and no trace, because there is no request", async () => {
    const recorder = createRecorder();
    const io = createIo();
    const options = { spans: spans(recorder.tracer), trace: traceContext("restart") };
    const { verifier } = createEntraPlugin(config, options, io);
    await expect(verifier.verify("abc")).rejects.toThrow("the access token is refused");
    expect(tell(recorder.spans)).toEqual(["guard (token_not_compact)", "verification < guard (token_not_compact)"]);
    expect(recorder.spans[0]?.attributes["entra_gate.route"]).toBe("verify");
    expect(io.lines.at(-1)).not.toHaveProperty("trace");
  });

  it("names the trace of a request that a mistake in the declaration refuses", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const { verifier } = createEntraPlugin(config, { trace: traceContext("continue") }, createIo());
    const request = createQuestion("/", { token: await bearer(), headers: { traceparent } });
    const hooks = requireOfDaloy("https://orders.contoso.com/read");
    expect((await hooks.preBody({ request, state: { verifier } }))?.status).toBe(500);
    const lines = log.mock.calls.map(([line]) => JSON.parse(line));
    log.mockRestore();
    expect(lines).toContainEqual(expect.objectContaining({ reason: "misconfigured", trace: client }));
  });
});
