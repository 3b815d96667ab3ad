import { describe, expect, it } from "vitest";
import { declareOwnCode, isForOneCaller, OutgoingResponse } from "../../../src/base/http/outgoing-response.ts";

const shared = { "cache-control": "public", "cdn-cache-control": "max-age=60", "x-a": "b" };
const respond = (headers: HeadersInit = shared) => new Response("text", { status: 203, headers });
const oneCaller = [true, true, false] as const;
const anyCaller = [false, false, true] as const;
const isPrivate = ({ headers }: Response) =>
  !headers.has("cdn-cache-control") && headers.get("cache-control") === "private";

describe("the response for one caller", () => {
  it.each([
    ["the app", OutgoingResponse.ofApp],
    ["the gate", OutgoingResponse.ofGate],
  ])("of %s is private, and is otherwise the same", async (_, create) => {
    const response = create(respond()).finish("GET", ...oneCaller);
    expect(Object.fromEntries(response.headers)).toMatchObject({ "cache-control": "private", "x-a": "b" });
    expect(response.headers.has("cdn-cache-control")).toBe(false);
    expect([response.status, await response.text()]).toEqual([203, "text"]);
  });

  it("is not copied if only the gate holds it, and not changed if it is private from the start", () => {
    const own = respond();
    expect(OutgoingResponse.ofGate(own).finish("GET", ...oneCaller)).toBe(own);
    const finished = respond();
    expect(OutgoingResponse.privateOfGate(finished).finish("GET", ...oneCaller)).toBe(finished);
    expect(finished.headers.get("cache-control")).toBe("public");
  });

  it("is copied if code of the app has created it", () => {
    const response = respond();
    expect(OutgoingResponse.ofApp(response).finish("GET", ...oneCaller)).not.toBe(response);
    expect(response.headers.get("cache-control")).toBe("public");
  });

  it.each([OutgoingResponse.ofGate, OutgoingResponse.privateOfGate])(
    "is copied and made private if code of the app has seen it",
    async (create) => {
      for (const pass of [
        (outgoing: OutgoingResponse) => outgoing.show(() => outgoing),
        (outgoing: OutgoingResponse) => outgoing.change({}, () => undefined),
      ]) {
        const response = respond();
        const sent = (await pass(create(response))).finish("GET", ...oneCaller);
        expect(sent).not.toBe(response);
        expect(isPrivate(sent)).toBe(true);
      }
    },
  );

  it("is private if headers are added, and has its own headers first", () => {
    const outgoing = OutgoingResponse.privateOfGate(
      new Response("text", { headers: { vary: "Accept", "x-a": "own" } }),
    );
    outgoing.add(new Headers({ ...shared, vary: "Origin", "set-cookie": "a=b" }));
    const sent = outgoing.finish("GET", ...oneCaller);
    expect(isPrivate(sent)).toBe(true);
    expect([sent.headers.get("x-a"), sent.headers.get("vary"), sent.headers.get("set-cookie")]).toEqual([
      "own",
      "Accept, Origin, Authorization",
      "a=b",
    ]);
  });

  it("has its own values of a list and those that are added", () => {
    const own = { "set-cookie": "a=b", "server-timing": "gate" };
    const outgoing = OutgoingResponse.ofGate(respond(own));
    outgoing.add(new Headers({ "set-cookie": "c=d", "server-timing": "app" }));
    const { headers } = outgoing.finish("GET", ...oneCaller);
    expect([headers.getSetCookie(), headers.get("server-timing")]).toEqual([["a=b", "c=d"], "gate, app"]);
  });

  it("cannot be changed by code that saw it before headers were added", () => {
    const response = respond();
    const outgoing = OutgoingResponse.ofGate(response);
    outgoing.show(() => {});
    outgoing.add(new Headers({ "x-b": "c" }));
    expect(outgoing.finish("GET", ...oneCaller)).not.toBe(response);
  });

  it("is refused if its body has a reader", () => {
    const response = respond();
    response.body?.getReader();
    expect(() => OutgoingResponse.ofApp(response).finish("GET", ...oneCaller)).toThrow(TypeError);
  });
});

describe("a hook or a policy of the app", () => {
  it("gets headers that it can change, and may return another response", async () => {
    const redirect = OutgoingResponse.ofApp(Response.redirect("https://api.contoso.example/"));
    const changed = await redirect.change({}, ({ headers }) => headers.set("x-a", "b"));
    expect(changed.finish("GET", ...anyCaller).headers.get("x-a")).toBe("b");
    const other = respond();
    const replaced = await changed.change({}, async () => other);
    expect(replaced.finish("GET", ...anyCaller)).toBe(other);
    expect(replaced.finish("GET", ...oneCaller)).not.toBe(other);
  });

  it("can change the headers of a response that code of the app created, and has seen", async () => {
    const redirect = OutgoingResponse.ofApp(Response.redirect("https://api.contoso.example/"));
    redirect.show(() => {});
    const changed = await redirect.change({}, ({ headers }) => headers.set("x-a", "b"));
    expect(changed.finish("GET", ...anyCaller).headers.get("x-a")).toBe("b");
  });

  it("may return the response that it got, which the next one gets", async () => {
    const response = respond();
    const outgoing = OutgoingResponse.ofGate(response);
    const changed = await outgoing.change({}, (same) => same);
    expect((await changed.change({}, (same) => void expect(same).toBe(response))).finish("GET", ...anyCaller)).toBe(
      response,
    );
  });

  it.each([null, "text", {}, 200])("must not return %j", (returned) => {
    expect(() => OutgoingResponse.ofGate(respond()).change({}, () => returned)).toThrow(
      new TypeError("it must return a Response or nothing"),
    );
  });
});

describe("code of the gate", () => {
  const code = declareOwnCode(() => {});

  it("gets a response that nobody else holds, and keeps it private", async () => {
    const response = respond();
    const outgoing = OutgoingResponse.privateOfGate(response);
    expect((await outgoing.change(code, () => undefined)).finish("GET", ...oneCaller)).toBe(response);
    outgoing.show(() => {});
    const sent = (await outgoing.edit(({ headers }) => void headers.set("x-a", "c"))).finish("GET", ...oneCaller);
    expect([isPrivate(sent), sent.headers.get("x-a"), response.headers.get("x-a")]).toEqual([true, "c", "b"]);
  });

  it("may return another response, or a refusal", async () => {
    const other = respond();
    const refusal = OutgoingResponse.privateOfGate(respond());
    expect((await OutgoingResponse.ofGate(respond()).edit(async () => other)).finish("GET", ...oneCaller)).toBe(other);
    expect(await OutgoingResponse.ofApp(respond()).edit(() => refusal)).toBe(refusal);
  });
});

describe("a response for any caller", () => {
  it("is not changed", () => {
    const response = respond();
    expect(OutgoingResponse.ofApp(response).finish("GET", ...anyCaller)).toBe(response);
    expect(response.headers.get("cache-control")).toBe("public");
  });

  it("stays the same for HEAD if it has no body", () => {
    const response = new Response(null, { status: 204 });
    expect(OutgoingResponse.ofApp(response).finish("HEAD", ...anyCaller)).toBe(response);
  });

  it("loses its body for HEAD, which is cancelled", () => {
    let cancelled = false;
    const body = new ReadableStream({
      cancel() {
        cancelled = true;
      },
    });
    const response = OutgoingResponse.ofApp(new Response(body, { headers: { "x-a": "b" } })).finish(
      "HEAD",
      ...oneCaller,
    );
    expect([response.body, response.headers.get("x-a"), response.headers.get("cache-control")]).toEqual([
      null,
      "b",
      "no-store",
    ]);
    expect(cancelled).toBe(true);
  });
});

describe("a response is for one caller", () => {
  const saying = (cacheControl?: string) =>
    new Headers(cacheControl === undefined ? {} : { "cache-control": cacheControl });

  it("if the guard has judged the caller, whatever the response says", () => {
    for (const hasCredential of [true, false]) expect(isForOneCaller(true, hasCredential, saying("public"))).toBe(true);
  });

  it("if the request has a credential, except that of a public route", () => {
    expect(isForOneCaller(false, true)).toBe(true);
    expect(isForOneCaller(false, true, saying("public"))).toBe(false);
    for (const isPublic of [true, false]) {
      const { headers } = OutgoingResponse.ofApp(respond()).finish("GET", false, true, isPublic);
      expect([isPublic, headers.get("cache-control")]).toEqual([isPublic, isPublic ? "public" : "private"]);
    }
  });

  it("or stays as it was when this was decided", () => {
    const response = respond();
    const sent = OutgoingResponse.ofApp(response).finish("GET", false, true, true);
    response.headers.set("cache-control", "s-maxage=60");
    expect(sent.headers.get("cache-control")).toBe("public");
  });

  it("never without a credential if the guard has judged nobody", () => {
    for (const headers of [undefined, saying("s-maxage=60")]) expect(isForOneCaller(false, false, headers)).toBe(false);
  });

  it.each(["public", "PUBLIC", "max-age=60, public", "public ,max-age=60", " public ", ',public, no-cache="a"'])(
    "unless a public route says %j",
    (value) => {
      expect(isForOneCaller(false, true, saying(value))).toBe(false);
    },
  );

  it.each([
    undefined,
    "",
    "s-maxage=60",
    "max-age=60, must-revalidate",
    "public=1",
    "publicly",
    "not-public",
    "max-age=60; public",
    'private="x, public, y"',
    'x="unbalanced, public',
    'no-cache="a", public',
    'public"',
  ])("if a public route says %j", (value) => {
    expect(isForOneCaller(false, true, saying(value))).toBe(true);
  });
});

it("the response of a WebSocket passes every step with its own headers", async () => {
  const response = Object.defineProperty(new Response(null, { headers: shared }), "status", { value: 101 });
  for (const create of [OutgoingResponse.ofApp, OutgoingResponse.ofGate]) {
    const outgoing = create(response);
    outgoing.add(new Headers({ "x-b": "c" }));
    await outgoing.edit(() => undefined);
    await outgoing.change({}, () => undefined);
    expect(outgoing.finish("GET", ...oneCaller)).toBe(response);
    expect(Object.fromEntries(response.headers)).toEqual(shared);
  }
});
