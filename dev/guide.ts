import type { Stack } from "./stack.ts";

interface Trial {
  readonly title: string;
  readonly status: number;
  /** Query of the token's URL; undefined for a request without a token. */
  readonly tokenQuery?: string;
  /** `/orders` when absent. */
  readonly path?: string;
  /** JSON that is posted. */
  readonly body?: string;
}

const trials: readonly Trial[] = [
  { title: "A member with the right scope", status: 200, tokenQuery: "persona=member" },
  { title: "No token", status: 401 },
  { title: "Another scope", status: 403, tokenQuery: "persona=member&scope=orders.read" },
  { title: "Another tenant", status: 401, tokenQuery: "persona=outsider" },
  { title: "An app without a user", status: 403, tokenQuery: "client=daemon" },
];

const downstreamTrials: readonly Trial[] = [
  { title: "Graph, as the user", status: 200, tokenQuery: "persona=member", path: "/me/graph" },
  { title: "The origin, with a token of its own", status: 200, tokenQuery: "persona=member", path: "/inventory" },
  { title: "Somebody who has consented to nothing", status: 403, tokenQuery: "persona=newcomer", path: "/me/graph" },
  {
    title: "MFA, to a client that can ask for it",
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
  return `api=mcp&client=mcp&scope=${scope}`;
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
    "Add the MCP server to a client, and sign in as anybody.",
    "Ctrl-C stops.",
  ].join("\n");
}

/** What `npm run dev` prints: where everything is, a token, and requests to paste with the answer that each will get. */
export async function formatGuide({ gateUrl, entraUrl, originUrl }: Stack, downstream = false): Promise<string> {
  const response = await fetch(`${entraUrl}/local/token?persona=member`);
  const token = await response.text();
  const requests = [...trials, ...(downstream ? downstreamTrials : [])].map((trial) =>
    formatTrial(trial, gateUrl, entraUrl),
  );
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

function formatTrial(trial: Trial, gateUrl: string, entraUrl: string): readonly string[] {
  const { title, status, tokenQuery, path = "/orders", body } = trial;
  const header = tokenQuery && ` -H "Authorization: Bearer $(curl -s '${entraUrl}/local/token?${tokenQuery}')"`;
  const json = body && ` -H "Content-Type: application/json" -d "${body}"`;
  return [`# ${title}: ${status}`, `curl -i${header ?? ""}${json ?? ""} ${gateUrl}${path}`];
}
