import { expect, it } from "vitest";
import { createClientKeys } from "../../entra/clients/client-assertion.ts";
import { createDirectory } from "../../entra/directory/create-directory.ts";
import { createApis } from "../../entra/directory/scope.ts";
import { createKeyRing, generateKeyPair } from "../../entra/keys/key-ring.ts";
import { createTestEntra } from "../../entra/testing.ts";

const directory = createDirectory();
const daemon = directory.findApp("daemon")!;

it("keeps 100 signing keys, among them the current, the next and that of personal accounts", async () => {
  const pair = await generateKeyPair(2048);
  let certificates = 0;
  const makeCertificate = async () => {
    certificates += 1;
    return new Uint8Array([certificates >> 8, certificates & 0xff]);
  };
  const ring = createKeyRing(
    () => 0,
    async () => pair,
    makeCertificate,
  );
  const first = (await ring.find("current")).kid;
  const msa = (await ring.find("msa")).kid;
  const next = await ring.rollOver("planned");
  const made: string[] = [];
  for (let count = 0; count < 120; count += 1) made.push(await ring.switchKey());
  const last = await ring.rollOver("planned");
  const kids = (await ring.describe()).map(({ kid }) => kid);
  expect([kids.length, (await ring.listPublished()).length]).toEqual([100, 100]);
  expect(kids).toEqual([msa, ...made.slice(-98), last]);
  expect([(await ring.find("current")).kid, (await ring.find("next")).kid]).toEqual([made.at(-1), last]);
  expect([made[0], kids.includes(first), kids.includes(next)]).toEqual([next, false, false]);
});

it("keeps 100 keys and 100 federated credentials that a client gets at run time", async () => {
  const keys = createClientKeys();
  for (let count = 0; count < 105; count += 1) {
    keys.add(daemon.clientId, { kty: "RSA", n: String(count) });
    keys.addFederated(daemon.clientId, { issuer: "https://issuer.example", subject: String(count) });
  }
  const listed = (await keys.list(daemon)).map(({ n }) => n);
  expect([listed.length, listed[0], listed.at(-1)]).toEqual([100, "5", "104"]);
  const subjects = keys.listFederated(daemon).map(({ subject }) => subject);
  expect([subjects.length, subjects[0], subjects.at(-1)]).toEqual([100, "5", "104"]);
});

it("replaces the key of a federated credential with the same issuer and subject", () => {
  const keys = createClientKeys();
  const add = (n: string) =>
    keys.addFederated(daemon.clientId, { issuer: "https://issuer.example", subject: "gate", key: { kty: "RSA", n } });
  add("old");
  add("new");
  expect(keys.listFederated(daemon).map(({ keys }) => keys)).toEqual([[{ kty: "RSA", n: "new" }]]);
});

it("keeps 100 Application ID URIs that the MCP server gets at run time", () => {
  const apis = createApis(directory);
  for (let count = 0; count < 105; count += 1) apis.addMcpUri(`https://mcp.example/${count}`);
  const parse = (count: number) => apis.parseAppScope(`https://mcp.example/${count}/.default`, "contoso").shortName;
  expect([parse(5), parse(104)]).toEqual(["mcp-api", "mcp-api"]);
  expect(() => parse(4)).toThrow("The resource principal named https://mcp.example/4 ");
});

it("refuses more than 1,000 policies of Conditional Access", () => {
  const policies = Array.from({ length: 1_001 }, () => ({ control: "mfa" }));
  expect(() => createTestEntra().setConditionalAccess(policies)).toThrow("there must be at most 1000 policies");
});
