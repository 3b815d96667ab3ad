import { describe, expect, it } from "vitest";
import { App, origin, requireAuth } from "../../../src/index.ts";
import { bearer, createGateWorld } from "../../support/gate-world.ts";

const hooks = requireAuth("access_as_user");
const routes = new App()
  .get("/public", { public: true }, origin())
  .get("/expiring", { hooks }, origin({ closeWebSocketAtExpiry: true }));
const world = createGateWorld({ routes });

describe("the gate's own cookies", () => {
  it.each([
    ["a=1; entra-gate-sign-in-abc=1; b=2", "a=1; b=2"],
    ["entra-gate-sign-in-abc=1; b=2", "b=2"],
    ["a=1;entra-gate-consent-abc=1", "a=1"],
    ["a=1; __Host-entra-gate-consent-x=2; __Host-entra-gate-sign-in-y=3", "a=1"],
    ["a=1; b=2, __Host-entra-gate-consent-x=2", "a=1"],
    ["a=x-entra-gate-y; b=2", "a=x-entra-gate-y; b=2"],
    ["a=1;b=2,3", "a=1;b=2,3"],
  ])("do not reach an origin: %s", { tags: "own-cookies" }, async (cookie, sent) => {
    await world.ask("/public", { headers: { cookie } });
    expect(world.forwarded.at(-1)?.headers.get("cookie")).toBe(sent);
  });

  it("do not come from an origin", { tags: "own-cookies" }, async () => {
    const others = ["a=1; Path=/", "x-entra-gate-b=2", "__Host-c=3; Secure; Path=/"];
    const own = [
      ...["entra-gate-sign-in-x=1", "__Host-entra-gate-consent-y=2; Secure; Path=/; HttpOnly"],
      ...["=entra-gate-sign-in-x=1", " = __Host-entra-gate-consent-y=2"],
    ];
    world.answerWith(() => {
      const response = new Response("hello");
      for (const cookie of [others[0], ...own, others[1], others[2]]) {
        response.headers.append("set-cookie", cookie as string);
      }
      return response;
    });
    expect((await world.ask("/public")).headers.getSetCookie()).toEqual(others);
  });

  it.each(["/public", "/expiring"])(
    "do not come from an origin that opens a WebSocket at %s",
    { tags: "own-cookies" },
    async (path) => {
      world.answerWith(() => {
        const { 0: webSocket, 1: end } = new WebSocketPair();
        end.accept();
        end.send("hello");
        const headers = new Headers({ "x-of-origin": "1", "sec-websocket-protocol": "orders" });
        for (const cookie of ["a=1", "__Host-entra-gate-sign-in-x=1; Secure; Path=/"])
          headers.append("set-cookie", cookie);
        return new Response(null, { status: 101, webSocket, headers });
      });
      const { status, headers, webSocket } = await world.ask(path, {
        token: await bearer(),
        headers: { upgrade: "websocket" },
      });
      expect([status, headers.getSetCookie()]).toEqual([101, ["a=1"]]);
      expect([headers.get("x-of-origin"), headers.get("sec-websocket-protocol")]).toEqual(["1", "orders"]);
      const heard = new Promise((resolve) => webSocket?.addEventListener("message", ({ data }) => resolve(data)));
      webSocket?.accept();
      expect(await heard).toBe("hello");
    },
  );
});
