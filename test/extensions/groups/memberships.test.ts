import { describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import {
  listSecurityGroups,
  listTransitiveGroups,
  type ReadMemberships,
} from "../../../src/extensions/groups/memberships.ts";

const graph = "https://graph.microsoft.com";
const user = "0b1ec700-0000-4000-8000-0000000000a1";
const list = `${graph}/v1.0/me/transitiveMemberOf`;
const group = (index: number) => `96000000-0000-4000-8144-${String(index).padStart(12, "0")}`;
const entry = (index: number, type = "group") => ({ "@odata.type": `#microsoft.graph.${type}`, id: group(index) });

async function ask(read: ReadMemberships, answer: (request: Request, count: number) => Response | Promise<Response>) {
  const requests: Request[] = [];
  const found = await read(
    {
      fetch: async (input, init) => {
        const request = new Request(input, init);
        requests.push(request);
        return answer(request, requests.length);
      },
    },
    {
      graph,
      accessToken: "token",
      user,
      signal: new AbortController().signal,
    },
  );
  return { found: found.ok ? [...found.value] : found.error, requests };
}

const fault = (status: number, code: string, headers = {}) =>
  Response.json({ error: { code, message: "m" } }, { status, headers });
const unavailable = (cause: unknown) => ({ kind: "unavailable", cause });

describe("transitive memberships", () => {
  it("are the groups of all pages, and no roles or units", async () => {
    const { found, requests } = await ask(listTransitiveGroups, (_, count) =>
      count === 1
        ? Response.json({
            value: [entry(1, "directoryRole"), entry(2), entry(3)],
            "@odata.nextLink": `${list}?$skiptoken=x`,
          })
        : Response.json({ value: [entry(2), { "@odata.type": "#microsoft.graph.administrativeUnit" }] }),
    );
    expect(found).toEqual([group(2), group(3)]);
    expect(requests.map(({ url, method, redirect }) => [method, url, redirect])).toEqual([
      ["GET", `${list}?$select=id&$top=999`, "manual"],
      ["GET", `${list}?$skiptoken=x`, "manual"],
    ]);
    expect(requests.map(({ headers }) => headers.get("authorization"))).toEqual(["Bearer token", "Bearer token"]);
    expect(requests.map(({ headers }) => [headers.get("accept"), headers.get("content-type")])).toEqual([
      ["application/json", null],
      ["application/json", null],
    ]);
  });

  it.each([
    `${graph}/v1.0/users/${user}/transitiveMemberOf?$skiptoken=x`,
    `${graph}/v1.0/users('${user}')/transitiveMemberOf`,
  ])("may go on at %s", async (next) => {
    const { found, requests } = await ask(listTransitiveGroups, (_, count) =>
      Response.json({ value: [entry(count)], ...(count === 1 && { "@odata.nextLink": next }) }),
    );
    expect(found).toEqual([group(1), group(2)]);
    expect(requests).toHaveLength(2);
  });

  it.each([
    "https://graph.microsoft.com.evil.example/v1.0/me/transitiveMemberOf",
    "https://evil.example/v1.0/me/transitiveMemberOf",
    "http://graph.microsoft.com/v1.0/me/transitiveMemberOf",
    "https://graph.microsoft.com:8443/v1.0/me/transitiveMemberOf",
    "https://user@graph.microsoft.com/v1.0/me/transitiveMemberOf",
    "https://graph.microsoft.com@evil.example/v1.0/me/transitiveMemberOf",
    "https://graph.microsoft.com/v1.0/users/0b1ec700-0000-4000-8000-0000000000b2/transitiveMemberOf",
    "https://graph.microsoft.com/v1.0/me/transitiveMemberOf/../messages",
    "https://graph.microsoft.com/beta/me/transitiveMemberOf",
    "/v1.0/me/transitiveMemberOf",
    "blob:https://graph.microsoft.com/v1.0/me/transitiveMemberOf",
    "",
    null,
    1,
    { href: list },
    [list],
  ])("never send the token to %j", { tags: "graph-token" }, async (next) => {
    const { found, requests } = await ask(listTransitiveGroups, () =>
      Response.json({ value: [entry(1)], "@odata.nextLink": next }),
    );
    expect(found).toEqual(unavailable("answer with a nextLink elsewhere"));
    expect(requests).toHaveLength(1);
  });

  it("end after 12 pages", async () => {
    const { found, requests } = await ask(listTransitiveGroups, (_, count) =>
      Response.json({ value: [], "@odata.nextLink": `${list}?$skiptoken=${count}` }),
    );
    expect(found).toEqual({ kind: "too_many_pages" });
    expect(requests).toHaveLength(12);
  });

  it.each([{}, { value: {} }, { value: null }, { value: "x" }, []])("need a list: %j has none", async (document) => {
    expect((await ask(listTransitiveGroups, () => Response.json(document))).found).toEqual(
      unavailable("answer with no list"),
    );
  });

  it.each([
    null,
    1,
    "x",
    {},
    [entry(1)],
    { id: group(1) },
    { "@odata.type": ["#microsoft.graph.group"], id: group(1) },
  ])("need types of all entries: %j has none", async (untyped) => {
    const { found } = await ask(listTransitiveGroups, () => Response.json({ value: [entry(1), untyped] }));
    expect(found).toEqual(unavailable("answer with an entry without a type"));
  });

  it.each([1, null, {}, ["x"], undefined, "Owners", group(1).toUpperCase().replace("96", "A6")])(
    "need object IDs: %j is none",
    async (id) => {
      const value = [{ ...entry(1), id }];
      const { found } = await ask(listTransitiveGroups, () => Response.json({ value }));
      expect(found).toEqual(unavailable("answer with a group without an object ID"));
    },
  );

  it.each([
    ["more than the limit", "x".repeat(limits.groupPageBytes + 1), "answer exceeds the size limit"],
    ["no JSON", "<html>", expect.any(String)],
    ["a text that is nested too deep", "[".repeat(100_000), expect.any(String)],
    ["null", "null", "answer with no object"],
  ])("fail with %s", async (_, body, cause) => {
    expect((await ask(listTransitiveGroups, () => new Response(body))).found).toEqual(unavailable(cause));
  });
});

describe("security groups", () => {
  it("are the IDs of one answer", async () => {
    const { found, requests } = await ask(listSecurityGroups, () =>
      Response.json({ value: [group(3), group(2), group(2)] }),
    );
    expect(found).toEqual([group(3), group(2)]);
    expect(requests.map(({ method, url }) => [method, url])).toEqual([["POST", `${graph}/v1.0/me/getMemberGroups`]]);
    expect(requests[0]?.headers.get("content-type")).toBe("application/json");
    expect(await requests[0]?.json()).toEqual({ securityEnabledOnly: true });
  });

  it.each([
    [{ value: [group(1)], "@odata.nextLink": list }, "no list, or one with pages"],
    [{ value: group(1) }, "no list, or one with pages"],
    [{}, "no list, or one with pages"],
    [{ value: [group(1), 1] }, "a group without an object ID"],
    [{ value: [entry(1)] }, "a group without an object ID"],
  ])("are not %j, an answer with %s", async (document, what) => {
    const { found } = await ask(listSecurityGroups, () => Response.json(document));
    expect(found).toEqual(unavailable(`answer with ${what}`));
  });
});

describe.each([
  ["transitive memberships", listTransitiveGroups],
  ["security groups", listSecurityGroups],
] as const)("a refusal of %s", (_, read) => {
  const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}';
  const challenge = { "www-authenticate": `Bearer realm="", error="insufficient_claims", claims="${btoa(claims)}"` };

  it.each([
    [fault(403, "Authorization_RequestDenied"), { kind: "denied", cause: "status 403 Authorization_RequestDenied" }],
    [fault(400, "Directory_ResultSizeLimitExceeded"), { kind: "too_many_groups" }],
    [
      fault(403, "Directory_ResultSizeLimitExceeded"),
      { kind: "denied", cause: "status 403 Directory_ResultSizeLimitExceeded" },
    ],
    [Response.json({ error: { code: ["x"] } }, { status: 500 }), { kind: "unavailable", cause: "status 500" }],
    [fault(429, "TooManyRequests", { "retry-after": "17" }), { kind: "throttled", retryAfterMs: 17_000 }],
    [fault(429, "TooManyRequests"), { kind: "throttled" }],
    [
      fault(429, "TooManyRequests", { "retry-after": "0" }),
      { kind: "throttled", retryAfterMs: limits.graphFailureMilliseconds },
    ],
    [
      fault(503, "ServiceUnavailable", { "retry-after": "1" }),
      { kind: "unavailable", cause: "status 503 ServiceUnavailable", retryAfterMs: limits.graphFailureMilliseconds },
    ],
    [
      fault(503, "ServiceUnavailable", { "retry-after": "7" }),
      { kind: "unavailable", cause: "status 503 ServiceUnavailable", retryAfterMs: 7_000 },
    ],
    [fault(403, "Forbidden"), { kind: "denied", cause: "status 403 Forbidden" }],
    [fault(404, "Request_ResourceNotFound"), { kind: "denied", cause: "status 404 Request_ResourceNotFound" }],
    [fault(400, "BadRequest"), { kind: "denied", cause: "status 400 BadRequest" }],
    [fault(401, "InvalidAuthenticationToken"), { kind: "unavailable", cause: "status 401 InvalidAuthenticationToken" }],
    [fault(401, "InvalidAuthenticationToken", challenge), { kind: "challenged", claims }],
    [fault(500, "a text with a user@contoso.example"), { kind: "unavailable", cause: "status 500" }],
    [
      new Response(null, { status: 302, headers: { location: "https://evil.example" } }),
      { kind: "unavailable", cause: "status 302" },
    ],
    [new Response("x", { status: 500 }), { kind: "unavailable", cause: "status 500" }],
  ])("has a kind: %#", async (response, error) => {
    expect((await ask(read, () => response.clone())).found).toEqual(error);
  });

  it("can have status 200, beside a list", async () => {
    for (const document of [
      { error: { code: "x" }, value: [] },
      { error: null, value: [] },
    ]) {
      expect((await ask(read, () => Response.json(document))).found).toEqual(unavailable("answer with an error"));
    }
  });

  it("is unavailable if the network fails", async () => {
    const { found } = await ask(read, () => Promise.reject(new TypeError("reset")));
    expect(found).toMatchObject({ kind: "unavailable" });
  });
});
