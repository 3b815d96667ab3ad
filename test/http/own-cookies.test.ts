import { describe, expect, it } from "vitest";
import { App, origin } from "../../src/index.ts";
import { createGateWorld } from "../support/gate-world.ts";

const world = createGateWorld({ routes: new App().get("/public", { public: true }, origin()) });

describe("the gate's own cookies", () => {
  it.each([
    ["a=1; entra-gate-sign-in-abc=1; b=2", "a=1; b=2"],
    ["entra-gate-sign-in-abc=1; b=2", "b=2"],
    ["a=1;entra-gate-consent-abc=1", "a=1"],
    ["a=1; __Host-entra-gate-consent-x=2; __Host-entra-gate-sign-in-y=3", "a=1"],
    ["a=1; b=2, __Host-entra-gate-consent-x=2", "a=1"],
    ["a=x-entra-gate-y; b=2", "a=x-entra-gate-y; b=2"],
    ["a=1;b=2,3", "a=1;b=2,3"],
  ])("do not reach an origin: %s", async (cookie, sent) => {
    await world.ask("/public", { headers: { cookie } });
    expect(world.forwarded.at(-1)?.headers.get("cookie")).toBe(sent);
  });

  it("do not come from an origin", async () => {
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
});
