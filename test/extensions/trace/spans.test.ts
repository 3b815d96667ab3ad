import { tracing } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { clients } from "../../../entra/directory/clients.ts";
import { api } from "../../../entra/directory/directory.ts";
import { personas } from "../../../entra/directory/personas.ts";
import { downstream } from "../../../src/extensions/downstream/downstream.ts";
import { groupsFromGraph } from "../../../src/extensions/groups/groups.ts";
import { type SpanTracer, spans, type TracerSpan } from "../../../src/extensions/trace/spans.ts";
import { traceContext } from "../../../src/extensions/trace/trace.ts";
import {
  App,
  createEntraPlugin,
  createGate,
  type GateOptions,
  HttpError,
  origin,
  requireAuth,
} from "../../../src/index.ts";
import { environmentWith, plainLog } from "../../support/environment.ts";
import { bearer, entra } from "../../support/frozen-entra.ts";
import { createFakeIo, frozenNowSeconds } from "../../support/io.ts";
import { createRecorder, type Recorder, recordedTrace } from "../../support/recorder.ts";

const past = frozenNowSeconds - 7_200;
const graph = "https://graph.microsoft.com";
const hooks = requireAuth("access_as_user");
const member = personas["many-groups"].groups[249] ?? "";
const routes = new App()
  .get("/orders/:id", { hooks }, origin())
  .get("/written", { hooks: requireAuth("orders.write") }, origin())
  .get("/group", { hooks: requireAuth({ scopes: ["access_as_user"], anyGroup: [member] }) }, () => ({ status: 204 }))
  .get("/me", { hooks }, async ({ state }) => {
    await state.downstream.onBehalfOf([`${graph}/User.Read`]);
    return { status: 204 };
  })
  .get("/behalf/:id", { hooks }, origin({ as: "on-behalf-of", scopes: [`${graph}/User.Read`] }))
  .get("/conflict", { hooks }, () => {
    throw new HttpError(409, { title: "Conflict" });
  })
  .get("/broken", { hooks }, () => {
    throw new TypeError("secret-of-the-handler");
  })
  .get("/open", { public: true }, () => ({ status: 204 }));

/** A gate with spans, and what its environment answers. */
function createWorld(
  tracer: SpanTracer | undefined,
  options: GateOptions = {},
  changes: Readonly<Record<string, string>> = {},
) {
  const io = createFakeIo({ fetch: (request) => world.answer(request) });
  const gate = createGate(
    {
      routes,
      unlisted: "reject",
      downstream: downstream(),
      groups: groupsFromGraph(),
      ...options,
      ...(tracer !== undefined && { spans: spans(tracer) }),
    },
    io,
  );
  const environment = environmentWith({
    ...plainLog,
    ENTRA_CLIENT_ID: api.clientId,
    ENTRA_CLIENT_SECRET: clients.api.secret,
    ORIGIN_URL: "https://origin.contoso.example",
    ...changes,
  });
  const world = {
    io,
    answer: (request: Request): Response | Promise<Response> =>
      request.url.startsWith("https://origin.contoso.example/") ? new Response("ok") : entra.fetch(request),
    ask: async (path: string, authorization?: string, headers: Record<string, string> = {}) =>
      gate.fetch(
        new Request(`https://api.contoso.example${path}`, {
          headers: { ...headers, ...(authorization && { authorization }) },
        }),
        environment,
        { waitUntil: () => {} },
      ),
  };
  return world;
}

/** `name < parent`, and the reason. */
const tell = ({ spans }: Recorder) =>
  spans.map(({ name, parent, attributes, failed }) =>
    [
      name.replace("entra_gate.", ""),
      ...(parent === undefined ? [] : [`< ${parent.replace("entra_gate.", "")}`]),
      ...(attributes["entra_gate.reason"] === undefined ? [] : [`(${attributes["entra_gate.reason"]})`]),
      ...(failed ? ["failed"] : []),
    ].join(" "),
  );

describe.each(["OpenTelemetry", "Workers"] as const)("spans(…) of %s", (kind) => {
  async function record(
    path: string,
    authorization?: string,
    change?: (world: ReturnType<typeof createWorld>) => void,
  ) {
    const recorder = createRecorder(kind);
    const world = createWorld(recorder.tracer);
    change?.(world);
    const { status } = await world.ask(path, authorization);
    expect(recorder.listOpen()).toEqual([]);
    return { status, told: tell(recorder), recorder, world };
  }

  it("has spans for the steps of a forwarded request, and fewer for a known token", async () => {
    const token = await bearer();
    const { status, told, recorder, world } = await record("/orders/7", token);
    expect({ status, told }).toEqual({
      status: 200,
      told: ["request", "verification < request", "keys < verification", "policy < request", "origin < request"],
    });
    expect(recorder.spans.map(({ attributes }) => attributes)).toStrictEqual([
      { "entra_gate.route": "GET /orders/:id", "http.response.status_code": 200 },
      {},
      { "entra_gate.keys": "waited" },
      {},
      {},
    ]);
    recorder.spans.length = 0;
    await world.ask("/orders/7", token);
    expect(tell(recorder)).not.toContain("keys < verification");
  });

  it.each<[string, string, () => Promise<string> | undefined, readonly string[]]>([
    [
      "no token",
      "/orders/7",
      () => undefined,
      ["request (credential_missing)", "verification < request (credential_missing)"],
    ],
    [
      "an expired token",
      "/orders/7",
      () => bearer({ claims: { iat: past, nbf: past, exp: past + 3_600 } }),
      ["request (expired)", "verification < request (expired)"],
    ],
    [
      "a scope that is missing",
      "/written",
      () => bearer(),
      ["request (scope_missing)", "verification < request", "keys < verification", "policy < request (scope_missing)"],
    ],
    ["a public route", "/open", () => undefined, ["request"]],
    [
      "an error of the handler for the caller",
      "/conflict",
      () => bearer(),
      ["request (http_error)", "verification < request", "keys < verification", "policy < request"],
    ],
    [
      "an exception of the handler",
      "/broken",
      () => bearer(),
      ["request (internal_error) failed", "verification < request", "keys < verification", "policy < request"],
    ],
    [
      "groups from Microsoft Graph",
      "/group",
      () => bearer({ persona: "many-groups" }),
      [
        "request",
        "verification < request",
        "keys < verification",
        "policy < request",
        "groups < policy",
        "downstream < groups",
      ],
    ],
    [
      "a token for another API",
      "/me",
      () => bearer(),
      ["request", "verification < request", "keys < verification", "policy < request", "downstream < request"],
    ],
    [
      "a token for the origin",
      "/behalf/7",
      () => bearer(),
      [
        "request",
        "verification < request",
        "keys < verification",
        "policy < request",
        "origin < request",
        "downstream < origin",
      ],
    ],
  ])("tells the steps and the reason: %s", async (_what, path, authorization, expected) => {
    expect((await record(path, await authorization())).told).toEqual(expected);
  });

  it("marks what failed: keys, tokens for other APIs, the origin", async () => {
    const unreachable = (host: string) => (world: ReturnType<typeof createWorld>) => {
      const { answer } = world;
      world.answer = (request) => {
        if (request.url.includes(host)) throw new TypeError("connection refused");
        return answer(request);
      };
    };
    expect((await record("/orders/7", await bearer(), unreachable("/keys"))).told).toEqual([
      "request (keys_unavailable) failed",
      "verification < request (keys_unavailable) failed",
      "keys < verification (keys_unavailable) failed",
    ]);
    expect((await record("/behalf/7", await bearer(), unreachable("/token"))).told.slice(-2)).toEqual([
      "origin < request (downstream_unavailable) failed",
      "downstream < origin (downstream_unavailable) failed",
    ]);
    expect((await record("/orders/7", await bearer(), unreachable("origin.contoso"))).told.at(-1)).toBe(
      "origin < request (origin_unreachable) failed",
    );
  });

  it("marks a response with a status from 500 on, which has no reason", async () => {
    for (const [status, told] of [
      [499, "request"],
      [500, "request failed"],
    ] as const) {
      const answered = await record("/orders/7", await bearer(), (world) => {
        world.answer = (request) =>
          request.url.includes("origin.contoso") ? new Response("", { status }) : entra.fetch(request);
      });
      expect([answered.status, answered.told[0]]).toEqual([status, told]);
    }
  });

  it("has the reason that report mode allowed in the span of the policy, and only there", async () => {
    const recorder = createRecorder(kind);
    const world = createWorld(recorder.tracer, {}, { GATE_MODE: "report" });
    expect((await world.ask("/written", await bearer())).status).toBe(200);
    const reported = recorder.spans.filter(({ attributes }) => "entra_gate.reported" in attributes);
    expect(reported.map(({ name, attributes }) => [name, attributes])).toEqual([
      ["entra_gate.policy", { "entra_gate.reported": "scope_missing" }],
    ]);
  });

  it("contains no token, parameter of a path, query or ID of the caller", { tags: "span-texts" }, async () => {
    for (const path of [
      "/orders/secret-parameter?secret-query=1",
      "/behalf/secret-parameter",
      "/broken",
      "/none/secret-parameter",
    ]) {
      const authorization = await bearer();
      const { recorder } = await record(path, authorization);
      const text = JSON.stringify(recorder.spans);
      const [, payload = ""] = authorization.split(".");
      const { oid, tid, sub } = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
      for (const secret of ["secret", payload, oid, tid, sub, "eyJ"]) expect(text).not.toContain(secret);
    }
  });

  it("starts no spans in a request that is not recorded", async () => {
    const recorder = createRecorder(kind, false);
    const world = createWorld(recorder.tracer);
    expect((await world.ask("/orders/7", await bearer())).status).toBe(200);
    expect(recorder.spans.map(({ name, attributes }) => [name, attributes])).toEqual(
      kind === "Workers" ? [] : [["entra_gate.request", {}]],
    );
    expect(recorder.listOpen()).toEqual([]);
  });
});

describe("spans(…) of Workers, where no span is active", () => {
  it.each([
    [true, 5],
    [false, 1],
  ])("asks the span of the request whether it is recorded: %s", async (records, count) => {
    const { tracer, spans } = createRecorder("Workers", records);
    const world = createWorld({ ...tracer, getActiveSpan: () => undefined });
    expect((await world.ask("/orders/7", await bearer())).status).toBe(200);
    expect(spans).toHaveLength(count);
    expect(spans[0]?.attributes).toEqual(
      records ? { "entra_gate.route": "GET /orders/:id", "http.response.status_code": 200 } : {},
    );
  });
});

describe("spans beside the option trace", () => {
  const client = "0af7651916cd43dd8448eb211c80319c";
  const sampled = `00-${client}-b7ad6b7169203331-01`;

  /** What the origin gets, and the log has, in the trace of the spans. */
  async function follow(mode: "restart" | "continue", traceparent: string | undefined, tracer = createRecorder()) {
    const world = createWorld(tracer.tracer, { trace: traceContext(mode) });
    await world.ask("/orders/7", await bearer(), traceparent ? { traceparent, tracestate: "a=1" } : {});
    const { headers } = world.io.requests.find(({ url }) => url.startsWith("https://origin.contoso.example/"))!;
    await world.ask("/orders/7", undefined, traceparent ? { traceparent } : {});
    const { trace, clientTrace } = world.io.lines.at(-1)!;
    const span = tracer.spans.find(({ name }) => name === "entra_gate.origin")?.spanId;
    return { parent: headers.get("traceparent"), state: headers.get("tracestate"), span, trace, clientTrace };
  }

  it("restart: the origin gets the ID of its span, and the log that of the trace", async () => {
    const { parent, state, span, ...logged } = await follow("restart", sampled);
    expect([parent, state, span]).toEqual([`00-${recordedTrace}-${span}-01`, null, expect.stringMatching(/^\d{16}$/)]);
    expect(logged).toEqual({ trace: recordedTrace, clientTrace: client });
  });

  it("continue: the origin gets the ID of its span if it belongs to the trace of the upstream server", async () => {
    const { parent, state, span, trace } = await follow("continue", `00-${recordedTrace}-b7ad6b7169203331-00`);
    expect([parent, state, trace]).toEqual([`00-${recordedTrace}-${span}-01`, "a=1", recordedTrace]);
  });

  it("continue: a span of another trace does not break the one of the upstream server", async () => {
    expect(await follow("continue", sampled)).toMatchObject({ parent: sampled, state: "a=1", trace: client });
  });

  it.each([
    ["restart", undefined, 3, "03"],
    ["restart", undefined, 1, "01"],
    ["restart", `00-${client}-b7ad6b7169203331-03`, 1, "01"],
    ["continue", `00-${recordedTrace}-b7ad6b7169203331-02`, 1, "03"],
    ["continue", `00-${recordedTrace}-b7ad6b7169203331-00`, 3, "01"],
    ["continue", undefined, 3, "03"],
  ] as const)(
    "%s: the random flag is that of the server that started the trace: %s, %d",
    async (mode, traceparent, flags, expected) => {
      const recorder = createRecorder("OpenTelemetry", true, recordedTrace, flags);
      const { parent, span } = await follow(mode, traceparent, recorder);
      expect(parent).toBe(`00-${recordedTrace}-${span}-${expected}`);
    },
  );

  it("continue: without a valid header, the origin gets the ID of its span", async () => {
    const { parent, span, trace } = await follow("continue", undefined);
    expect([parent, trace]).toEqual([`00-${recordedTrace}-${span}-01`, recordedTrace]);
  });

  it.each([
    ["a request that is not recorded", () => createRecorder("OpenTelemetry", false)],
    ["a span whose IDs are invalid", () => createRecorder("OpenTelemetry", true, "0".repeat(32))],
  ])("has IDs of its own: %s", async (_what, create) => {
    const { parent, trace } = await follow("restart", sampled, create());
    expect(parent).toMatch(/^00-(?!0{32}|5f0d2e3c|0af76519)[0-9a-f]{32}-[0-9a-f]{16}-03$/);
    expect(trace).not.toBe(recordedTrace);
  });
});

/** A span each of whose members throws. */
const brokenSpan = new Proxy({} as TracerSpan, {
  get() {
    throw new TypeError("broken span");
  },
});
const recordedSpan: TracerSpan = {
  isRecording: () => true,
  spanContext: () => ({ traceId: "", spanId: "", traceFlags: 0 }),
  setAttribute() {},
  setStatus() {},
  end() {},
};
const broken: readonly (readonly [string, SpanTracer])[] = [
  [
    "throws before it calls back",
    {
      startActiveSpan() {
        throw new TypeError("broken");
      },
    },
  ],
  [
    "throws after it called back",
    {
      startActiveSpan(_name, work) {
        work(recordedSpan);
        throw new TypeError("broken");
      },
    },
  ],
  ["never calls back", { startActiveSpan() {} }],
  [
    "calls back twice",
    {
      startActiveSpan(_name, work) {
        work(recordedSpan);
        work(recordedSpan);
      },
    },
  ],
  ["calls back later", { startActiveSpan: (_name, work) => void Promise.resolve().then(() => work(recordedSpan)) }],
  ["has spans that throw", { startActiveSpan: (_name, work) => work(brokenSpan) }],
  [
    "has spans that cannot end",
    {
      startActiveSpan: (_name, work) =>
        work({
          ...recordedSpan,
          end() {
            throw new TypeError("broken");
          },
        }),
    },
  ],
  [
    "rejects",
    {
      async startActiveSpan(_name, work) {
        work(recordedSpan);
        throw new TypeError("broken");
      },
    },
  ],
  [
    "has spans that reject",
    {
      startActiveSpan: (_name, work) =>
        work({
          ...recordedSpan,
          setAttribute: () => Promise.reject(new TypeError("broken")),
          setStatus: () => Promise.reject(new TypeError("broken")),
          end: () => Promise.reject(new TypeError("broken")),
        }),
    },
  ],
  ["has no spans", { startActiveSpan: (_name, work) => work(undefined as never) }],
  [
    "cannot say what is active",
    {
      getActiveSpan() {
        throw new TypeError("broken");
      },
      startActiveSpan: (_name, work) => work(recordedSpan),
    },
  ],
];

describe("a tracer that fails", () => {
  it.each(broken)("decides nothing: it %s", { tags: "tracer-failure" }, async (_what, tracer) => {
    const token = await bearer();
    const ask = async (own: SpanTracer | undefined) => {
      const world = createWorld(own);
      const statuses: number[] = [];
      for (const [path, authorization] of [
        ["/orders/7", token],
        ["/orders/7", token],
        ["/orders/7", undefined],
        ["/written", token],
        ["/behalf/7", token],
        ["/broken", token],
      ] as const)
        statuses.push((await world.ask(path, authorization)).status);
      return {
        statuses,
        urls: world.io.requests.map(({ url }) => url.replace(/\?.*/, "")),
        lines: world.io.lines.map(({ reason }) => reason),
      };
    };
    expect(await ask(tracer)).toEqual(await ask(undefined));
  });

  it("passes an exception in a step on unchanged", async () => {
    const ask = async (own: SpanTracer | undefined) => {
      const world = createWorld(own);
      const token = await bearer();
      world.io.now = () => {
        throw new RangeError("the clock is broken");
      };
      const { status } = await world.ask("/orders/7", token);
      return { status, causes: world.io.lines.map(({ reason, cause }) => [reason, cause]) };
    };
    const { tracer, spans } = createRecorder();
    expect(await ask(tracer)).toEqual(await ask(undefined));
    expect((await ask(tracer)).status).toBe(500);
    expect(spans.map(({ name, failed }) => [name, failed])).toContainEqual(["entra_gate.verification", true]);
  });
});

describe("the option spans", () => {
  it.each([
    ["nothing, for example on a runtime without it", undefined],
    ["trace of @opentelemetry/api in place of a tracer", { getTracer: () => ({}) }],
    ["null", null],
  ])("refuses %s", (_what, tracer) => {
    expect(() => spans(tracer as never)).toThrow(
      'spans: the tracer must be `tracing` of cloudflare:workers, or trace.getTracer("entra-gate") of @opentelemetry/api',
    );
  });

  it("refuses anything else", () => {
    const { tracer } = createRecorder();
    expect(() => createGate({ spans: tracer as never })).toThrow("spans must be spans() of entra-gate");
    expect(() => createEntraPlugin(undefined, { spans: tracer as never })).toThrow("spans must be spans()");
  });

  it("takes tracing of cloudflare:workers, and admits as without it", async () => {
    const world = createWorld(tracing);
    expect((await world.ask("/orders/7", await bearer())).status).toBe(200);
    expect((await world.ask("/orders/7")).status).toBe(401);
  });
});
