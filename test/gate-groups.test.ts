import { describe, expect, it } from "vitest";
import { App } from "../src/app/app.ts";
import { origin } from "../src/app/build/origin.ts";
import { requireAuth } from "../src/app/types/auth.ts";
import { bearer, createGateWorld } from "./support/gate-world.ts";

const preBody = () => undefined;

describe("a gate whose routes have hooks", () => {
  const routes = new App().use({ preBody }).group("/orders", { hooks: requireAuth("orders.read") }, (orders) => {
    orders.get("/:id", {}, origin());
    orders.delete("/:id", { middleware: [requireAuth("orders.write")] }, origin());
  });
  const ask = async (scopes: readonly string[], method: string, path = "/orders/7", options = {}) => {
    const world = createGateWorld({ routes, ...options });
    const response = await world.ask(path, { method, token: await bearer({ scopes }) });
    return [response.status, world.forwarded.length, world.refusals().map(({ reason }) => reason)];
  };

  it("applies the requirements of the group and of the route", async () => {
    expect(await ask(["orders.read"], "GET")).toEqual([200, 1, []]);
    expect(await ask(["orders.write"], "GET")).toEqual([403, 0, ["scope_missing"]]);
    expect(await ask(["orders.read", "orders.write"], "DELETE")).toEqual([200, 1, []]);
    expect(await ask(["orders.read"], "DELETE")).toEqual([403, 0, ["scope_missing"]]);
    expect(await ask(["orders.write"], "DELETE")).toEqual([403, 0, ["scope_missing"]]);
  });

  it("authenticates a caller once for several requirements", async () => {
    let asked = 0;
    const revokedAtSeconds = () => {
      asked += 1;
      return undefined;
    };
    await ask(["orders.read", "orders.write"], "DELETE", "/orders/7", { revokedAtSeconds });
    expect(asked).toBe(1);
  });

  it("applies the default requirement and the app's hooks to unlisted requests, but not to look-alikes", async () => {
    expect(await ask(["access_as_user"], "GET", "/else")).toEqual([200, 1, []]);
    expect(await ask(["orders.read"], "GET", "/else")).toEqual([403, 0, ["scope_missing"]]);
    expect(await ask(["access_as_user"], "GET", "/Orders/7")).toEqual([404, 0, ["route_unlisted"]]);
    expect(await ask(["access_as_user"], "GET", "/else", { unlisted: "reject" })).toEqual([404, 0, ["route_unlisted"]]);
    const world = createGateWorld({ routes: new App().use({ preBody: () => new Response(null, { status: 418 }) }) });
    expect([(await world.ask("/else")).status, (await world.ask("/Else")).status]).toEqual([418, 418]);
  });

  it("applies only the app's requirement to unlisted requests", async () => {
    const guarded = new App().use(requireAuth("orders.read"));
    expect(await ask(["orders.read"], "GET", "/else", { routes: guarded })).toEqual([200, 1, []]);
    expect(await ask(["access_as_user"], "GET", "/else", { routes: guarded })).toEqual([403, 0, ["scope_missing"]]);
    expect(await ask(["orders.read"], "GET", "/else", { routes: guarded, unlisted: "reject" })).toEqual([
      404,
      0,
      ["route_unlisted"],
    ]);
  });
});

describe("a gate for which a further group is named", () => {
  it("sends it to the origin, also for a known token", async () => {
    const [group, later] = ["96000000-0000-4000-8044-0000000000c3", "96000000-0000-4000-8044-0000000000d4"];
    const world = createGateWorld({}, { ENTRA_REQUIRED_GROUP: group });
    const token = await bearer({ claims: { groups: [group, later] } });
    const ask = async () => {
      await world.ask("/orders", { token });
      return world.forwarded.at(-1)?.headers.get("x-entra-groups");
    };
    expect([await ask(), await ask()]).toEqual([group, group]);
    requireAuth({ scopes: ["orders.read"], groups: [later] });
    expect([await ask(), await ask()]).toEqual([`${group} ${later}`, `${group} ${later}`]);
  });
});
