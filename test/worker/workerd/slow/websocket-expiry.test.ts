import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OriginStack, startOriginStack } from "../../../support/origin-stack.ts";
import { type FrameServer, startFrameServer } from "../../support/origin-frames.ts";
import { type Conversation, openConversation, webSocketHandshake } from "../../support/web-socket.ts";

const skewSeconds = 1;
/** More than the delay of a busy machine. */
const slackMs = 15_000;
/** Lifetime of a token, in which a busy machine opens a WebSocket. */
const lifetimeSeconds = 5;
const vars = { ENTRA_CLOCK_SKEW_SECONDS: String(skewSeconds) };
const entry = "test/gates/sockets.ts";

let stack: OriginStack;

beforeAll(async () => {
  stack = await startOriginStack({ entry, vars });
});
afterAll(() => stack.stop());

/** A member's token that expires in this many seconds, and that time. */
async function issue(
  { entraUrl }: OriginStack,
  seconds = lifetimeSeconds,
): Promise<{ bearer: string; expiresAtMs: number }> {
  const exp = Math.floor(Date.now() / 1_000) + seconds;
  const response = await fetch(`${entraUrl}/local/access-token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ persona: "member", claims: { exp } }),
  });
  return { bearer: `Bearer ${await response.text()}`, expiresAtMs: exp * 1_000 };
}

function converse(on: OriginStack = stack, bearer = `Bearer ${on.token}`, protocols: readonly string[] = []) {
  return openConversation(on.gateUrl, { authorization: bearer }, protocols);
}

/** Opens a WebSocket with a token that expires soon, and returns when and how it closed. */
async function outlive(on: OriginStack) {
  const { bearer, expiresAtMs } = await issue(on);
  const conversation = await converse(on, bearer);
  const { code, reason } = await conversation.closed;
  return { bearer, code, reason, lateMs: Date.now() - expiresAtMs - skewSeconds * 1_000 };
}

describe.concurrent("a WebSocket that must not outlive its token", () => {
  it("is closed with 3000 as soon as HTTP requests with the token are refused", {
    tags: "websocket-expiry",
  }, async () => {
    const { bearer, code, reason, lateMs } = await outlive(stack);
    expect([code, reason]).toEqual([3000, "access token expired"]);
    expect(lateMs).toBeGreaterThanOrEqual(-50);
    expect(lateMs).toBeLessThan(slackMs);
    const answer = await fetch(`${stack.gateUrl}/orders`, { headers: { authorization: bearer } });
    expect(answer.status).toBe(401);
  });

  it("transfers text and bytes in both directions and in order until then", async () => {
    const { bearer } = await issue(stack, 2 * lifetimeSeconds);
    const { socket, next, closed } = await converse(stack, bearer, ["orders.v2"]);
    expect(socket.protocol).toBe("orders.v2");
    expect(JSON.parse((await next()) as string).headers["x-entra-tenant"]).toBeDefined();
    const texts = Array.from({ length: 500 }, (_, index) => `${index} ü`);
    for (const text of texts) socket.send(text);
    for (const text of texts) expect(await next()).toBe(text);
    const bytes = new Uint8Array(100_000).map((_, index) => index);
    socket.send(bytes);
    expect(new Uint8Array((await next()) as ArrayBuffer)).toEqual(bytes);
    socket.send("last");
    expect(await next()).toBe("last");
    expect((await closed).code).toBe(3000);
  });

  it("is closed by an App that serves itself too", async () => {
    const app = await startOriginStack({ entry: "test/gates/sockets-app.ts", vars });
    try {
      const { code, lateMs } = await outlive(app);
      expect(code).toBe(3000);
      expect(lateMs).toBeLessThan(slackMs);
    } finally {
      await app.stop();
    }
  });

  it("is refused without a token, and if the origin refuses it", async () => {
    await expect(converse(stack, "")).rejects.toBeDefined();
    const answer = await fetch(`${stack.gateUrl}/ws`, { headers: { authorization: `Bearer ${stack.token}` } });
    expect(answer.status).toBe(426);
  });
});

describe.concurrent("a WebSocket without the option", () => {
  it("outlives its token", async () => {
    const plain = await startOriginStack({ vars: { ENTRA_CLOCK_SKEW_SECONDS: "0" } });
    try {
      const { bearer, expiresAtMs } = await issue(plain);
      const { socket, next } = await converse(plain, bearer);
      await next();
      await delay(expiresAtMs + 500 - Date.now());
      expect((await fetch(`${plain.gateUrl}/orders`, { headers: { authorization: bearer } })).status).toBe(401);
      socket.send("still here");
      expect(await next()).toBe("still here");
      socket.close();
    } finally {
      await plain.stop();
    }
  });
});

describe("between the client and the origin of a WebSocket, the gate", () => {
  let origin: FrameServer;
  let framed: OriginStack;

  beforeAll(async () => {
    origin = await startFrameServer();
    framed = await startOriginStack({ entry, vars: { ...vars, ORIGIN_URL: origin.url } });
  });
  afterAll(async () => {
    await framed.stop();
    origin.stop();
  });

  const lastCode = () => origin.frames.at(-1)?.readUInt16BE(2);
  const open = (bearer?: string): Promise<Conversation> => converse(framed, bearer);

  it("closes the connection to the origin too when the token expires", async () => {
    const { code } = await outlive(framed);
    await origin.closed.at(-1);
    expect([code, lastCode()]).toEqual([3000, 3000]);
  });

  it("forwards nothing after that, even from a peer that ignores the close frame", {
    tags: "websocket-expiry",
  }, async () => {
    const { bearer, expiresAtMs } = await issue(framed);
    const connection = await framed.begin("GET", "/ws", webSocketHandshake, bearer);
    await connection.until(/^HTTP\/1\.1 101 [\s\S]*\r\n\r\n/);
    connection.write(maskedText("before"));
    await connection.until(/before/);
    await connection.until(/access token expired/);
    expect(Date.now() - expiresAtMs).toBeGreaterThanOrEqual(skewSeconds * 1_000 - 50);
    const count = origin.frames.length;
    connection.write(maskedText("after"));
    origin.write(Buffer.from("\x81\x04late", "latin1"));
    await delay(500);
    expect(origin.frames.slice(count).map(String).join()).not.toContain("after");
    expect(connection.received()).not.toContain("late");
    connection.close();
  });

  it("forwards the headers of the origin's answer", async () => {
    const connection = await framed.begin("GET", "/ws", webSocketHandshake);
    const answer = await connection.until(/\r\n\r\n/);
    expect(answer).toMatch(/^HTTP\/1\.1 101 /);
    expect(answer.match(/^sec-websocket-accept: .+$/gim)).toEqual([
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    ]);
    expect(answer).toMatch(/^x-origin: frames$/im);
    connection.close();
  });

  it.each([
    ["from the client", (socket: WebSocket) => socket.close(4_001, "done here"), [4_001, "done here"]],
    ["from the origin", () => origin.write(Buffer.from("\x88\x06\x0f\xa2late", "latin1")), [4_002, "late"]],
    ["from the origin, without a code", () => origin.write(Buffer.of(0x88, 0)), [1_005, ""]],
    ["with a code that must not be sent", () => origin.write(Buffer.of(0x88, 2, 0x03, 0xee)), [1_001, ""]],
  ])("forwards a close frame: %s", async (_, close, expected) => {
    const { socket, closed } = await open();
    close(socket);
    const { code, reason } = await closed;
    expect([code, reason]).toEqual(expected);
    await origin.closed.at(-1);
  });

  it("closes each side if the other one disconnects without a close frame", async () => {
    const { closed } = await open();
    origin.drop();
    expect((await closed).code).toBe(1_001);
    const abrupt = await framed.begin("GET", "/ws", webSocketHandshake);
    await abrupt.until(/^HTTP\/1\.1 101 [\s\S]*\r\n\r\n/);
    abrupt.reset();
    await origin.closed.at(-1);
  });

  it("forwards the rest of the origin's messages after the client's close frame", async () => {
    origin.mute();
    const connection = await framed.begin("GET", "/ws", webSocketHandshake);
    await connection.until(/^HTTP\/1\.1 101 [\s\S]*\r\n\r\n/);
    connection.write("\x88\x82\0\0\0\0\x0f\xa1");
    await expect.poll(lastCode).toBe(4_001);
    origin.write(Buffer.from("\x81\x04last\x88\x02\x0f\xa3", "latin1"));
    expect((await connection.until(/last....$/s)).split("\r\n\r\n")[1]).toBe("\x81\x04last\x88\x02\x0f\xa3");
    connection.close();
  });
});

/** A short text frame of a client, whose mask changes nothing (RFC 6455 section 5.2). */
function maskedText(text: string): string {
  return `\x81${String.fromCharCode(0x80 | text.length)}\0\0\0\0${text}`;
}
