import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { clients } from "../../../entra/directory/clients.ts";
import { api, tenants } from "../../../entra/directory/directory.ts";
import { personas } from "../../../entra/directory/personas.ts";
import { bundleWorker } from "../../support/bundle.ts";
import { startWorker, type WorkerProcess } from "../../support/worker-process.ts";

let worker: WorkerProcess;
let keysUrl: string;

beforeAll(async () => {
  const { code } = await bundleWorker("entra/server/worker.ts");
  worker = await startWorker({ name: "entra", code, port: 0, vars: {} });
  keysUrl = `${worker.url}/${tenants.contoso.id}/discovery/v2.0/keys`;
});

afterAll(() => worker.stop());

beforeEach(async () => {
  await call("POST", "/local/faults/endOutage");
  await call("DELETE", "/local/counts");
});

function call(method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(worker.url + path, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
}

async function callForJson(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  return (await (await call(method, path, body)).json()) as Record<string, unknown>;
}

async function readToken(query: string): Promise<string> {
  return (await call("GET", `/local/token?${query}`)).text();
}

async function countKeys(): Promise<number> {
  const { keys } = (await (await fetch(keysUrl)).json()) as { keys: readonly unknown[] };
  return keys.length;
}

describe("GET /local/token", () => {
  it("gives a token that the served key set verifies", async () => {
    const token = await readToken("persona=member&client=spa&scope=access_as_user");
    const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(keysUrl)), { algorithms: ["RS256"] });
    expect(payload).toMatchObject({
      iss: `${worker.url}/${tenants.contoso.id}/v2.0`,
      aud: api.clientId,
      azp: clients.spa.clientId,
      oid: personas.member.oid,
      scp: "access_as_user",
    });
  });

  it.each([
    ["client=daemon", { idtyp: "app", roles: ["Orders.Read.All"] }],
    ["client=daemon&role=A&role=B%20C", { roles: ["A", "B", "C"] }],
    ["persona=member&scope=orders.read%20access_as_user", { scp: "orders.read access_as_user" }],
    ["persona=outsider", { tid: tenants.fabrikam.id }],
    ["persona=member&tenant=fabrikam", { tid: tenants.fabrikam.id }],
    ["persona=member&version=1", { ver: "1.0" }],
    ["persona=member&acrs=c1", { acrs: ["c1"] }],
  ])("accepts %s", async (query, claims) => {
    expect(decodeJwt(await readToken(query))).toMatchObject(claims);
  });

  it("returns a token with a fault of the playground, for example an expired token", async () => {
    const nowSeconds = Date.now() / 1_000;
    const expired = decodeJwt(await readToken("persona=member&fault=expired"));
    expect(expired.exp).toBeLessThan(nowSeconds);
    expect(expired).toMatchObject({ aud: api.clientId, scp: "access_as_user" });
    expect(decodeJwt(await readToken("api=mcp-api&fault=graph-audience")).aud).toMatch(/^00000003-/);
    expect((await readToken("fault=truncated")).split(".")).toHaveLength(2);
    const answer = await call("GET", "/local/token?fault=no-token");
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringMatching(/^fault must be one of none, exp/),
    ]);
  });

  it.each(["persona=nobody", "client=nothing", "tenant=nowhere", "version=3"])("answers 400 to %s", async (query) => {
    expect((await call("GET", `/local/token?${query}`)).status).toBe(400);
  });
});

describe("an unknown name", () => {
  it("is refused in the query of a token, and the message lists the known names", async () => {
    const answer = await call("GET", "/local/token?personna=admin&client=spa");
    expect([answer.status, await answer.text()]).toEqual([
      400,
      'unknown parameter "personna". Use one of authority, persona, client, tenant, version, api, fault, acrs, scope, role, group, without\n',
    ]);
    for (const query of ["Persona=admin", "scopes=orders.read", "persona=admin&__proto__=x"]) {
      expect((await call("GET", `/local/token?${query}`)).status).toBe(400);
    }
  });

  it.each(["persona", "client", "tenant", "version", "fault"])("is refused if the query repeats %s", async (name) => {
    const answer = await call("GET", `/local/token?${name}=member&${name}=admin`);
    expect([answer.status, await answer.text()]).toEqual([400, `${name} must not be repeated\n`]);
  });

  it.each([
    ["/local/access-token", { persona: "member", scope: "orders.read" }, "scope"],
    ["/local/id-token", { client: "spa" }, "client"],
    ["/local/sign", { header: {}, payload: {}, kid: "next" }, "kid"],
    ["/local/faults/rollOver", { kind: "planned", at: 1 }, "at"],
    ["/local/client-key", { client: "api", key: {}, keys: [] }, "keys"],
    ["/local/issuer", { client: "api", issuer: "i", subject: "s", key: {}, aud: "a" }, "aud"],
    ["/local/faults/startOutage", { kind: "down", endpoints: "keys" }, "endpoints"],
  ])("is refused in the body of %s", async (path, body, name) => {
    const answer = await call("POST", path, body);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(new RegExp(`^unknown member "${name}". Use one of `));
  });

  it.each([[[]], ["member"], [null], [1]])("is not accepted in the form of the body %j", async (body) => {
    const answer = await call("POST", "/local/access-token", body);
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringMatching(/^must be an object with /)]);
  });

  it("is refused for an endpoint that cannot fail", async () => {
    const answer = await call("POST", "/local/faults/startOutage", { kind: "down", endpoint: "key" });
    expect([answer.status, await answer.text()]).toEqual([
      400,
      "endpoint must be one of discovery, keys, token, graph\n",
    ]);
  });
});

describe("control over HTTP", () => {
  it("issues access tokens with claims changed and removed", async () => {
    const options = { persona: "member", claims: { ver: "3.0" }, without: ["azp"], header: { typ: "at+jwt" } };
    const token = await (await call("POST", "/local/access-token", options)).text();
    expect(decodeJwt(token).ver).toBe("3.0");
    expect(decodeJwt(token)).not.toHaveProperty("azp");
    expect(Buffer.from(token.split(".")[0]!, "base64url").toString()).toContain('"typ":"at+jwt"');
  });

  it("issues ID tokens", async () => {
    const token = await (await call("POST", "/local/id-token", { persona: "admin" })).text();
    expect(decodeJwt(token)).toMatchObject({ aud: api.clientId, roles: ["Orders.Admin"] });
  });

  it("signs any input", async () => {
    const input = { header: { alg: "none" }, payload: "no JSON", key: "weak" };
    const [header, payload, signature] = (await (await call("POST", "/local/sign", input)).text()).split(".");
    expect(Buffer.from(header!, "base64url").toString()).toBe('{"alg":"none"}');
    expect(Buffer.from(payload!, "base64url").toString()).toBe("no JSON");
    expect(Buffer.from(signature!, "base64url")).toHaveLength(128);
  });

  it("rolls keys over and removes them", async () => {
    const before = await countKeys();
    const { kid } = await callForJson("POST", "/local/faults/rollOver", { kind: "planned" });
    expect(await countKeys()).toBe(before + 1);
    expect(await callForJson("POST", "/local/faults/switchKey")).toEqual({ kid });
    expect(await callForJson("POST", "/local/faults/removeKey", { kid })).toEqual({ removed: true });
    expect(await callForJson("POST", "/local/faults/removeKey", { kid })).toEqual({ removed: false });
    expect(await countKeys()).toBe(before);
  });

  it("starts an outage and counts requests", async () => {
    await call("POST", "/local/faults/startOutage", { kind: "down", endpoint: "keys", requests: 1 });
    expect(await callForJson("GET", "/local/outages")).toMatchObject({ keys: { kind: "down" } });
    expect([(await fetch(keysUrl)).status, (await fetch(keysUrl)).status]).toEqual([503, 200]);
    expect(await callForJson("GET", "/local/counts")).toMatchObject({ total: { keys: 2 } });
    expect(await callForJson("DELETE", "/local/counts")).toMatchObject({ total: { keys: 0 } });
  });

  it.each([
    ["/local/faults/rollOver", { kind: "sudden" }],
    ["/local/faults/startOutage", { kind: "hail" }],
    ["/local/access-token", { persona: "nobody" }],
  ])("answers 400 to invalid input at %s", async (path, body) => {
    expect((await call("POST", path, body)).status).toBe(400);
  });

  it("answers 400 to a body that is not JSON", async () => {
    expect((await fetch(`${worker.url}/local/faults/startOutage`, { method: "POST", body: "{" })).status).toBe(400);
  });
});

describe("as a worker", () => {
  it("creates one set of keys for many first requests at once", async () => {
    const { code } = await bundleWorker("entra/server/worker.ts");
    const fresh = await startWorker({ name: "entra", code, port: 0, vars: {} });
    const urls = Array.from({ length: 8 }, () => `${fresh.url}/common/discovery/v2.0/keys`);
    const bodies = await Promise.all(urls.map(async (url) => (await fetch(url)).text()));
    await fresh.stop();
    expect(new Set(bodies).size).toBe(1);
  });

  it("drips without an end", async () => {
    await call("POST", "/local/faults/startOutage", { kind: "drip" });
    await expect(
      fetch(keysUrl, { signal: AbortSignal.timeout(500) }).then((answer) => answer.text()),
    ).rejects.toThrow();
  });

  it("describes itself", async () => {
    const page = await (await call("GET", "/")).text();
    expect(page).toContain("local stand-in for Microsoft Entra ID");
    expect(page).toContain('<html lang="en">');
  });

  it("allows a browser app of another origin to request metadata and tokens", async () => {
    expect((await fetch(keysUrl)).headers.get("Access-Control-Allow-Origin")).toBe("*");
  });
});
