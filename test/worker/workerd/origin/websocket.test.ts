import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tenants } from "../../../../entra/directory/directory.ts";
import { personas } from "../../../../entra/directory/personas.ts";
import { type OriginStack, startOriginStack } from "../../../support/origin-stack.ts";
import { startFrameServer } from "../../support/origin-frames.ts";
import { type Conversation, openConversation, webSocketHandshake } from "../../support/web-socket.ts";

/** The time limit of the gate with a short limit. */
const limitMs = 1_500;

let stack: OriginStack;

beforeAll(async () => {
  stack = await startOriginStack();
});
afterAll(() => stack.stop());

const converse = (headers = {}, protocols: readonly string[] = [], gateUrl = stack.gateUrl): Promise<Conversation> =>
  openConversation(gateUrl, { authorization: `Bearer ${stack.token}`, ...headers }, protocols);

describe("a WebSocket", () => {
  it("transfers messages in both directions", async () => {
    const { socket, next } = await converse();
    await next();
    for (const message of ["hello", "ü", "x".repeat(100_000)]) {
      socket.send(message);
      expect(await next()).toBe(message);
    }
    socket.close();
  });

  it("identifies its user for the origin, only in the gate's headers", async () => {
    const forged = { "X-Entra-Roles": "forged", X_MS_CLIENT_PRINCIPAL_ID: "forged", "X-Original-URL": "/forged" };
    const { socket, next } = await converse(forged);
    const { headers } = JSON.parse((await next()) as string);
    expect(headers.authorization).toBe(`Bearer ${stack.token}`);
    expect(headers["x-ms-client-principal-id"]).toBe(personas.member.oid);
    expect(headers["x-entra-tenant"]).toBe(tenants.contoso.id);
    expect(JSON.stringify(headers)).not.toContain("forged");
    socket.close();
  });

  it("keeps the subprotocol that the origin chose", async () => {
    const { socket } = await converse({}, ["orders.v2", "orders.v1"]);
    expect(socket.protocol).toBe("orders.v2");
    socket.close();
  });

  it("closes with the code and the reason that the client gives", async () => {
    const { socket, next, closed } = await converse();
    await next();
    socket.close(4_001, "done here");
    const { code, reason } = await closed;
    expect([code, reason]).toEqual([4_001, "done here"]);
  });

  it("is refused without a token", async () => {
    const answer = await fetch(`${stack.gateUrl}/ws`, { headers: { upgrade: "websocket" } }).catch(() => undefined);
    expect(answer?.status ?? 401).toBe(401);
    await expect(converse({ authorization: "" })).rejects.toBeDefined();
  });

  it("is refused if the origin refuses it", async () => {
    const connection = await stack.begin("GET", "/orders", webSocketHandshake);
    expect(await connection.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 200 /);
    connection.close();
  });

  it("transfers bytes, outlives the time limit of a request, and ends when the origin closes it", async () => {
    const frames = await startFrameServer();
    const entry = "test/gates/origin-impatient.ts";
    const impatient = await startOriginStack({ entry, vars: { ORIGIN_URL: frames.url } });
    try {
      const authorization = `Bearer ${impatient.token}`;
      const { socket, next } = await converse({ authorization }, [], impatient.gateUrl);
      for (let turn = 0; turn < 2; turn += 1) {
        socket.send(Uint8Array.of(0, turn, 255));
        expect([...new Uint8Array((await next()) as ArrayBuffer)]).toEqual([0, turn, 255]);
        await delay(2 * limitMs);
      }
      socket.close();
      await frames.closed[0];

      const abrupt = await impatient.begin("GET", "/ws", webSocketHandshake);
      const opened = await abrupt.until(/^HTTP\/1\.1 101 [\s\S]*\r\n\r\n/);
      expect(opened).toMatch(/^x-origin: frames\r$/im);
      expect(opened).not.toMatch(/^set-cookie:/im);
      abrupt.reset();
      await frames.closed[1];
    } finally {
      await impatient.stop();
      frames.stop();
    }
  });
});
