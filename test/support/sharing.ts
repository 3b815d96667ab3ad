/** All headers that allow a shared cache to store a response. */
export const sharing = {
  "cache-control": "public, s-maxage=600",
  "cdn-cache-control": "max-age=600",
  "cloudflare-cdn-cache-control": "max-age=600",
  "surrogate-control": "max-age=600",
} as const;

/** Lets shared caches store a response. */
export function share({ headers }: { readonly headers: Headers }): void {
  for (const [name, value] of Object.entries(sharing)) headers.set(name, value);
}

/** The same, again and again while the response is on its way. */
export async function shareLate(response: { readonly headers: Headers }): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await (turn < 18 ? undefined : new Promise((resolve) => setTimeout(resolve)));
    shareIfPossible(response);
  }
}

/** The headers of some responses are immutable. */
export function shareIfPossible(response: { readonly headers: Headers }): void {
  try {
    share(response);
  } catch {}
}

/** Returns a response that its creator keeps and changes. */
export function keep(response: Response): Response {
  void shareLate(response);
  return response;
}

/** The origin of a page that may call the routes. */
export const pageOrigin = "https://app.contoso.example";

/** The status of a response that code around a route returns in place of another one. */
export const replacedStatus = 203;

/** What code around the routes does, apart from sharing. */
interface Effect {
  /** The responses that it replaces: before the handler runs, those of the handler, those of exceptions, or all. */
  readonly replaces?: "early" | "result" | "error" | "all";
  /** A header that it adds to every response. */
  readonly adds?: string;
  /** Whether it answers before the guard, also where no caller is authenticated. */
  readonly isBeforeGuard?: true;
}

const beforeGuard = { replaces: "all", isBeforeGuard: true } as const;

/**
 * Code around the routes, by the names of `sharing-code.ts`. Each allows shared caches to store responses in one way,
 * and is alone in its app: a CORS policy, for example, copies the response, and so hides what other code does.
 */
export const sharingCode = {
  none: {},
  onRequest: {},
  "onRequest-thrown": beforeGuard,
  "preBody-first": beforeGuard,
  "preBody-first-late": beforeGuard,
  "preBody-thrown": beforeGuard,
  "preBody-set": {},
  preBody: { replaces: "early" },
  "preBody-late": { replaces: "early" },
  beforeHandle: { replaces: "early" },
  "beforeHandle-late": { replaces: "early" },
  afterHandle: {},
  "afterHandle-late": {},
  "afterHandle-replaced": { replaces: "result" },
  onSend: {},
  "onSend-async": {},
  "onSend-late": {},
  "onSend-late-own": { adds: "x-content-type-options" },
  "onSend-replaced": { replaces: "all" },
  "onSend-replaced-late": { replaces: "all" },
  "onSend-replaced-twice": { replaces: "all" },
  onResponse: {},
  "onResponse-late": {},
  onError: { replaces: "error" },
  "onError-late": { replaces: "error" },
  secureHeaders: { adds: "x-content-type-options" },
  "own-hooks": { adds: "x-content-type-options" },
  cors: { adds: "access-control-expose-headers" },
  policy: {},
  "policy-late": {},
  "policy-replaced": { replaces: "all" },
  "onSend-late-cors": { adds: "access-control-expose-headers" },
  "onResponse-late-cors": { adds: "access-control-expose-headers" },
} as const satisfies Readonly<Record<string, Effect>>;

export type SharingName = keyof typeof sharingCode;

export const sharingNames = Object.keys(sharingCode) as readonly SharingName[];

/** A request that an authenticated caller sends, and its response without other code. */
interface End {
  readonly status: number;
  /** Where the response comes from. */
  readonly from: "handler" | "error" | "guard" | "hook";
  /** The message of an MCP request. */
  readonly message?: object;
  /** Absent if it is the name. */
  readonly path?: string;
  /** A header that the response has. */
  readonly has?: readonly [name: string, part: string];
}

const listTools = { method: "tools/list" };
const callTool = (name: string) => ({ method: "tools/call", params: { name, arguments: {} } });

/** The routes of `sharing-routes.ts`, by path or name. */
const ends: Readonly<Record<string, End>> = {
  "/data": { status: 200, from: "handler" },
  "/data-shared": { status: 200, from: "handler" },
  "/set": { status: 200, from: "handler", has: ["x-set", "1"] },
  "/set-cookie": { status: 200, from: "handler", has: ["set-cookie", "a=b"] },
  "/declared": { status: 200, from: "handler" },
  "/response": { status: 200, from: "handler" },
  "/response-late": { status: 200, from: "handler" },
  "/headers-late": { status: 200, from: "handler" },
  "/stream": { status: 200, from: "handler" },
  "/redirect": { status: 302, from: "handler" },
  "/moved": { status: 301, from: "handler" },
  "/not-modified": { status: 304, from: "handler" },
  "/not-modified-empty": { status: 304, from: "handler" },
  "/not-modified-shared": { status: 304, from: "handler" },
  "/origin": { status: 200, from: "handler" },
  "/error": { status: 409, from: "error" },
  "/error-late": { status: 418, from: "error" },
  "/failure": { status: 500, from: "error" },
  "/set-failure": { status: 500, from: "error" },
  "/refused": { status: 403, from: "guard" },
  "/mcp": { status: 200, from: "handler", message: listTools, has: ["access-control-allow-origin", pageOrigin] },
  "/mcp-origin": { status: 200, from: "handler", message: callTool("orders_list") },
  "/mcp-unreadable": { status: 502, from: "handler", message: listTools },
  "/mcp tool": {
    status: 403,
    from: "hook",
    path: "/mcp",
    message: callTool("orders_delete"),
    has: ["www-authenticate", "resource_metadata"],
  },
};

/** One request to a gate or to an app with {@link sharingCode}. */
export interface SharingRow {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isAnonymous?: true;
  /** Whether any caller gets the response, which the code may share. */
  readonly isPublic?: true;
  readonly status: number;
  /** Parts of headers that the response has. */
  readonly has: readonly (readonly [name: string, part: string])[];
}

/** All requests to the routes with one code. */
export function listSharingRows(entry: "gate" | "app", code: SharingName): readonly SharingRow[] {
  // An app answers 404 itself, where a gate refuses.
  const nowhere: End = { status: 404, from: entry === "gate" ? "guard" : "error" };
  const { isBeforeGuard: isPublic }: Effect = sharingCode[code];
  return [
    ...Object.entries({ ...ends, "/nowhere": nowhere }).map(([name, end]) => createRow(code, name, end)),
    { ...createRow(code, "/response-late", ends["/response-late"] as End), method: "HEAD" },
    { ...createRow(code, "/data", { status: 401, from: "guard" }), isAnonymous, ...(isPublic && { isPublic }) },
    ...(code === "none" ? publicRows : []),
  ];
}

const isAnonymous = true as const;

function createRow(code: SharingName, name: string, { status, from, message, path = name, has }: End): SharingRow {
  const { replaces, adds }: Effect = sharingCode[code];
  const isReplaced =
    replaces === "all" ||
    (replaces === "early" && from !== "guard") ||
    (replaces === "result" && from === "handler") ||
    (replaces === "error" && from === "error");
  const row = {
    name: `${code} ${name}`,
    method: "GET",
    path: `${path}?code=${code}`,
    headers: { origin: pageOrigin },
    status: isReplaced ? replacedStatus : status,
    has: [...(has === undefined || isReplaced ? [] : [has]), ...(adds === undefined ? [] : [[adds, ""] as const])],
  };
  if (message === undefined) return row;
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, ...message });
  return { ...row, method: "POST", headers: { ...row.headers, "content-type": "application/json" }, body };
}

const createPublicRow = (path: string, status = 200) => createRow("none", path, { status, from: "handler" });
const isShared = { isPublic: true, has: Object.entries(sharing) } as const;

/** Requests for public routes, with a token if nothing else is said. */
const publicRows: readonly SharingRow[] = [
  { ...createPublicRow("/public"), ...isShared, isAnonymous },
  { ...createPublicRow("/public"), ...isShared },
  { ...createPublicRow("/public-origin"), isPublic: true, isAnonymous },
  createPublicRow("/public-origin-silent"),
  createPublicRow("/public-silent"),
  createPublicRow("/public-unsaid"),
  createPublicRow("/public-failure", 409),
];

const rowsOf = (statuses: Readonly<Record<string, number>>): readonly SharingRow[] =>
  Object.entries(statuses).map(([path, status]) => ({
    name: path,
    method: "GET",
    path,
    headers: { "if-none-match": '"a"' },
    status,
    has: [],
  }));

/** Requests of an authenticated caller to the apps of the adapters. */
export const adapterRows = {
  hono: rowsOf({
    "/data": 200,
    "/response": 200,
    "/response-late": 200,
    "/headers-late": 200,
    "/middleware": 200,
    "/header-after": 200,
    "/header-before": 200,
    "/replaced": 200,
    "/early": 200,
    "/thrown": 500,
    "/passed": 403,
    "/stream": 200,
    "/redirect": 302,
    "/redirect-immutable": 302,
    "/not-modified": 304,
    "/refused": 403,
    "/error": 500,
    "/nowhere": 404,
  }),
  daloy: [
    ...rowsOf({
      "/alone": 200,
      "/before": 200,
      "/between": 200,
      "/late": 200,
      "/early": 203,
      "/refused": 403,
      "/redirect": 302,
      "/not-modified": 304,
    }),
    ...rowsOf({ "/refused": 401 }).map((row) => ({ ...row, isAnonymous })),
  ],
} as const;

const shared = Object.keys(sharing).filter((name) => name !== "cache-control");

/** Says why a shared cache could store a response, or what it lacks; `undefined` if it is right. */
export function findSharing(row: SharingRow, status: number, headers: Headers): string | undefined {
  if (status !== row.status) return `has the status ${status}, not ${row.status}`;
  const missing = row.has.find(([name, part]) => !headers.get(name)?.includes(part));
  if (missing !== undefined) return `lacks ${missing.join(" ")}`;
  if (row.isPublic) return undefined;
  const rule = shared.find((name) => headers.has(name));
  if (rule !== undefined) return `has ${rule}`;
  const cacheControl = headers.get("cache-control");
  if (!/^(?:private|no-store)\b/.test(cacheControl ?? (status === 304 ? "private" : "")))
    return `has the Cache-Control ${cacheControl}`;
  // It would replace what the cache has stored with the 200.
  const forbidden = status === 304 ? /public|s-maxage|no-store/ : /public|s-maxage/;
  if (forbidden.test(cacheControl ?? "")) return `has the Cache-Control ${cacheControl}`;
  const varies = /\bauthorization\b/i.test(headers.get("vary") ?? "");
  // Refusals and errors of the gate say no-store from the start.
  return varies || (status >= 400 && cacheControl === "no-store") ? undefined : `has the Vary ${headers.get("vary")}`;
}
