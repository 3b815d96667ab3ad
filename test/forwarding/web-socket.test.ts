import { describe, expect, it } from "vitest";
import { closeAtExpiry } from "../../src/forwarding/web-socket.ts";
import { createFakeIo, frozenNowMs } from "../support/io.ts";

/** The client's and the origin's socket, with a gate between them, and the messages that each receives. */
function open(io = createFakeIo(), isRevoked?: () => Promise<boolean>, lifeMs = 60_000) {
  const { 0: gateEnd, 1: origin } = new WebSocketPair();
  const answer = new Response(null, { status: 101, webSocket: gateEnd });
  const client = closeAtExpiry(io, answer, frozenNowMs + lifeMs, isRevoked).webSocket as WebSocket;
  const heard: Record<"client" | "origin", unknown[]> = { client: [], origin: [] };
  for (const [name, end] of Object.entries({ client, origin })) {
    end.accept();
    end.addEventListener("message", ({ data }) => void heard[name as "client" | "origin"].push(data));
    end.addEventListener("close", ({ code }) => void heard[name as "client" | "origin"].push(code));
  }
  return { io, client, origin, heard };
}

it("forwards messages until the token expires", async () => {
  const { io, client, origin, heard } = open();
  client.send("to the origin");
  origin.send("to the client");
  await expect.poll(() => heard).toEqual({ client: ["to the client"], origin: ["to the origin"] });
  await io.advance(60_000);
  await expect.poll(() => heard).toEqual({ client: ["to the client", 3000], origin: ["to the origin", 3000] });
});

it.each(["client", "origin"] as const)(
  "forwards no message of the %s after expiry, even if the timer is late",
  { tags: "websocket-expiry" },
  async (sender) => {
    const { io, client, origin, heard } = open();
    io.jump(60_000);
    ({ client, origin })[sender].send("late");
    await expect.poll(() => heard).toEqual({ client: [3000], origin: [3000] });
  },
);

describe("a list of revocations", () => {
  const hourMs = 3_600_000;

  it.each([
    ["names the caller", async () => true],
    ["fails", () => Promise.reject(new Error("broken"))],
  ])("closes both ends if it %s", async (_, answer) => {
    let isDue = false;
    const { io, client, heard } = open(createFakeIo(), async () => isDue && answer(), hourMs);
    await io.advance(90_000);
    client.send("before");
    await expect.poll(() => heard).toEqual({ client: [], origin: ["before"] });
    isDue = true;
    await io.advance(30_000);
    await expect.poll(() => heard).toEqual({ client: [3000], origin: ["before", 3000] });
    expect(io.timers()).toBe(0);
  });

  it("is not asked after both ends are closed", async () => {
    let asked = 0;
    const isRevoked = async () => {
      asked += 1;
      return false;
    };
    const { io, client, origin, heard } = open(createFakeIo(), isRevoked, hourMs);
    await io.advance(30_000);
    expect(asked).toBe(1);
    client.close(1000);
    await expect.poll(() => heard.origin).toEqual([1000]);
    origin.close(1000);
    await expect.poll(() => io.timers()).toBe(0);
    await io.advance(60_000);
    expect(asked).toBe(1);
  });
});
