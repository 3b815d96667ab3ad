// Runtimes: workerd
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startAddressedStack } from "../../support/gate-runtime.ts";
import { sendRequest } from "../../support/http.ts";
import type { Stack } from "../../support/stack.ts";

let stack: Stack;
let token: string;

beforeAll(async () => {
  stack = await startAddressedStack((gateUrl) => ({
    gateEntry: "test/gates/look-alikes.ts",
    gateVars: { GATE_URL: gateUrl },
    downstream: true,
  }));
  token = await (await fetch(`${stack.entraUrl}/local/token?persona=member`)).text();
});

afterAll(() => stack.stop());

beforeEach(async () => {
  await fetch(`${stack.originUrl}/local/requests`, { method: "DELETE" });
});

async function countAtOrigin(): Promise<number> {
  const { count } = (await (await fetch(`${stack.originUrl}/local/requests`)).json()) as { count: number };
  return count;
}

async function ask(path: string, type?: string, credential?: string): Promise<number> {
  const { status } = await sendRequest(stack.gateUrl, {
    method: type === undefined ? "GET" : "POST",
    path,
    headers: [
      ...(type === undefined ? [] : ([["Content-Type", type]] as const)),
      ...(credential === undefined ? [] : ([["Authorization", `Bearer ${credential}`]] as const)),
    ],
    ...(type !== undefined && { body: "{}" }),
  });
  return status;
}

/** Some origins read `%3f` as the end of a path. */
const rows: readonly (readonly [term: string, path: string, type: string | undefined])[] = [
  ["whether its WebSockets end with the token", "/socket/x%3fx", undefined],
  ["whether it owns the parameter access_token", "/parameter/x%3fx?access_token=x", undefined],
  ["whether the origin gets another token", "/exchange/x%3fx", undefined],
  ["the scopes of the origin's token", "/scopes/x%3fx", undefined],
  ["its mode", "/mode/x%3fx", undefined],
  ["its schemas", "/query/x%3fx", undefined],
  ["the media types of its body", "/media-types/x%3fx", "text/plain"],
  ["its hooks", "/hook/x%3fx", undefined],
  ["when its hook runs", "/moment/x%3fx", undefined],
  ["whether its hook runs before the guard", "/order/x%3fx", undefined],
  ["its time limit", "/time/x%3fx", undefined],
  ["the values that its hooks get", "/state/x%3fx", undefined],
  ["whether it forwards", "/handler/x%3fx", undefined],
  ["its MCP messages", "/mcp/x%3fx", "application/json"],
];

describe("a path that an origin reads as another route with the same requirement", () => {
  it.each([...rows])(
    "is not forwarded if the routes differ in %s",
    { tags: "look-alike-routes" },
    async (_, path, type) => {
      expect(await ask(path, type)).toBe(401);
      // A second token is refused before the path.
      expect(await ask(path, type, token)).toBe(path.includes("access_token") ? 400 : 404);
      expect(await countAtOrigin()).toBe(0);
    },
  );

  it.each([...rows])("is forwarded if no route has the path as the origin reads it: %s", async (_, path, type) => {
    expect(await ask(path.replace("x%3fx", "y"), type, token)).toBe(200);
    expect(await countAtOrigin()).toBe(1);
  });

  it("is forwarded if the routes do not differ", async () => {
    expect(await ask("/same/x%3fx")).toBe(401);
    expect(await ask("/same/x%3fx", undefined, token)).toBe(200);
    expect(await countAtOrigin()).toBe(1);
  });
});
