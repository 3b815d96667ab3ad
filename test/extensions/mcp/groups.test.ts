import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { clients } from "../../../entra/directory/clients.ts";
import { api } from "../../../entra/directory/directory.ts";
import { personas } from "../../../entra/directory/personas.ts";
import { createEntra, type Entra } from "../../../entra/entra.ts";
import type { AccessTokenOptions } from "../../../entra/tokens/issuer.ts";
import { downstream } from "../../../src/extensions/downstream/downstream.ts";
import { groupsFromGraph } from "../../../src/extensions/groups/groups.ts";
import { mcp } from "../../../src/extensions/mcp/mcp.ts";
import { App, anyOf, createGate, type GateOptions, requireAuth } from "../../../src/index.ts";
import { environmentWith, plainLog } from "../../support/environment.ts";
import { createFakeIo, type FakeIo } from "../../support/io.ts";
import { reuseKeyPairs } from "../../support/key-pairs.ts";

const member = personas["many-groups"].groups[249] ?? "";
const other = "96000000-0000-4000-8044-00000000dddd";
const scopes = ["access_as_user"];
const tools = {
  list: requireAuth("access_as_user"),
  approve: requireAuth({ scopes, anyGroup: [member] }),
  audit: requireAuth({ scopes, groups: [other] }),
  both: requireAuth({ scopes, groups: [member, other] }),
  either: anyOf(requireAuth({ scopes, groups: [other] }), requireAuth({ scopes, anyRole: ["Reader"] })),
  strict: requireAuth({ scopes, anyGroup: [member], acrs: ["c1"] }),
};
const environment = environmentWith({
  ...plainLog,
  ENTRA_CLIENT_ID: api.clientId,
  ENTRA_CLIENT_SECRET: clients.api.secret,
  GATE_URL: "https://api.contoso.example",
});

let io: FakeIo;
let entra: Entra;
/** Requests to Microsoft Graph. */
let asked: number;
let graph: (request: Request) => Response | Promise<Response>;

beforeAll(async () => {
  entra = createEntra({
    nowSeconds: () => Math.floor(io.now() / 1_000),
    sleepMs: () => new Promise(() => {}),
    makeKeyPair: reuseKeyPairs(),
  });
  io = createFakeIo();
  await entra.keys();
});

beforeEach(() => {
  asked = 0;
  graph = (request) => entra.fetch(request);
  io = createFakeIo({
    fetch(request) {
      if (!request.url.startsWith("https://graph.microsoft.com/")) return entra.fetch(request);
      asked += 1;
      return graph(request);
    },
  });
});

function createServer(options: Partial<GateOptions> = {}) {
  const answer = () =>
    Response.json({ jsonrpc: "2.0", id: 1, result: { tools: Object.keys(tools).map((name) => ({ name })) } });
  const routes = new App().register(mcp("/mcp", { hooks: requireAuth("access_as_user"), tools }, answer));
  return createGate({ routes, unlisted: "reject", ...options }, io);
}

const withGraph = { downstream: downstream(), groups: groupsFromGraph() };

async function send(gate: ReturnType<typeof createServer>, token: AccessTokenOptions, method: string, params = {}) {
  const request = new Request("https://api.contoso.example/mcp", {
    method: "POST",
    headers: {
      authorization: `Bearer ${await entra.issueAccessToken(token)}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  return gate.fetch(request, environment, { waitUntil() {} });
}

async function listTools(token: AccessTokenOptions, options?: Partial<GateOptions>): Promise<readonly string[]> {
  const response = await send(createServer(options), token, "tools/list");
  const { result } = (await response.json()) as { result: { tools: { name: string }[] } };
  return result.tools.map(({ name }) => name);
}

/** Names of the tools that the caller may call. */
async function callTools(token: AccessTokenOptions, options?: Partial<GateOptions>): Promise<readonly string[]> {
  const gate = createServer(options);
  const allowed: string[] = [];
  for (const name of Object.keys(tools)) {
    if ((await send(gate, token, "tools/call", { name, arguments: {} })).status === 200) allowed.push(name);
  }
  return allowed;
}

const overage = { persona: "many-groups" } as const;

describe("tools that require groups", () => {
  it.each([
    [["list"], { groups: [] }],
    [["list", "approve"], { groups: [member] }],
    [["list", "audit", "either"], { groups: [other] }],
    [["list", "approve", "audit", "both", "either"], { groups: [member, other] }],
    [["list", "either"], { groups: [], roles: ["Reader"] }],
    [["list", "approve", "strict"], { groups: [member], acrs: ["c1"] }],
    [["list"], overage],
    [["list"], { claims: { groups: [member, "Approvers"] } }],
  ] satisfies [string[], AccessTokenOptions][])("are %j, listed and called, for the token %j", async (names, token) => {
    expect(await listTools(token)).toEqual(names);
    expect(await callTools(token)).toEqual(names);
  });

  it("are those of the groups that Microsoft Graph returns, asked once", async () => {
    expect(await listTools(overage, withGraph)).toEqual(["list", "approve"]);
    expect(asked).toBe(1);
    expect(await callTools(overage, withGraph)).toEqual(["list", "approve"]);
    expect(await listTools({ ...overage, acrs: ["c1"] }, withGraph)).toEqual(["list", "approve", "strict"]);
  });

  it("are not asked about for a token that lists its groups, unless the source is Microsoft Graph", async () => {
    expect(await listTools({ groups: [member, other] }, withGraph)).toEqual([
      "list",
      "approve",
      "audit",
      "both",
      "either",
    ]);
    expect(asked).toBe(0);
    const options = { ...withGraph, groups: groupsFromGraph({ source: "graph" }) };
    // The local Graph knows the groups of the persona, and not those of the token.
    expect(await listTools({ groups: [member, other] }, options)).toEqual(["list"]);
    expect(await callTools({ groups: [member, other] }, options)).toEqual(["list"]);
    expect(asked).toBeGreaterThan(0);
  });

  it("are not listed while Microsoft Graph does not answer, and all others are", async () => {
    graph = () => new Response(null, { status: 503 });
    expect(await listTools(overage, withGraph)).toEqual(["list"]);
    const response = await send(createServer(withGraph), overage, "tools/call", { name: "approve", arguments: {} });
    expect(response.status).toBe(503);
    expect(io.lines.findLast(({ event }) => event === "refused")).toMatchObject({ reason: "groups_unavailable" });
  });
});
