/** Credentials that a line sends: one known token, every token once, every token twice in a row, or a refused one. */
export type Tokens = "known" | "new" | "large" | "twice" | "none" | "long" | "expired" | "bad-signature";

/** One line of the table: a worker, and the requests that it gets. */
export interface Line {
  readonly name: string;
  /** File in lab/workers. Every line has its own isolate. */
  readonly worker: string;
  readonly path: string;
  /** Each request has another query. */
  readonly isVaried?: true;
  readonly tokens: Tokens;
  /** A request with a body is a POST. */
  readonly body?: Body;
  /** Headers in addition to `authorization` and `content-type`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  /** Jobs of one segment. A job is one request, or two with the same new token. */
  readonly jobs: number;
  /** Name of the line that this one is compared with. */
  readonly against: string;
  /** Processor time of `against` divided by that of this line that the gate should reach. */
  readonly goal?: number;
}

/** Body of a request. */
export interface Body {
  readonly type: string;
  readonly content: Buffer;
}

const plain = "plain Hono";
const recipe = "Hono with jose, new token";
const gateNew = "gate, new token";
const minimum = "minimum of a forwarder, not cached";

const base = { path: "/me", tokens: "known", status: 200, jobs: 1_200, against: plain } as const;
const goalOfKnown = { goal: 0.88 } as const;
const fresh = { ...base, tokens: "new", jobs: 400, against: recipe } as const;
const freshLarge = { ...base, tokens: "large", jobs: 150, against: "Hono with jose, new token of 11 KB" } as const;
const twice = { ...base, tokens: "twice", jobs: 250, against: "Hono with jose, new token twice" } as const;
const forwarded = { ...base, path: "/orders", jobs: 500, against: minimum } as const;
const varied = { ...forwarded, isVaried: true, against: "gate, forwarding any query" } as const;
const refused = { ...base, worker: "gate", status: 401, goal: 1 } as const;
const large = { ...forwarded, path: "/upload", jobs: 30, against: "pass-through, upload of 1 MB" } as const;
const download = {
  ...forwarded,
  path: "/download/10485760",
  jobs: 10,
  against: "pass-through, download of 10 MB",
} as const;

const upload: Body = { type: "application/octet-stream", content: Buffer.alloc(1024 * 1024, "x") };
const orderLines = Array.from({ length: 30 }, (_, index) => ({ item: `item-${index}`, count: index }));
const order: Body = {
  type: "application/json",
  content: Buffer.from(JSON.stringify({ customer: "c0c0c0c0", lines: orderLines })),
};

/** A call of a tool, in one generation of the protocol. */
function callTool(version: "2025-11-25" | "2026-07-28"): Pick<Line, "body" | "headers"> {
  const isNamed = version === "2026-07-28";
  const params = {
    name: "orders_search",
    arguments: { text: "x".repeat(1_000) },
    ...(isNamed && { _meta: { "io.modelcontextprotocol/protocolVersion": version } }),
  };
  const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params };
  return {
    body: { type: "application/json", content: Buffer.from(JSON.stringify(call)) },
    headers: {
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": version,
      ...(isNamed && { "mcp-method": "tools/call", "mcp-name": "orders_search" }),
    },
  };
}

const mcp = { ...forwarded, path: "/mcp", against: "gate, forwarding an MCP call" } as const;

export const lines: readonly Line[] = [
  { ...base, name: plain, worker: "hono" },
  { ...base, name: "plain Hono, again", worker: "hono" },
  { ...base, name: "minimum of a known token", worker: "known-minimum" },
  { ...base, ...goalOfKnown, name: "gate, known token", worker: "gate" },
  { ...base, ...goalOfKnown, name: "gate, declared responses", worker: "gate-routes", path: "/declared" },
  { ...base, ...goalOfKnown, name: "gate, anyOf", worker: "gate-routes", path: "/any" },
  { ...base, name: "gate, 10,000 rules", worker: "gate-revocations", against: "gate, known token", goal: 0.9 },
  { ...base, name: "Hono, group", worker: "hono-routes", path: "/v1/me" },
  { ...base, ...goalOfKnown, name: "gate, group", worker: "gate-routes", path: "/v1/me", against: "Hono, group" },
  { ...base, name: "Hono, middleware", worker: "hono-routes", path: "/hooked" },
  { ...base, ...goalOfKnown, name: "gate, hooks", worker: "gate-routes", path: "/hooked", against: "Hono, middleware" },
  { ...base, name: "Hono, zod query", worker: "hono-routes", path: "/search?limit=10" },
  {
    ...base,
    ...goalOfKnown,
    name: "gate, zod query",
    worker: "gate-routes",
    path: "/search?limit=10",
    against: "Hono, zod query",
  },
  { ...base, name: "Hono, zod body of 1 KB", worker: "hono-routes", path: "/orders", body: order },
  {
    ...base,
    name: "gate, zod body of 1 KB",
    worker: "gate-routes",
    path: "/orders",
    body: order,
    against: "Hono, zod body of 1 KB",
    goal: 0.85,
  },
  { ...base, ...goalOfKnown, name: "App by itself", worker: "app-alone" },
  { ...base, name: "Hono behind entra()", worker: "hono-entra", goal: 0.85 },
  { ...base, name: "Hono with jose, known token", worker: "hono-jose" },

  { ...fresh, name: recipe, worker: "hono-jose" },
  { ...fresh, name: gateNew, worker: "gate", goal: 0.84 },
  { ...freshLarge, name: "Hono with jose, new token of 11 KB", worker: "hono-jose" },
  { ...freshLarge, name: "gate, new token of 11 KB", worker: "gate", goal: 0.8 },
  { ...twice, name: "Hono with jose, new token twice", worker: "hono-jose" },
  { ...twice, name: "gate, new token twice", worker: "gate", goal: 1.08 },
  { ...refused, name: "gate, no token", tokens: "none", against: "gate, known token" },
  {
    ...refused,
    name: "gate, path of 8 KB with aliases",
    path: `${"/.pl".repeat(2_040)}/x&`,
    tokens: "none",
    jobs: 100,
    against: "gate, no token",
    goal: 0.07,
  },
  { ...refused, name: "gate, 32 KiB that are no token", tokens: "long", jobs: 400, against: gateNew },
  { ...refused, name: "gate, expired token", tokens: "expired", against: gateNew },
  { ...refused, name: "gate, forged token", tokens: "bad-signature", jobs: 400, against: gateNew },

  { ...forwarded, name: minimum, worker: "forward-minimum" },
  { ...forwarded, name: "gate, forwarding", worker: "gate", goal: 0.88 },
  {
    ...forwarded,
    name: "gate, token on behalf of",
    worker: "gate-behalf",
    path: "/inventory",
    against: "gate, forwarding",
    goal: 0.91,
  },
  {
    ...forwarded,
    name: "gate, reused assertion",
    worker: "gate-asserting",
    against: "gate, forwarding",
    goal: 0.91,
  },
  { ...varied, name: "gate, forwarding any query", worker: "gate" },
  { ...varied, name: "gate, fresh assertion", worker: "gate-asserting", goal: 0.71 },
  { ...large, name: "pass-through, upload of 1 MB", worker: "pass-through", body: upload },
  { ...large, name: "gate, upload of 1 MB", worker: "gate", body: upload, goal: 0.98 },
  { ...download, name: "pass-through, download of 10 MB", worker: "pass-through" },
  { ...download, name: "gate, download of 10 MB", worker: "gate", goal: 0.98 },
  { ...mcp, ...callTool("2025-11-25"), name: "gate, forwarding an MCP call", worker: "mcp-forward" },
  { ...mcp, ...callTool("2025-11-25"), name: "gate, MCP call of 2025-11-25", worker: "mcp", goal: 0.67 },
  { ...mcp, ...callTool("2026-07-28"), name: "gate, MCP call of 2026-07-28", worker: "mcp", goal: 0.67 },
];
