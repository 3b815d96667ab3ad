import { expect, it } from "vitest";
import { mcp } from "../../../../src/extensions/mcp/mcp.ts";
import { App, type Hooks, requireAuth } from "../../../../src/index.ts";
import { bearer, createGateWorld } from "../../../support/gate-world.ts";

const isNode = navigator.userAgent.startsWith("Node.js");

/** Only Node lets a test collect garbage. */
async function exposeCollector(): Promise<() => void> {
  const [{ setFlagsFromString }, { runInNewContext }] = await Promise.all([import("node:v8"), import("node:vm")]);
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc");
}

/** Collects garbage until an object is gone, because streams are set up in several steps. */
async function isCollected(ref: WeakRef<object> | undefined): Promise<boolean> {
  const collectGarbage = await exposeCollector();
  for (let count = 0; count < 100 && ref?.deref() !== undefined; count += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    collectGarbage();
  }
  return ref?.deref() === undefined;
}

it.runIf(isNode)("an open stream of an MCP server does not hold the parsed message of its request", async () => {
  let parsed: WeakRef<object> | undefined;
  const remember: Hooks = {
    beforeHandle({ body }) {
      parsed = new WeakRef(body as object);
    },
  };
  const hooks = [requireAuth("tools.read"), remember];
  const routes = new App().register(mcp("/mcp", { hooks, tools: { "*": requireAuth("tools.read") } }));
  const world = createGateWorld({ routes, unlisted: "reject" }, { GATE_URL: "https://api.contoso.example" });
  const event = new TextEncoder().encode("data: {}\n\n");
  world.answerWith(
    () =>
      new Response(new ReadableStream({ start: (controller) => controller.enqueue(event) }), {
        headers: { "content-type": "text/event-stream" },
      }),
  );
  const message = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "a", arguments: [{}] } };
  const { body } = await world.ask("/mcp", {
    method: "POST",
    token: await bearer({ scopes: ["tools.read"] }),
    body: JSON.stringify(message),
    headers: { "content-type": "application/json" },
  });
  const reader = body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("data: {}\n\n");
  expect(parsed?.deref()).toBeDefined();
  expect(await isCollected(parsed)).toBe(true);
  await reader?.cancel();
});
