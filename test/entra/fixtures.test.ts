import { decodeJwt, decodeProtectedHeader } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { createLocalEntra } from "../../entra/server/entra.ts";
import { clients } from "../../entra/testing.ts";
import { reuseKeyPairs } from "../support/key-pairs.ts";
import documented from "./fixtures/documented.json" with { type: "json" };
import { authority, contoso, createExchange, createFlowWorld, type FlowWorld } from "./support/world.ts";

interface Fixture {
  /** Page of Microsoft, or a public thread, that has the response. */
  readonly source: string;
  readonly response: object;
  /** Members that the documented response lacks, with the page that has them. */
  readonly additional?: Readonly<Record<string, string>>;
}

let world: FlowWorld;
beforeAll(async () => {
  world = await createFlowWorld();
  const nowSeconds = () => world.nowSeconds;
  Object.assign(world, { entra: createLocalEntra({ nowSeconds, makeKeyPair: reuseKeyPairs() }) });
});

const get = async (path: string) => (await world.entra.fetch(new Request(authority + path))).json();
const open = (token: string) => ({ header: decodeProtectedHeader(token), claims: decodeJwt(token) });

async function exchange(persona: string): Promise<object> {
  const assertion = await world.entra.issueAccessToken({ authority, persona });
  return (await world.post(createExchange(assertion))).body;
}

const responses: Readonly<Record<keyof typeof documented, () => Promise<unknown>>> = {
  "discovery of a tenant": () => get(new URL(`${contoso}/v2.0/.well-known/openid-configuration`).pathname),
  "discovery of common": () => get("/common/v2.0/.well-known/openid-configuration"),
  keys: () => get("/common/discovery/v2.0/keys"),
  "v1.0 access token": async () =>
    open(await world.entra.issueAccessToken({ authority, persona: "guest", version: 1 })),
  "v2.0 access token": async () => open(String((await world.getTokens("member")).body.access_token)),
  "v2.0 ID token": async () => open(String((await world.getTokens("member")).body.id_token)),
  async "device code"() {
    const form = { client_id: clients.mcp.clientId, scope: "openid" };
    return (await world.post(form, {}, "/oauth2/v2.0/devicecode")).body;
  },
  AADSTS65001: () => exchange("newcomer"),
  "AADSTS50076 with claims": () => exchange("cautious"),
  async AADSTS7000215() {
    const form = { grant_type: "client_credentials", client_id: clients.daemon.clientId, client_secret: "guess" };
    return (await world.post(form)).body;
  },
};

/** Names and types of all members, for example `keys.0.kid: string`. Of a list, only the first item counts. */
function listMembers(value: unknown, path = ""): readonly string[] {
  if (value === null || typeof value !== "object") return [`${path}: ${value === null ? "null" : typeof value}`];
  const entries = Array.isArray(value)
    ? value.slice(0, 1).map((item, index) => [String(index), item] as const)
    : Object.entries(value);
  return entries.flatMap(([name, item]) => listMembers(item, path === "" ? name : `${path}.${name}`));
}

describe("a documented response", () => {
  it.each(Object.entries<Fixture>(documented))("%s", async (name, { response, additional = {} }) => {
    const answered = await responses[name as keyof typeof documented]();
    const known = listMembers(answered).filter((member) => !Object.keys(additional).includes(member.split(":")[0]!));
    expect(known.toSorted()).toEqual(listMembers(response).toSorted());
  });

  it("has a source, and is one of ten", () => {
    expect(Object.values<Fixture>(documented).map(({ source }) => source)).toEqual(
      Array(10).fill(expect.stringMatching(/^https:\/\//)),
    );
  });
});
