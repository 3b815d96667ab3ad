import { describeRequirement } from "../doctor/routes.ts";
import { type GateCode, tableOf, type WorkerExports } from "../project/gate-code.ts";
import type { Stack } from "./stack.ts";

/** A request to paste. */
interface Trial {
  readonly title: string;
  /** Status of the answer; absent if it depends on the code of a handler. */
  readonly status?: number;
  /** Query of the URL that gives the token; absent for a request without a token. */
  readonly tokenQuery?: string;
  /** `/orders` if absent. */
  readonly path?: string;
  /** `GET` if absent. */
  readonly method?: string;
  /** JSON to post. */
  readonly body?: string;
}

/** The guide shows this many routes of a worker. */
const shownRoutes = 5;

/** Query of the URL that gives the token of a user, by the API that the gate protects. */
const callers = { orders: "persona=member", mcp: "api=mcp&client=mcp" };
const addition = "If it requires a scope or a role, append &scope=NAME or &role=NAME to the URL of the token";
const completion = `replace YOUR/PATH. ${addition}`;

const trials: readonly Trial[] = [
  { title: "A member with the right scope", status: 200, tokenQuery: "persona=member" },
  { title: "No token", status: 401 },
  { title: "Another scope", status: 403, tokenQuery: "persona=member&scope=orders.read" },
  { title: "Another tenant", status: 401, tokenQuery: "persona=outsider" },
  { title: "An expired token", status: 401, tokenQuery: "persona=member&fault=expired" },
  { title: "An app without a user", status: 403, tokenQuery: "client=daemon" },
];

const downstreamTrials: readonly Trial[] = [
  { title: "Graph, as the user", status: 200, tokenQuery: "persona=member", path: "/me/graph" },
  { title: "The origin, with a token for its own API", status: 200, tokenQuery: "persona=member", path: "/inventory" },
  { title: "A user without consent", status: 403, tokenQuery: "persona=newcomer", path: "/me/graph" },
  {
    title: "A user who needs MFA, with a client that handles claims challenges",
    status: 401,
    tokenQuery: "persona=cautious&client=cae-spa",
    path: "/me/graph",
  },
];

const callTool = (name: string) =>
  JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name } }).replaceAll('"', '\\"');

const mcpTrials: readonly Trial[] = [
  { title: "No token", status: 401, body: callTool("orders_list") },
  {
    title: "A tool that needs another scope",
    status: 403,
    tokenQuery: mcpToken("tools.read"),
    body: callTool("orders_delete"),
  },
];

function mcpToken(scope: string): string {
  return `${callers.mcp}&scope=${scope}`;
}

/** What `npm run dev -- --mcp` prints. */
export async function formatMcpGuide({ gateUrl, entraUrl, originUrl }: Stack): Promise<string> {
  const trials = mcpTrials.map((trial) => formatTrial({ ...trial, path: "/mcp" }, gateUrl, entraUrl));
  return [
    "",
    `MCP server    ${gateUrl}/mcp`,
    `Local Entra   ${entraUrl}`,
    `Sample server ${originUrl}`,
    "",
    ...trials.flatMap((lines) => [...lines, ""]),
    "Add the MCP server to a client, and sign in as any user.",
    "Ctrl-C stops.",
  ].join("\n");
}

/**
 * What `npm run dev` prints: the addresses, a token, and requests to paste with the answer that each gets.
 *
 * @param code of the running gate; `undefined` if it does not show its routes
 * @param kind `downstream` is the sample gate of `--downstream`, whose answers are known. Any other worker protects the
 * API with orders, or an MCP server.
 */
export async function formatGuide(
  { gateUrl, entraUrl, originUrl }: Stack,
  code: GateCode | undefined,
  kind: "orders" | "mcp" | "downstream",
): Promise<string> {
  const caller = kind === "mcp" ? callers.mcp : callers.orders;
  const response = await fetch(`${entraUrl}/local/token?${caller}`);
  const token = await response.text();
  const shown = kind === "downstream" ? [...trials, ...downstreamTrials] : listTrials(code, caller);
  const requests = shown.map((trial) => formatTrial(trial, gateUrl, entraUrl));
  return [
    "",
    `Gate          ${gateUrl}`,
    `Local Entra   ${entraUrl}`,
    `Sample origin ${originUrl}`,
    `Playground    ${entraUrl}/local/playground/`,
    "",
    "A token of a member, for an hour:",
    token,
    "",
    ...requests.flatMap((lines) => [...lines, ""]),
    "Ctrl-C stops.",
  ].join("\n");
}

/** Requests to the routes that the code declares. If it shows none, one to complete. */
function listTrials(code: GateCode | undefined, caller: string): readonly Trial[] {
  const unknown = (why: string): Trial => ({ title: `${why}: ${completion}`, tokenQuery: caller, path: "/YOUR/PATH" });
  if (code === undefined || code.problem !== undefined) return [unknown("The worker does not show its routes")];
  const { routes, rest } = tableOf(code);
  const isPlainGate = code.table === undefined && routes.length === 0;
  if (isPlainGate && rest.access?.kind === "default") return trials;
  const shown = routes.slice(0, shownRoutes);
  const guarded = shown.find(({ access }) => access !== undefined && access.kind !== "public");
  return [
    ...(guarded ? [{ title: `${guarded.name} without a token`, status: 401, ...splitName(guarded.name) }] : []),
    ...shown.map((entry) => createTrial(entry, caller)),
    ...(routes.length === 0 ? [unknown("The worker declares no routes")] : []),
    ...(routes.length > shown.length ? [unknown("Other routes")] : []),
  ];
}

/** A request that the route allows, unless it requires a tenant or a client that the local Entra does not have. */
function createTrial({ name, access }: WorkerExports, caller: string): Trial {
  const target = { tokenQuery: caller, ...splitName(name) };
  if (access === undefined) return { title: `${name}: its requirement is unknown. ${addition}`, ...target };
  if (access.kind === "public") return { title: `${name}: public`, ...splitName(name) };
  if (access.kind !== "required") return { title: `${name}: the default requirement`, ...target };
  const rules = access.requirements.map(({ anyOf }) => anyOf[0]);
  const query = new URLSearchParams(caller);
  const isApp = rules.some(({ kind }) => kind === "app");
  const isAgent = rules.some(({ agent }) => agent === "only");
  if (isApp) query.delete("persona");
  if (isApp || isAgent) query.set("client", isAgent ? "agent" : "daemon");
  for (const { scopes, anyScope, roles, anyRole, acrs } of rules) {
    for (const scope of [...(scopes ?? []), ...(anyScope?.slice(0, 1) ?? [])]) query.append("scope", scope);
    for (const role of [...(roles ?? []), ...(anyRole?.slice(0, 1) ?? [])]) query.append("role", role);
    for (const context of acrs ?? []) query.append("acrs", context);
  }
  const title = `${name}: ${access.requirements.map(describeRequirement).join("; and ")}`;
  return { ...target, title, tokenQuery: query.toString() };
}

/** Method and path of `GET /orders/:id`, with 1 for each parameter and wildcard. */
function splitName(name: string): Pick<Trial, "method" | "path"> {
  const [method = "", path = ""] = name.split(" ");
  return { method, path: path.replaceAll(/:\w+|\*/g, "1") };
}

function formatTrial(trial: Trial, gateUrl: string, entraUrl: string): readonly string[] {
  const { title, status, tokenQuery, method = "GET", path = "/orders", body } = trial;
  const verb = method === "GET" ? "" : ` -X ${method}`;
  const header = tokenQuery && ` -H "Authorization: Bearer $(curl -s '${entraUrl}/local/token?${tokenQuery}')"`;
  const json = body && ` -H "Content-Type: application/json" -d "${body}"`;
  return [
    `# ${title}${status === undefined ? "" : `: ${status}`}`,
    `curl -i${verb}${header ?? ""}${json ?? ""} ${gateUrl}${path}`,
  ];
}
