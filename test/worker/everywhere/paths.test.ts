// Runtimes: workerd, deno
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startGateStack } from "../../support/gate-runtime.ts";
import { sendRequest } from "../../support/http.ts";
import type { Stack } from "../../support/stack.ts";

let stack: Stack;
let token: string;

beforeAll(async () => {
  stack = await startGateStack({ gateEntry: "test/gates/paths.ts" });
  token = await (await fetch(`${stack.entraUrl}/local/token?persona=member`)).text();
});

afterAll(() => stack.stop());

beforeEach(async () => {
  await fetch(`${stack.originUrl}/local/requests`, { method: "DELETE" });
});

interface Seen {
  readonly count: number;
  readonly last: { readonly path: string } | null;
}

const seen = async () => (await (await fetch(`${stack.originUrl}/local/requests`)).json()) as Seen;

/** Sends a request target unchanged. The runtime passes it unresolved. */
async function ask(path: string, method = "GET", credential = token): Promise<number> {
  const headers = credential === "" ? [] : ([["Authorization", `Bearer ${credential}`]] as const);
  return (await sendRequest(stack.gateUrl, { method, path, headers })).status;
}

/** Paths that some origin reads as /admin. */
const disguises = [
  "/open/../admin",
  "/open/x/../../admin",
  "/open/./../admin",
  "/open/%2e%2e/admin",
  "/open/.%2e/admin",
  "/open/%2E./admin",
  "/open/..%2fadmin",
  "/open/..%5cadmin",
  "/open/..;/admin",
  "/open\\..\\admin",
  "/open/..\\admin",
  "/items/../admin",
  "/items/%2e%2e/admin",
  "/./admin",
  "//admin",
  "/admin/",
  "/admin/.",
  "/admin/..",
  "/ADMIN",
  "/admin;x",
  "/admin%3bx",
  "/admin%00",
  "/%2561dmin",
  "/%c0%ae%c0%ae/admin",
  "/open/%ef%bc%8e%ef%bc%8e/admin",
];

describe("a path that an origin could read as another route", () => {
  it.each(disguises)("%s does not reach that route without a token", async (path) => {
    expect([401, 404]).toContain(await ask(path, "GET", ""));
    expect(await seen()).toMatchObject({ count: 0 });
  });

  it.each(disguises)("%s does not reach that route with another route's token", async (path) => {
    expect([403, 404]).toContain(await ask(path));
    expect(await seen()).toMatchObject({ count: 0 });
  });

  it.each(["/admin", "/%61dmin", "/adm%69n", "/admin?x=/open/", "/admin#/open/"])("%s is that route", async (path) => {
    expect(await ask(path)).toBe(403);
    expect(await seen()).toMatchObject({ count: 0 });
  });

  it.each(["get", "GeT", "TRACE"])("%s /admin does not bypass the guard of GET", async (method) => {
    expect(await ask("/admin", method)).toBe(501);
    expect(await seen()).toMatchObject({ count: 0 });
  });
});

describe("a forwarded path", () => {
  it.each([
    ["/open/x", "/open/x"],
    ["/open/a.b/..c", "/open/a.b/..c"],
    ["/open/%41%2d1", "/open/A-1"],
    ["/items/%c3%a4", "/items/%C3%A4"],
    ["/items/a%20b", "/items/a%20b"],
  ])("%s arrives in the form that was matched: %s", async (path, forwarded) => {
    expect(await ask(path)).toBe(200);
    expect(await seen()).toMatchObject({ count: 1, last: { path: forwarded } });
  });
});
