import { describe, expect, it } from "vitest";
import { z } from "zod";
import { origin } from "../../../src/app/build/origin.ts";
import { requireAuth } from "../../../src/app/types/auth.ts";
import type { HookContext } from "../../../src/app/types/types.ts";
import { caller, createAppWorld, json } from "../../support/app-world.ts";

const anything = z.unknown();
const createWorld = (accepts?: readonly string[], limits = {}) =>
  createAppWorld(
    (app) =>
      app.post("/a", { public: true, request: { body: anything }, ...(accepts && { accepts }) }, ({ body }) => ({
        status: 200,
        body: { body },
      })),
    { bodyLimitBytes: 100, ...limits },
  );
const send = async (
  type: string | undefined,
  body: BodyInit | null,
  accepts?: readonly string[],
  headers: Record<string, string> = {},
  limits = {},
) => {
  const init = { method: "POST", body, headers: { ...(type !== undefined && { "content-type": type }), ...headers } };
  const response = await createWorld(accepts, limits).ask("/a", init);
  return { status: response.status, ...(await response.json<Record<string, unknown>>()) };
};
const forms = ["application/x-www-form-urlencoded", "multipart/form-data"];
const part = (boundary: string) =>
  `--${boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--${boundary}--\r\n`;

describe("a body", () => {
  it.each([
    ["application/json", '{"a":[1]}', undefined, { a: [1] }],
    ["APPLICATION/JSON; charset=UTF-8", "null", undefined, null],
    ["application/merge-patch+json", "[]", ["application/merge-patch+json"], []],
    ["application/x-www-form-urlencoded", "a=1&b=2&a=3", forms, { a: ["1", "3"], b: "2" }],
    ["text/plain", "hé", ["text/plain"], "hé"],
    ["text/csv; charset=utf-8", "a,b", ["text/csv"], "a,b"],
    ['application/json; charset="utf-8"; profile=https://contoso.com/a=b;', "[]", undefined, []],
    ['multipart/form-data; boundary="a b"', part("a b"), forms, { a: "1" }],
    ["multipart/form-data; boundary==a", part("=a"), forms, { a: "1" }],
    ["multipart/form-data; boundary=b", "--b--\r\n", forms, {}],
  ])("of %s is read", async (type, text, accepts, body) => {
    expect(await send(type, text, accepts)).toEqual({ status: 200, body });
  });

  it("of several parts is read", async () => {
    const form = new FormData();
    form.append("a", "1");
    form.append("a", "2");
    expect(await send(undefined, form, forms, {}, { bodyLimitBytes: 1_000 })).toMatchObject({
      body: { a: ["1", "2"] },
    });
  });

  it("may be missing if its schema allows that", async () => {
    expect(await send(undefined, null)).toEqual({ status: 200 });
    expect(await send(undefined, "", undefined, { "content-length": "0" })).toEqual({ status: 200 });
    expect(await send("application/json", "")).toEqual({ status: 200 });
  });

  it.each([
    [undefined, undefined, {}],
    ["text/plain", undefined, {}],
    ["text/json", undefined, {}],
    ["application/json-patch", undefined, {}],
    ["application/x-www-form-urlencoded", undefined, {}],
    ["application/json", ["text/plain"], {}],
    ["application/json; charset=utf-16", undefined, {}],
    ["application/json; charset=iso-8859-1", undefined, {}],
    ["application/json", undefined, { "content-encoding": "gzip" }],
    ["application/json, text/plain", undefined, {}],
    ["application/json; charset=utf-8; charset=utf-7", undefined, {}],
    ["application/json; Charset=utf-8; charset=utf-8", undefined, {}],
    ['application/json; x=";charset=utf-8"; charset=utf-7', undefined, {}],
    ['application/json; x="\\";charset=utf-7', undefined, {}],
    ["application/json; charset*=utf-8''utf-7", undefined, {}],
    ["application/json; charset =utf-7", undefined, {}],
    ["application/json; charset", undefined, {}],
    ["multipart/form-data; boundary=a; boundary=b", forms, {}],
  ])("of %s is refused if %j is read, and the problem names its type: %j", async (type, accepts, headers) => {
    const body = new Blob(["{}"]).stream();
    expect(await send(type, body, accepts, headers)).toMatchObject({
      status: 415,
      title: "Unsupported Media Type",
      detail: `The body must be one of: ${(accepts ?? ["application/json"]).join(", ")}.`,
    });
  });

  it.each([
    ["application/json", "{"],
    ["application/json", "\ufeff{}"],
    ["application/json", new Uint8Array([0x22, 0xff, 0x22])],
    ["text/plain", new Uint8Array([0xff])],
    ["multipart/form-data", "no boundary"],
    ["multipart/form-data; boundary=b", "--c"],
    ["multipart/form-data; boundary=b", `--c\r\n${part("b")}`],
    ["multipart/form-data; boundary=b", `${part("b")}--b\r\n\r\n2\r\n--b--\r\n`],
    ["multipart/form-data; boundary=b", `${part("b")}behind`],
    ["multipart/form-data; boundary=b", part("b").replace("1\r\n", "1\n--b\r\n\r\n2\r\n")],
    ["multipart/form-data; boundary=b", part("b").replace("--b\r\n", "--b \r\n")],
    ["application/x-www-form-urlencoded", "__proto__=1"],
    ["application/x-www-form-urlencoded", "a=1&constructor=1"],
  ])("of %s that is not valid is refused: %j", async (type, body) => {
    expect(await send(type, body, ["application/json", "text/plain", ...forms])).toMatchObject({ status: 400 });
  });
});

describe("a body that is too large", () => {
  const size = (bytes: number) => JSON.stringify("x".repeat(bytes - 2));
  /** A body of unknown length. */
  function stream(text: string, onPull = () => {}, onCancel = () => {}): ReadableStream {
    const bytes = new TextEncoder().encode(text);
    let sent = 0;
    return new ReadableStream(
      {
        pull(controller) {
          onPull();
          if (sent === bytes.length) return controller.close();
          controller.enqueue(bytes.slice(sent, sent + 10));
          sent = Math.min(bytes.length, sent + 10);
        },
        cancel: onCancel,
      },
      { highWaterMark: 0 },
    );
  }

  it("has at least one byte more than the limit", async () => {
    expect((await send("application/json", size(100))).status).toBe(200);
    expect(await send("application/json", size(101))).toMatchObject({
      status: 413,
      title: "Payload Too Large",
      detail: "The body exceeds 100 bytes.",
    });
    expect((await send("application/json", stream(size(100)))).status).toBe(200);
    expect((await send("application/json", stream(size(101)))).status).toBe(413);
  });

  it("is not read if its declared length is too large, and otherwise only up to the limit", async () => {
    let pulls = 0;
    let cancelled = false;
    const read = (headers: Record<string, string>) => {
      pulls = 0;
      const body = stream(
        size(10_000),
        () => {
          pulls += 1;
        },
        () => {
          cancelled = true;
        },
      );
      return send("application/json", body, undefined, headers);
    };
    expect((await read({ "content-length": "10000" })).status).toBe(413);
    expect(pulls).toBe(0);
    expect((await read({ "content-length": "5" })).status).toBe(413);
    expect((await read({})).status).toBe(413);
    expect(pulls).toBeLessThan(15);
    expect(cancelled).toBe(true);
  });

  it("is refused if it breaks off", async () => {
    const broken = new ReadableStream({
      pull(controller) {
        controller.error(new Error("gone"));
      },
    });
    expect(await send("application/json", broken)).toMatchObject({ status: 400, detail: "The body is incomplete." });
  });
});

describe("a body without a declared schema", () => {
  it("is left to the handler, even if it is large", async () => {
    const world = createAppWorld(
      (app) =>
        app.post("/a", { public: true }, async ({ request, body }) => ({
          status: 200,
          body: [body ?? null, (await request.text()).length],
        })),
      { bodyLimitBytes: 1 },
    );
    expect(await (await world.ask("/a", { method: "POST", body: "x".repeat(1_000) })).json()).toEqual([null, 1_000]);
  });
});

describe("a forwarded body", () => {
  it("is exactly the body that was read and checked", async () => {
    const world = createAppWorld((app) =>
      app.post("/a", { middleware: [requireAuth("a")], request: { body: z.object({ a: z.number() }) } }, origin()),
    );
    const { headers } = caller("a");
    const ask = (body: string) => {
      const init = json(body);
      return world.ask("/a", { ...init, headers: { ...init.headers, ...headers } });
    };
    expect(await (await ask('{ "a": 1.0, "b": 2 }')).json()).toEqual({ forwarded: "/a", body: '{ "a": 1.0, "b": 2 }' });
    expect((await ask('{"a":"1"}')).status).toBe(422);
    for (const name of ["A", "\\u0041"]) expect((await ask(`{"a":1,"${name}":2}`)).status).toBe(400);
  });

  it("is sent whole, even if hooks read it", async () => {
    const hooks = { beforeHandle: async ({ request }: HookContext) => void (await request.text()) };
    const world = createAppWorld((app) =>
      app.post("/a", { hooks: [requireAuth("a"), hooks], request: { body: z.string() } }, origin()),
    );
    const { headers } = caller("a");
    const stream = new Blob(['"', "a".repeat(300 * 1024), '"']).stream();
    const init = { method: "POST", headers: { ...headers, "content-type": "application/json" }, body: stream };
    const { body } = await (await world.ask("/a", init)).json<{ body: string }>();
    expect(body.length).toBe(300 * 1024 + 2);
  });
});
