// Runtimes: workerd, deno
import { afterAll, expect, it } from "vitest";
import { startFleetOf } from "../../support/fleet.ts";
import type { HttpRequest } from "../../support/http.ts";
import { present } from "../../support/rows.ts";

// Every decision is logged, with unhashed users, so that logging is synchronous.
const vars = { GATE_LOG_ALLOWED: "1", GATE_LOG_SUBJECT: "plain" };
const entry = (name: string) => ({ entry: `test/gates/decisions/${name}.ts`, vars });
const fleet = await startFleetOf({
  gate: entry("gate"),
  app: entry("app"),
  hono: { ...entry("hono"), adapter: true },
  daloy: { ...entry("daloy"), adapter: true },
});
afterAll(() => fleet.stop());

type Name = "gate" | "app" | "hono" | "daloy";

const lines = () =>
  fleet.lines.filter(({ event }) => event === "allowed" || event === "refused" || event === "reported");

/** Returns the decisions that a request adds to the log. */
async function decide(name: Name, request: HttpRequest): Promise<Record<string, unknown>[]> {
  const before = lines().length;
  await fleet.send(name, request);
  // A worker's log arrives after its response, in the order of its lines. So no line of the request can be after this
  // one.
  const { body } = await fleet.send(name, { path: "/end" });
  const end = await fleet.lineOf(JSON.parse(body).instance);
  return lines()
    .slice(before)
    .filter((line) => line !== end);
}

it.each(["gate", "app", "hono", "daloy"] as const)(
  "a request to %s has one line, with the same members at every entry point",
  async (name) => {
    const path = "/me";
    const common = {
      level: "info",
      time: expect.any(String),
      id: expect.any(String),
      method: "GET",
      route: `GET ${path}`,
    };
    const known = {
      tenant: expect.any(String),
      client: expect.any(String),
      subject: expect.any(String),
      issued: expect.stringMatching(/^\d{4}-.*Z$/),
      expires: expect.stringMatching(/^\d{4}-.*Z$/),
      keys: expect.stringMatching(/^(?:hit|waited)$/),
    };
    expect(await decide(name, await present(fleet, name, {}, path))).toEqual([
      { event: "allowed", ...common, ...known },
    ]);
    expect(await decide(name, { path })).toEqual([
      { event: "refused", ...common, status: 401, reason: "credential_missing" },
    ]);
    const scopeless = await present(fleet, name, { claims: { scp: "other" } }, path);
    expect(await decide(name, scopeless)).toEqual([
      {
        event: "refused",
        ...common,
        ...known,
        status: 403,
        reason: "scope_missing",
        scopes: ["access_as_user"],
      },
    ]);
  },
);

it.each(["gate", "app"] as const)("a public request to %s has one line", async (name) => {
  expect(await decide(name, { path: "/public" })).toMatchObject([{ event: "allowed", route: "GET /public" }]);
});

it.each([
  ["GET", "/nowhere", "unlisted", "not_found_error", 404],
  ["GET", "/PUBLIC", "near-miss", "not_found_error", 404],
  ["POST", "/public", "unlisted", "method_not_allowed_error", 405],
] as const)("an App without a route for %s %s logs one refusal and no allowed request", async (...row) => {
  const [method, path, route, reason, status] = row;
  expect(await decide("app", { method, path })).toMatchObject([{ event: "refused", method, route, reason, status }]);
});
