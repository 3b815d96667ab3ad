import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { requireAuth as requireInDaloy } from "../../../src/adapters/daloy.ts";
import { entra, requireAuth as requireInHono } from "../../../src/adapters/hono.ts";
import { protectedResource } from "../../../src/extensions/mcp/mcp.ts";
import { App, anyOf, authorities, requireAuth } from "../../../src/index.ts";
import { createFakeIo } from "../../support/io.ts";
import { createDaloyFetch, createTwins, createTwinWorld, environmentOfTwins, urls } from "./world.ts";

const scopes = ["access_as_user"];
const employees = requireAuth({ scopes });
const customers = requireAuth({ scopes, from: ["customers"] });
const both = requireAuth({ scopes, from: ["customers", "default"] });
const answer = () => ({ status: 200 }) as const;
const pageOf = (name: keyof typeof urls) => `authorization_uri="${urls[name]}/common/oauth2/authorize"`;

describe("a challenge", () => {
  const routes = () =>
    new App()
      .get("/default", {}, answer)
      .get("/employees", { hooks: employees }, answer)
      .get("/customers", { hooks: customers }, answer)
      .get("/both", { hooks: both }, answer)
      .get("/either", { hooks: anyOf(customers, requireAuth({ anyRole: ["Orders.Read.All"] })) }, answer)
      .group("/group", { hooks: both }, (group) => void group.get("/customers", { hooks: customers }, answer))
      .register(protectedResource("/mcp"))
      .get("/mcp", { hooks: customers }, answer)
      .get("/mcp/both", { hooks: both }, answer);

  it.each([
    ["/default", "default"],
    ["/employees", "default"],
    ["/customers", "customers"],
    ["/both", "default"],
    ["/either", "default"],
    ["/group/customers", "customers"],
    ["/unlisted", "default"],
    ["/mcp", "customers"],
    ["/mcp/both", "default"],
  ] as const)("for %s has the sign-in page of %s", async (path, name) => {
    const world = createTwinWorld({ GATE_URL: "https://api.contoso.example" }, { routes: routes() });
    const wrong = await world.issue("customers", { scopes: ["other"] });
    // A caller of an authority that the route names gets its own page.
    const own = /both|either/.test(path) ? "customers" : name;
    for (const [token, page] of [
      ["a.b.c", name],
      [wrong, own],
    ] as const) {
      const challenge = (await world.ask(path, token)).headers.get("www-authenticate");
      expect([path, challenge]).toEqual([path, expect.stringContaining(pageOf(page))]);
    }
  });

  it("of a Hono app has that of all requirements of the handler", async () => {
    const app = new Hono().use(entra(environmentOfTwins() as never, { authorities: authorities("customers") }));
    app.get("/customers", requireInHono({ scopes, from: ["customers"] }), (c) => c.text("ok"));
    app.get("/employees", requireInHono({ scopes }), (c) => c.text("ok"));
    for (const name of ["customers", "employees"]) {
      const response = await app.request(`/${name}`, { headers: { authorization: "Bearer a.b.c" } });
      const page = pageOf(name === "customers" ? name : "default");
      expect([response.status, response.headers.get("www-authenticate")]).toEqual([401, expect.stringContaining(page)]);
    }
  });

  it("of a Hono app has that of earlier requirements too", async () => {
    const io = createFakeIo();
    const twins = createTwins(() => Math.floor(io.now() / 1_000));
    io.setFetch((request) => twins.customers.fetch(request));
    const options = { authorities: authorities("customers") };
    const app = new Hono().use(entra(environmentOfTwins() as never, options, io));
    const later = requireInHono({ scopes: ["other"], from: ["default", "customers"] });
    app.get(
      "/",
      requireInHono({ scopes, from: ["customers"] }),
      (c, next) => later(c, next),
      (c) => c.text("ok"),
    );
    const token = await twins.customers.issueAccessToken({ authority: urls.customers });
    const response = await app.request("/", { headers: { authorization: `Bearer ${token}` } });
    expect([response.status, response.headers.get("www-authenticate")]).toEqual([
      403,
      expect.stringContaining(pageOf("customers")),
    ]);
  });

  it("of a DaloyJS app has that of earlier hooks too", async () => {
    const bundles = [{ from: ["customers"] }, { from: ["default", "customers"] }].map((from) =>
      requireInDaloy({ scopes, ...from }),
    );
    const createFetch = createDaloyFetch(bundles, () => world.io.advance(24 * 60 * 60 * 1_000));
    const world = createTwinWorld({}, {}, createFetch);
    const response = await world.ask("/", await world.issue("customers"));
    // The token expired after the first of them, so the second one has no caller.
    expect([world.io.lines.at(-1)?.reason, response.headers.get("www-authenticate")]).toEqual([
      "expired",
      expect.stringContaining(pageOf("customers")),
    ]);
  });
});
