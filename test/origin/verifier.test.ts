import { base64url, decodeProtectedHeader, importJWK, type JWK, SignJWT } from "jose";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { hashText } from "../../src/base/common/digest.ts";
import * as limits from "../../src/base/common/limits.ts";
import { AssertionError, type AssertionVerifier, createAssertionVerifier } from "../../src/origin/origin.ts";
import { createAssertionRows } from "../support/assertion-rows.ts";
import { bearer } from "../support/gate-world.ts";
import { createFakeIo, type FakeIo, frozenNowSeconds } from "../support/io.ts";
import { type IssuerKey, makeIssuerKey } from "../support/issuer-keys.ts";

const issuer = "https://api.contoso.example/.well-known/entra-gate/origin";
const audience = "https://origin.contoso.example";
const key = await makeIssuerKey("ES256");
const nextKey = await makeIssuerKey("ES256");
const publish = (...keys: readonly (IssuerKey | object)[]) => ({
  keys: keys.map((each) =>
    "publicJwk" in each ? { ...JSON.parse(each.publicJwk), kid: each.kid, use: "sig", alg: "ES256" } : each,
  ),
});
const rows = await createAssertionRows({
  issuer,
  audience,
  key,
  entraToken: (await bearer()).slice(7),
  nowSeconds: frozenNowSeconds,
});

let io: FakeIo;
let gate: AssertionVerifier;
/** What the gate publishes, or how it fails. */
let published: () => Response | Promise<Response>;
beforeEach(() => {
  published = () => Response.json(publish(key));
  io = createFakeIo({ fetch: () => published() });
  gate = createAssertionVerifier({ issuer, audience }, io);
});

async function sign(changes: object = {}, by: IssuerKey = key, target = "/a"): Promise<string> {
  const nowSeconds = Math.floor(io.now() / 1_000);
  const claims = {
    ...{
      iss: issuer,
      aud: audience,
      iat: nowSeconds,
      exp: nowSeconds + 60,
      kind: "user",
      sub: "o",
      tid: "t",
      azp: "c",
    },
    ...{ scp: "", roles: [], method: "GET", target: await hashText(target), ...changes },
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "ES256", typ: "entra-gate+jwt", kid: by.kid })
    .sign(await importJWK(by.members as JWK, "ES256"));
}

/** The result of a request for `/a`, in both forms. */
async function verify(assertion: string): Promise<string> {
  const request = new Request("https://origin.contoso.example/a", { headers: { "x-entra-assertion": assertion } });
  return gate.verify(request).then(
    ({ caller }) => caller.kind,
    (error) => (error as AssertionError).reason,
  );
}

describe("an origin with the verifier", () => {
  it.each(rows)(
    "decides about $name, as a fetch handler and in Node",
    { tags: "assertion" },
    async ({ isGood, method, path, headers }) => {
      const own = new Headers();
      for (const [name, value] of headers) own.append(name, value);
      const request = new Request(`https://origin.contoso.example${path}`, { method, headers: own });
      const lowered = Object.fromEntries([...own].map(([name, value]) => [name, value]));
      const message = { method, url: path, headers: lowered, rawHeaders: headers.flat() };
      // One after the other: a request that waits for the keys of another needs a clock.
      const [asFetch] = await Promise.allSettled([gate.verify(request)]);
      const [inNode] = await Promise.allSettled([gate.verifyMessage(message)]);
      const outcomes = [asFetch, inNode];
      expect(outcomes.map(({ status }) => status)).toEqual(Array(2).fill(isGood ? "fulfilled" : "rejected"));
      for (const outcome of outcomes) {
        if (outcome.status === "fulfilled") continue;
        expect(outcome.reason).toBeInstanceOf(AssertionError);
        expect(outcome.reason).toMatchObject({ status: 401, statusCode: 401 });
        expect(outcome.reason.message).toBe("the request has no valid assertion of the gate");
      }
      const [web, node] = outcomes;
      if (web?.status !== "fulfilled" || node?.status !== "fulfilled") return;
      expect(JSON.stringify([...(web.value as { request: Request }).request.headers, message])).not.toMatch(
        /forged|entra-assertion|entra-roles/i,
      );
    },
  );

  it("gets the caller, and the same request without identity headers", async () => {
    const row = rows[2]!;
    const request = new Request(`https://origin.contoso.example${row.path}`, {
      headers: [...row.headers, ["x-own", "1"], ["X_Entra_Roles", "forged"]] as [string, string][],
    });
    const verified = await gate.verify(request);
    expect(verified.caller).toEqual({
      kind: "user",
      oid: "0b1ec700-0000-4000-8000-000000000001",
      tid: "7e4a4700-0000-4000-8000-000000000002",
      azp: "c11e0000-0000-4000-8000-000000000003",
      scopes: ["orders.read", "orders.write"],
      roles: ["Orders.Admin"],
      agent: undefined,
      reported: undefined,
    });
    expect([...verified.request.headers]).toEqual([["x-own", "1"]]);
    expect([verified.request.url, verified.request.method]).toEqual([request.url, "GET"]);
    expect(Object.isFrozen(verified.caller)).toBe(true);
  });

  it("keeps the body of a request", async () => {
    const headers = { "x-entra-assertion": await sign({ method: "POST" }) };
    const request = new Request("https://origin.contoso.example/a", { method: "POST", body: "text", headers });
    expect(await (await gate.verify(request)).request.text()).toBe("text");
  });

  it("gets an agent, a report, and a caller who is not known", async () => {
    const read = async (changes: object) => {
      const request = new Request("https://o.example/a", { headers: { "x-entra-assertion": await sign(changes) } });
      return (await gate.verify(request)).caller;
    };
    expect(await read({ act: { sub: "agent" } })).toMatchObject({ agent: "agent" });
    expect(await read({ reported: "scope_missing" })).toMatchObject({ reported: "scope_missing" });
    const nobody = { kind: "anonymous", sub: undefined, tid: undefined, azp: undefined };
    expect(await read(nobody)).toEqual({ kind: "anonymous" });
  });

  it.each([
    ["of an unknown kind", { kind: "device" }, "claims_invalid"],
    ["without a kind", { kind: undefined }, "claims_invalid"],
    ["of nobody with an object ID", { kind: "anonymous" }, "claims_invalid"],
    ["without an object ID", { sub: undefined }, "claims_invalid"],
    ["without a tenant", { tid: "" }, "claims_invalid"],
    ["with roles in a text", { roles: "Orders.Admin" }, "claims_invalid"],
    ["with a role that is no text", { roles: [1] }, "claims_invalid"],
    ["with scopes in a list", { scp: [] }, "claims_invalid"],
    ["with an actor without an ID", { act: {} }, "claims_invalid"],
    ["with an actor that is null", { act: null }, "claims_invalid"],
    ["with a time that is no whole number", { iat: frozenNowSeconds + 0.5 }, "claims_invalid"],
    ["with an endless time", { exp: Number.MAX_VALUE }, "claims_invalid"],
    ["with a method that is a list", { method: ["GET"] }, "method_mismatch"],
    ["without a target", { target: undefined }, "target_mismatch"],
    ["31 s ahead", { iat: frozenNowSeconds + 31, exp: frozenNowSeconds + 91 }, "not_yet_valid"],
    ["30 s ahead", { iat: frozenNowSeconds + 30, exp: frozenNowSeconds + 90 }, "user"],
    ["that expired 30 s ago", { exp: frozenNowSeconds - 30 }, "expired"],
    ["that expired 29 s ago", { exp: frozenNowSeconds - 29 }, "user"],
    ["that begins later", { nbf: frozenNowSeconds + 60 }, "not_yet_valid"],
    ["of another issuer", { iss: issuer.replace("origin", "client") }, "issuer_mismatch"],
    ["of a list of issuers", { iss: [issuer] }, "issuer_mismatch"],
    ["for another audience", { aud: "https://other.contoso.example" }, "audience_mismatch"],
    ["for a list with the audience alone", { aud: [audience] }, "audience_mismatch"],
    ["without an audience", { aud: undefined }, "audience_mismatch"],
  ])("has a reason for an assertion %s", async (_, changes, reason) => {
    expect(await verify(await sign(changes))).toBe(reason);
  });

  it("has a reason if the assertion is missing, has another header, or is signed by another key", async () => {
    expect(await verify("")).toBe("assertion_missing");
    const [head = "", payload, signature] = (await sign()).split(".");
    const header = { ...decodeProtectedHeader(`${head}..`), jku: "https://evil.example/jwks.json" };
    const changed = base64url.encode(JSON.stringify(header));
    expect(await verify([changed, payload, signature].join("."))).toBe("header_not_allowed");
    expect(io.requests).toEqual([]);
    expect(await verify(await sign({}, { ...nextKey, kid: key.kid }))).toBe("signature_invalid");
  });

  it("refuses an assertion that is too long, before it reads it", async () => {
    expect(await verify(await sign({ scp: "x".repeat(4_096) }))).toBe("assertion_malformed");
    expect(io.requests).toHaveLength(0);
  });

  it("compares the URL that Node has received, also in a router of Express", async () => {
    const assertion = await sign({}, key, "/base/a?b?");
    const headers = { "x-entra-assertion": assertion };
    expect((await gate.verifyMessage({ method: "GET", url: "/a?b?", originalUrl: "/base/a?b?", headers })).kind).toBe(
      "user",
    );
    await expect(
      gate.verifyMessage({ method: "GET", url: "/base/a?b", headers: { "x-entra-assertion": assertion } }),
    ).rejects.toThrow("no valid assertion");
    await expect(
      gate.verifyMessage({ method: "GET", url: "http://x/base/a?b?", headers: { "x-entra-assertion": assertion } }),
    ).rejects.toThrow("no valid assertion");
    const listed = { "x-entra-assertion": [assertion] };
    await expect(gate.verifyMessage({ method: "GET", url: "/base/a?b?", headers: listed })).rejects.toThrow(
      "no valid assertion",
    );
  });

  it("removes identity headers from each list of a message", async () => {
    const assertion = await sign();
    const message = {
      method: "GET",
      url: "/a",
      headers: { "x-entra-assertion": assertion, x_entra_roles: "forged", "x-own": "1" },
      headersDistinct: { "x-entra-assertion": [assertion], x_entra_roles: ["forged"], "x-own": ["1"] },
      rawHeaders: ["X-Entra-Assertion", assertion, "X_Entra_Roles", "forged", "X-Own", "1", "X-MS-Token-AAD", "forged"],
    };
    const { rawHeaders } = message;
    await gate.verifyMessage(message);
    expect(message.headers).toEqual({ "x-own": "1" });
    expect(message.headersDistinct).toEqual({ "x-own": ["1"] });
    expect([message.rawHeaders === rawHeaders, rawHeaders]).toEqual([true, ["X-Own", "1"]]);
  });
});

describe("the options", () => {
  it.each([
    ["an issuer without its path", { issuer: "https://api.contoso.example", audience }],
    ["the client issuer", { issuer: issuer.replace("origin", "client"), audience }],
    ["an issuer without https", { issuer: issuer.replace("https", "http"), audience }],
    ["an issuer with a query", { issuer: `${issuer}?`, audience }],
    ["no issuer", { audience }],
    ["no audience", { issuer }],
    ["an empty audience", { issuer, audience: "" }],
    ["the audience of Entra", { issuer, audience: "api://AzureADTokenExchange" }],
    ["a list of audiences", { issuer, audience: [audience] }],
    ["an unknown option", { issuer, audience, audiences: [] }],
    ["a fetch that is no function", { issuer, audience, fetch: "x" }],
  ])("are refused with %s", (_, options) => {
    expect(() => createAssertionVerifier(options as never)).toThrow(TypeError);
  });

  it("accept a gate on loopback, and their own fetch", async () => {
    const own: string[] = [];
    const local = createAssertionVerifier(
      {
        issuer: "http://127.0.0.1:8787/.well-known/entra-gate/origin",
        audience,
        fetch: async (url, init) => {
          own.push(`${url} ${init.redirect}`);
          return Response.json(publish(key));
        },
      },
      io,
    );
    const headers = { "x-entra-assertion": await sign({ iss: "http://127.0.0.1:8787/.well-known/entra-gate/origin" }) };
    expect((await local.verify(new Request("https://o.example/a", { headers }))).caller.kind).toBe("user");
    expect(own).toEqual(["http://127.0.0.1:8787/.well-known/entra-gate/origin/jwks.json manual"]);
    expect(io.requests).toEqual([]);
  });
});

describe("the keys of the gate", () => {
  const background: Promise<unknown>[] = [];
  const context = { waitUntil: (work: Promise<unknown>) => void background.push(work) };
  const verifyIn = async (assertion: string) => {
    const request = new Request("https://o.example/a", { headers: { "x-entra-assertion": assertion } });
    return gate.verify(request, context).then(
      () => "good",
      (error) => (error as AssertionError).reason,
    );
  };

  it("are fetched once for many requests at the same time, which share no promise", async () => {
    let answer = (_: Response) => {};
    published = () => new Promise((resolve) => (answer = resolve));
    const assertion = await sign();
    const all = Array.from({ length: 20 }, () => verify(assertion));
    await io.advance(100);
    answer(Response.json(publish(key)));
    let isDone = false;
    const outcomes = Promise.all(all).finally(() => (isDone = true));
    // Keys are imported in real time, and requests wait in the time of the test.
    while (!isDone) {
      await io.advance(1);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(await outcomes).toEqual(Array(20).fill("user"));
    expect(io.requests.map(({ url }) => url)).toEqual([`${issuer}/jwks.json`]);
  });

  it("are fetched again for an unknown kid, once in 30 seconds, and a flood displaces none", async () => {
    expect(await verify(await sign())).toBe("user");
    await io.advance(30_000);
    for (let index = 0; index < 200; index += 1) {
      expect(await verify(await sign({}, { ...nextKey, kid: `invented-${index}` }))).toBe("key_unknown");
    }
    expect(io.requests).toHaveLength(2);
    published = () => Response.json(publish(key, nextKey));
    expect(await verify(await sign({}, nextKey))).toBe("key_unknown");
    await io.advance(30_000);
    expect(await verify(await sign({}, nextKey))).toBe("user");
    expect(await verify(await sign())).toBe("user");
  });

  it("are fetched in the background too, so that the fetch goes on if its client leaves", async () => {
    const earlier = background.length;
    expect(await verifyIn(await sign())).toBe("good");
    expect(background.length - earlier).toBe(1);
    expect(io.requests).toHaveLength(1);
  });

  it("are renewed in the background after five minutes, and a withdrawn key is gone", async () => {
    expect(await verifyIn(await sign())).toBe("good");
    published = () => Response.json(publish(nextKey));
    await io.advance(limits.assertionKeyRefreshMilliseconds);
    expect(await verifyIn(await sign())).toBe("good");
    await Promise.all(background);
    expect(await verifyIn(await sign())).toBe("key_unknown");
    expect(await verifyIn(await sign({}, nextKey))).toBe("good");
  });

  it("are renewed before the answer after the clock was set back", async () => {
    io.jump(3_600_000);
    expect(await verify(await sign())).toBe("user");
    io.jump(-3_600_000);
    published = () => Response.json(publish(nextKey));
    expect(await verify(await sign({}, nextKey))).toBe("user");
    expect(await verify(await sign())).toBe("key_unknown");
    expect(io.requests).toHaveLength(2);
  });

  it("are renewed before the answer after an hour without a renewal", async () => {
    expect(await verify(await sign())).toBe("user");
    published = () => Response.json(publish(nextKey));
    await io.advance(limits.assertionKeyStaleMilliseconds);
    expect(await verify(await sign())).toBe("key_unknown");
  });

  it.each([
    ["an error", () => new Response("x", { status: 500 })],
    ["a redirect", () => Response.redirect("https://evil.example/jwks.json")],
    ["no JSON", () => new Response("<html>")],
    ["no keys", () => Response.json({ keys: [] })],
    ["no list", () => Response.json({ keys: {} })],
    ["null", () => Response.json(null)],
    ["a key without an ID", () => Response.json(publish({ ...JSON.parse(key.publicJwk) }))],
    ["a private key", () => Response.json(publish({ ...key.members, kid: key.kid }))],
    ["a key for encryption", () => Response.json(publish({ ...JSON.parse(key.publicJwk), kid: key.kid, use: "enc" }))],
    [
      "a key for another algorithm",
      () => Response.json(publish({ ...JSON.parse(key.publicJwk), kid: key.kid, alg: "ES384" })),
    ],
    ["a broken key", () => Response.json(publish({ ...JSON.parse(key.publicJwk), kid: key.kid, x: "AA" }))],
    ["a document that is too large", () => new Response(`{"keys":[]${" ".repeat(600_000)}}`)],
    ["a broken connection", () => Promise.reject(new Error("broken"))],
  ])("that are %s replace no good set, and without a good set the origin answers 503", async (_, failing) => {
    published = failing;
    const error = await gate
      .verify(new Request("https://o.example/a", { headers: { "x-entra-assertion": await sign() } }))
      .catch((caught) => caught);
    expect(error).toMatchObject({ reason: "keys_unavailable", status: 503 });
    await verify(await sign());
    expect(io.requests).toHaveLength(1);
    published = () => Response.json(publish(key));
    await io.advance(limits.assertionKeyRetryMilliseconds);
    expect(await verify(await sign())).toBe("user");
    published = failing;
    await io.advance(limits.assertionKeyStaleMilliseconds);
    expect(await verify(await sign())).toBe("user");
    await io.advance(limits.assertionKeyLifetimeMilliseconds);
    expect(await verify(await sign())).toBe("keys_unavailable");
  });

  it("that never come end in 503 after the time limit of a fetch", async () => {
    published = () => new Promise(() => {});
    const outcome = verify(await sign());
    await io.advance(limits.keyFetchMilliseconds);
    expect(await outcome).toBe("keys_unavailable");
  });

  it("are read without being written again: of a deeply nested key, some engines would overflow the stack", async () => {
    published = () => Response.json(publish({ kid: "deep", x: [[[]]] }, key));
    const assertion = await sign();
    const answer = await published();
    published = () => answer;
    const write = vi.spyOn(JSON, "stringify").mockImplementation(() => {
      throw new RangeError("Maximum call stack size exceeded");
    });
    try {
      expect(await verify(assertion)).toBe("user");
    } finally {
      write.mockRestore();
    }
  });

  it("are usable beside keys that are not", async () => {
    published = () => Response.json(publish({ kty: "RSA", kid: "r", n: "AQAB", e: "AQAB" }, { kty: 1 }, key));
    expect(await verify(await sign())).toBe("user");
  });
});
