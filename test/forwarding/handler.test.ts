import { describe, expect, it, vi } from "vitest";
import { App, origin, requireAuth } from "../../src/index.ts";

const options = { middleware: [requireAuth("orders.read")] } as const;

describe("origin", () => {
  it.each([
    [{}, "origin: options are empty. Write origin()"],
    [{ closeWebsocketAtExpiry: true }, 'origin: unknown option "closeWebsocketAtExpiry". Use one of to, as, scopes'],
    [{ closeWebSocketAtExpiry: false }, "origin: closeWebSocketAtExpiry must be true or absent"],
    [{ closeWebSocketAtExpiry: undefined }, "origin: closeWebSocketAtExpiry is undefined. Set a value or remove it"],
    [{ closeWebSocketAtExpiry: "true" }, "origin: closeWebSocketAtExpiry must be true or absent"],
    [{ closeWebSocketAtExpiry: true, scopes: ["api://a/b"] }, 'origin: as must be "on-behalf-of"'],
    [{ as: "on-behalf-of", scopes: ["b"] }, "origin: scopes must be a non-empty list of full names"],
    [
      "https://origin.contoso.com",
      "origin: options must be an object. The address of the origin server is the variable",
    ],
    [null, "origin: options must be an object"],
  ])("refuses the options %j", (faulty, message) => {
    expect(() => origin(faulty as never)).toThrow(message);
  });

  it.each([
    ...[
      "Billing",
      "",
      "bill-ing",
      "1st",
      "url",
      "a_url",
      "authorization",
      "x_scope",
      "cookies",
      "x_cookies",
      "audience",
      "plaintext",
    ],
    ...["assertion", 1],
  ])("refuses the name %j, and so does a group without a route", (name) => {
    const problem = 'must look like "billing", without a reserved end';
    expect(() => new App().group("/a", { origin: name as never }, () => {})).toThrow(`origin ${problem}`);
    expect(() => origin({ to: name as never })).toThrow(`origin: to ${problem}`);
  });

  it("refuses a name that is undefined, and so does a group", () => {
    const problem = "is undefined. Set a value or remove it";
    expect(() => new App().group("/a", { origin: undefined as never }, () => {})).toThrow(`origin ${problem}`);
    expect(() => origin({ to: undefined as never })).toThrow(`origin: to ${problem}`);
  });

  it("accepts an on-behalf-of token for the origin and the end of WebSockets together", () => {
    expect(origin({ as: "on-behalf-of", scopes: ["api://a/b"], closeWebSocketAtExpiry: true })).toEqual({
      forward: true,
      onBehalfOf: ["api://a/b"],
      closeWebSocketAtExpiry: true,
    });
  });
});

it("says that it must be called, if a route has the function itself", async () => {
  const app = new App().get("/a", { public: true }, origin as never);
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  expect((await app.request("/a")).status).toBe(500);
  const lines = log.mock.calls.map(([line]) => JSON.parse(line));
  log.mockRestore();
  expect(lines).toMatchObject([
    { cause: "TypeError: origin: must be called when the route is declared: handler: origin()" },
  ]);
});

describe("a route that closes WebSockets at expiry", () => {
  const handler = origin({ closeWebSocketAtExpiry: true });

  it("requires a token, and a method that opens WebSockets", () => {
    expect(() => new App().get("/ws", { public: true }, handler)).toThrow(
      "route GET /ws: closeWebSocketAtExpiry is not possible with public: true",
    );
    expect(() => new App().post("/ws", options, handler)).toThrow(
      "route POST /ws: closeWebSocketAtExpiry requires method GET",
    );
  });

  it.each([{ forward: true }, { ...handler }, Object.create(handler)])(
    "must use origin(), not a plain object: %j",
    (forged) => {
      expect(() => new App().get("/ws", options, forged as never)).toThrow("handler must be a function or origin()");
    },
  );
});
