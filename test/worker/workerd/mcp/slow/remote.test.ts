import { readFileSync } from "node:fs";
import { afterAll, expect, it, vi } from "vitest";
import { clients } from "../../../../../entra/directory/clients.ts";
import { startMcpWorld } from "../../../../support/mcp/world.ts";
import { startMcpRemote } from "../../../support/mcp-remote.ts";

const [facade, plain] = await Promise.all([startMcpWorld(true), startMcpWorld(false)]);
afterAll(() => Promise.all([facade.stack.stop(), plain.stack.stop()]));

const traces = readFileSync("test/support/mcp/traces/programs.md", "utf8");
const registered = ["--static-oauth-client-info", JSON.stringify({ client_id: clients.mcp.clientId })];
const initialize = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "host", version: "1.0.0" } };

it.each([
  ["dynamic registration", facade, []],
  ["dynamic registration and protocol 2026-07-28", facade, ["--protocol", "auto"]],
  ["a registered client id, and Entra", plain, registered],
] as const)("mcp-remote, unmodified, signs in with %s, and lists only its tools", async (_, world, options) => {
  world.trace.reset();
  const remote = await startMcpRemote(world, options);
  const namesOf = async () => ((await remote.ask("tools/list")).tools as { name: string }[]).map(({ name }) => name);
  try {
    await remote.ask("initialize", initialize);
    // Without the streams that it opens in parallel. The trace may arrive after the response.
    const lines = () => world.trace.lines.filter((line) => !line.startsWith("GET gate /mcp "));
    const isRecorded = () => expect(traces).toContain(`\n\`\`\`text\n${lines().join("\n")}\n\`\`\``);
    await vi.waitFor(isRecorded, { timeout: 60_000 });
    expect((await namesOf()).sort()).toEqual(["orders_count", "orders_list"]);
    expect(await remote.ask("tools/call", { name: "orders_count", arguments: {} })).toMatchObject({
      content: [{ text: "3" }],
    });
  } finally {
    await remote.stop();
  }
});

it("mcp-remote, unmodified, uses every scope that its user names", async () => {
  const scope = `${plain.url}/tools.read ${plain.url}/tools.write`;
  const metadata = ["--static-oauth-client-metadata", JSON.stringify({ scope })];
  const remote = await startMcpRemote(plain, [...registered, ...metadata]);
  try {
    await remote.ask("initialize", initialize);
    expect(await remote.ask("tools/call", { name: "orders_delete", arguments: {} })).toMatchObject({
      content: [{ text: "deleted" }],
    });
  } finally {
    await remote.stop();
  }
});
