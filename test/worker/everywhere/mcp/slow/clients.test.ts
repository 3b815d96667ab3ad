// Runtimes: workerd
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { clients } from "../../../../../entra/directory/clients.ts";
import { mcpApi } from "../../../../../entra/directory/directory.ts";
import { createFirstGeneration, createSecondGeneration, type Driver } from "../../../../support/mcp/drivers.ts";
import { createProvider } from "../../../../support/mcp/provider.ts";
import { type McpWorld, startMcpWorld } from "../../../../support/mcp/world.ts";

const [facade, plain] = await Promise.all([startMcpWorld(true), startMcpWorld(false)]);
afterAll(() => Promise.all([facade.stack.stop(), plain.stack.stop()]));

const generations = { "sdk 1.32": createFirstGeneration, "client 2.4": createSecondGeneration } as const;
const registered = { clientId: clients.mcp.clientId };
const ways = [
  ["a registered client id, and Entra", plain, registered],
  ["a registered client id, and the facade", facade, registered],
  ["dynamic registration", facade, {}],
] as const;
const traces = readFileSync("test/support/mcp/traces/clients.md", "utf8");
const lifetimeSeconds = 3_900;
/** Longer than a client takes to connect. */
const shortSeconds = 6;

beforeEach(async () => {
  for (const { trace, tellEntra } of [facade, plain]) {
    trace.reset();
    await tellEntra("/local/faults/setTokenLifetime", { seconds: lifetimeSeconds });
  }
});

async function start(
  generation: keyof typeof generations,
  world: McpWorld,
  options: Parameters<typeof createProvider>[1],
): Promise<{ driver: Driver; provider: ReturnType<typeof createProvider> }> {
  const provider = createProvider(world.trace, options);
  const driver = generations[generation](world, provider);
  await driver.connect();
  return { driver, provider };
}

/** Returns the client's requests since the last call, without the stream that it opens in parallel. */
function expectDocumented({ trace }: McpWorld): void {
  const lines = trace.lines.filter((line) => !line.startsWith("GET gate /mcp "));
  expect(traces).toContain(`\n${lines.join("\n")}\n`);
}

for (const generation of ["sdk 1.32", "client 2.4"] as const) {
  describe(`${generation}, unmodified`, () => {
    for (const [way, world, options] of ways) {
      it(`signs in with ${way}, lists only its tools, and steps up from one tool to another`, async () => {
        const { driver } = await start(generation, world, options);
        expectDocumented(world);
        expect(await driver.listTools()).toEqual(["orders_count", "orders_list"]);
        expect(await driver.callTool("orders_list")).toBe("1001, 1002, 1003");
        world.trace.reset();
        expect(await driver.callTool("orders_delete")).toBe("deleted");
        expectDocumented(world);
        expect(await driver.listTools()).toEqual(["orders_count", "orders_delete", "orders_list"]);
        await driver.close();
      });
    }

    it("refreshes its token through the facade after it expired", async () => {
      await facade.tellEntra("/local/faults/setTokenLifetime", { seconds: shortSeconds });
      const { driver, provider } = await start(generation, facade, {});
      facade.trace.reset();
      const [, payload = ""] = provider.stored.tokens?.access_token.split(".") ?? [];
      const { exp } = JSON.parse(Buffer.from(payload, "base64url").toString());
      await delay(exp * 1_000 + 100 - Date.now());
      await facade.tellEntra("/local/faults/setTokenLifetime", { seconds: lifetimeSeconds });
      expect(await driver.callTool("orders_count")).toBe("3");
      expectDocumented(facade);
      expect(facade.trace.forms.map((form) => [form.get("grant_type"), form.get("scope")])).toEqual([
        ["refresh_token", null],
      ]);
      await driver.close();
    });
  });
}

describe("a session of sdk 1.32", () => {
  it("ends when its client ends it, and belongs only to its client", async () => {
    const { driver, provider } = await start("sdk 1.32", facade, registered);
    const sessionId = String(driver.sessionId);
    const ask = (authorization: string) =>
      fetch(facade.url, { method: "DELETE", headers: { authorization, "mcp-session-id": sessionId } });
    const other = await fetch(`${facade.stack.entraUrl}/local/access-token`, {
      method: "POST",
      body: JSON.stringify({
        persona: "admin",
        client: "mcp",
        scopes: ["tools.read"],
        claims: { aud: mcpApi.clientId },
      }),
    });
    expect((await ask(`Bearer ${await other.text()}`)).status).toBe(404);
    await driver.endSession();
    expect((await ask(`Bearer ${provider.stored.tokens?.access_token}`)).status).toBe(404);
    await driver.close();
  });
});

describe("without the facade", () => {
  it.each(["sdk 1.32", "client 2.4"] as const)("%s stops when it tries to register itself", async (generation) => {
    await expect(start(generation, plain, {})).rejects.toThrow(/registration/);
  });
});
