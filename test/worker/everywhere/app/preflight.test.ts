import { afterAll, describe, expect, it } from "vitest";
import { startFleetOf } from "../../../support/fleet.ts";
import { type HttpRequest, readHeader } from "../../../support/http.ts";

const entry = "test/gates/alone-preflights.ts";
const vars = { ORIGIN_URL: undefined, ENTRA_REQUIRED_SCOPE: undefined };
const fleet = await startFleetOf({ app: { entry, vars } });
afterAll(() => fleet.stop());

const trusted = "https://app.contoso.example";
const ask = (path: string, method: string, origin = trusted): HttpRequest => ({
  method: "OPTIONS",
  path,
  headers: [
    ["Origin", origin],
    ["Access-Control-Request-Method", method],
  ],
});

async function expectNoHook(request: HttpRequest, permitted: readonly string[]): Promise<void> {
  const send = (sent: HttpRequest) => fleet.send("app", sent);
  await send({ path: "/turns" });
  const answer = await send(request);
  expect([answer.status, answer.body]).toEqual([204, ""]);
  expect(readHeader(answer, "access-control-allow-origin")).toEqual(permitted);
  expect([...readHeader(answer, "x-secret"), ...readHeader(answer, "x-internal")]).toEqual([]);
  expect(JSON.parse((await send({ path: "/turns" })).body)).toEqual([]);
}

/** The preflight, and the origins that the response allows. */
const rows: readonly (readonly [name: string, request: HttpRequest, permitted: readonly string[]])[] = [
  ["a hook after the guard of a route", ask("/reports", "GET"), [trusted]],
  ["a hook after the guard, for another origin", ask("/reports", "GET", "https://evil.example"), []],
  ["a hook in the same bundle as the guard", ask("/bundle", "GET"), [trusted]],
  ["a hook after the guard of a plugin", ask("/plugin", "GET"), [trusted]],
  ["a hook of a public route", ask("/public", "POST"), [trusted]],
  ["a hook of the app, for a path without a route", ask("/nowhere", "GET"), [trusted]],
  ["a hook of the app, for a method without a route", ask("/reports", "DELETE"), [trusted]],
  ["a hook after the guard, without a CORS policy", ask("/without-policy", "GET"), []],
];

describe("a preflight of an app that serves itself runs only the hooks of cors()", () => {
  it.each(rows)("%s does not run", { tags: "preflights" }, (_name, request, permitted) =>
    expectNoHook(request, permitted),
  );

  it("other requests run all hooks", async () => {
    await fleet.send("app", { path: "/turns" });
    await fleet.send("app", { path: "/public", method: "POST" });
    const turns = JSON.parse((await fleet.send("app", { path: "/turns" })).body);
    expect(turns).toEqual(expect.arrayContaining(["app onRequest", "app preBody", "app onSend", "app onResponse"]));
  });
});
