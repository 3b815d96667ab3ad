// Runtimes: workerd
import { setTimeout as delay } from "node:timers/promises";
import { auth, createMCPClient, UnauthorizedError } from "@ai-sdk/mcp";
import { decodeJwt } from "jose";
import { afterAll, describe, expect, it, vi } from "vitest";
import { clients, mcpMetadataUrl } from "../../../../../entra/directory/clients.ts";
import { conformanceCallback } from "../../../../../entra/directory/mcp-client.ts";
import { chatGpt } from "../../../../support/mcp/client-metadata.ts";
import { authorizationChecks, checkAuthorization } from "../../../../support/mcp/conformance/run.ts";
import { createFirstGeneration, createSecondGeneration } from "../../../../support/mcp/drivers.ts";
import { createProvider } from "../../../../support/mcp/provider.ts";
import { startMcpWorld } from "../../../../support/mcp/world.ts";
import { startMcpRemote } from "../../../support/mcp-remote.ts";

const world = await startMcpWorld("test/gates/mcp-any-host.ts");
const other = await startMcpWorld("test/gates/mcp-any-host.ts");
const { clientId, secret } = clients["mcp-web"];
const withCredential = await startMcpWorld("test/gates/mcp-any-host-credential.ts", {
  ENTRA_CLIENT_ID: clientId,
  ENTRA_CLIENT_SECRET: secret,
});
afterAll(() => Promise.all([world, other, withCredential].map(({ stack }) => stack.stop())));

const generations = { "sdk 1.32": createFirstGeneration, "client 2.4": createSecondGeneration } as const;
const names = Object.keys(generations) as (keyof typeof generations)[];
const ways = {
  registered: {},
  "by its metadata document": { clientMetadataUrl: mcpMetadataUrl },
} as const;
const initialize = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "host", version: "1.0.0" } };
/** Longer than a client takes to connect. */
const shortSeconds = 6;
const lifetimeSeconds = 3_900;

/** Whether Entra sends `iss` itself, and whether the gate redeems codes with its credential. */
const gates = [
  ["with its own callback, without iss of Entra", world, "endOutage", {}],
  ["with its own callback, with iss of Entra", world, "startOutage", { kind: "response-issuer" }],
  ["that redeems codes with its credential, without iss of Entra", withCredential, "endOutage", {}],
  [
    "that redeems codes with its credential, with iss of Entra",
    withCredential,
    "startOutage",
    { kind: "response-issuer" },
  ],
] as const;

for (const [what, world, fault, given] of gates) {
  describe(`a gate ${what}`, () => {
    const prepare = () => world.tellEntra(`/local/faults/${fault}`, given);
    const setLifetime = (seconds: number) => world.tellEntra("/local/faults/setTokenLifetime", { seconds });
    const methodOf = (token = "") => decodeJwt(token).azpacr;
    const method = world === withCredential ? "1" : "0";

    for (const generation of names) {
      for (const [way, options] of Object.entries(ways)) {
        it(`lets ${generation} sign in (${way}), call a tool and step up`, async () => {
          await prepare();
          const provider = createProvider(world.trace, options);
          const driver = generations[generation](world, provider);
          await driver.connect();
          expect(provider.callback.get("iss")).toBe(new URL(world.url).origin);
          expect(await driver.listTools()).toEqual(["orders_count", "orders_list"]);
          expect(await driver.callTool("orders_list")).toBe("1001, 1002, 1003");
          expect(await driver.callTool("orders_delete")).toBe("deleted");
          expect(methodOf(provider.stored.tokens?.access_token)).toBe(method);
          await driver.close();
        });
      }
    }

    it("lets both refresh their tokens", async () => {
      await prepare();
      await setLifetime(shortSeconds);
      const providers = names.map(() => createProvider(world.trace, {}));
      const drivers = names.map((generation, index) => generations[generation](world, providers[index]!));
      for (const driver of drivers) await driver.connect();
      const expiries = providers.map(({ stored }) => decodeJwt(stored.tokens?.access_token ?? "").exp ?? 0);
      await delay(Math.max(...expiries) * 1_000 + 100 - Date.now());
      await setLifetime(lifetimeSeconds);
      for (const driver of drivers) {
        world.trace.reset();
        expect(await driver.callTool("orders_count")).toBe("3");
        expect(world.trace.forms.map((form) => form.get("grant_type"))).toEqual(["refresh_token"]);
        await driver.close();
      }
    });

    it("lets @ai-sdk/mcp sign in", async () => {
      await prepare();
      const { url, fetch, trace } = world;
      const provider = createProvider(trace, {});
      const authProvider = provider as never;
      const open = () => createMCPClient({ transport: { type: "http", url, authProvider, fetch } });
      await expect(open()).rejects.toThrow(UnauthorizedError);
      await auth(authProvider, { serverUrl: url, authorizationCode: provider.code, fetchFn: fetch });
      const client = await open();
      expect(await client.callTool({ name: "orders_count" })).toMatchObject({ content: [{ text: "3" }] });
      await client.close();
    });

    it("lets mcp-remote sign in, call a tool and refresh its token", async () => {
      await prepare();
      world.trace.reset();
      // It refreshes a token that expires soon before each request.
      await setLifetime(shortSeconds);
      const remote = await startMcpRemote(world, []);
      try {
        await remote.ask("initialize", initialize);
        await setLifetime(lifetimeSeconds);
        expect(await remote.ask("tools/call", { name: "orders_count", arguments: {} })).toMatchObject({
          content: [{ text: "3" }],
        });
        const exchanges = () => world.trace.lines.filter((line) => line === "POST gate /token 200").length;
        // The trace may arrive after the response.
        await vi.waitFor(() => expect(exchanges()).toBeGreaterThan(1), { timeout: 60_000 });
      } finally {
        await remote.stop();
      }
    });
  });
}

describe("a client with the document of ChatGPT", () => {
  it.each(names)("signs in with %s, and calls a tool", async (generation) => {
    await world.tellEntra("/local/faults/endOutage", {});
    const [redirectUrl = ""] = chatGpt.redirect_uris;
    const provider = createProvider(world.trace, { clientMetadataUrl: chatGpt.client_id, redirectUrl });
    const driver = generations[generation](world, provider);
    await driver.connect();
    expect(provider.stored.client?.client_id).toBe(chatGpt.client_id);
    expect(await driver.callTool("orders_list")).toBe("1001, 1002, 1003");
    await driver.close();
  });
});

describe("@modelcontextprotocol/conformance", () => {
  it.each([
    ["without a credential", world],
    ["with the gate's credential", withCredential],
  ])("finds no fault in a gate with its own callback, %s", async (_what, gate) => {
    await gate.tellEntra("/local/faults/endOutage", {});
    const response = await gate.fetch(new URL("/register", gate.url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ redirect_uris: [conformanceCallback] }),
    });
    const { client_id } = (await response.json()) as { readonly client_id: string };
    expect(await checkAuthorization(gate, client_id)).toEqual(authorizationChecks);
  });
});

describe("a mix-up of two gates", () => {
  it("is noticed by client 2.4: the answer of another gate has another iss", async () => {
    const provider = createProvider(world.trace, {});
    const driver = createSecondGeneration(world, {
      ...provider,
      get code() {
        return provider.code;
      },
      get callback() {
        const mixed = new URLSearchParams(provider.callback);
        mixed.set("iss", new URL(other.url).origin);
        return mixed;
      },
    });
    await expect(driver.connect()).rejects.toThrow(/iss/i);
  });

  it("is noticed by mcp-remote", async () => {
    const remote = await startMcpRemote(world, [], (callback) => {
      callback.searchParams.set("iss", new URL(other.url).origin);
      return callback;
    });
    try {
      // The client ends the sign-in and never answers.
      remote.ask("initialize", initialize).catch(() => {});
      const line = await remote.lineWith("Issuer mismatch");
      expect(line).toContain(`received "${new URL(other.url).origin}"`);
    } finally {
      await remote.stop();
    }
  });
});
