import { afterAll, beforeAll, expect, it } from "vitest";
import { type LoopbackServer, serve } from "../../../../cli/common/loopback.ts";
import { tenants } from "../../../../entra/directory/directory.ts";
import { personas } from "../../../../entra/directory/personas.ts";
import { type OriginStack, startOriginStack } from "../../../support/origin-stack.ts";
import { openConversation } from "../../support/web-socket.ts";

let stack: OriginStack;
let list: LoopbackServer;
let rules: readonly object[] = [];

beforeAll(async () => {
  list = await serve((_, response) => response.end(JSON.stringify({ schema: "entra-gate/revocations/1", rules })));
  const vars = { GATE_REVOCATIONS_URL: list.url, GATE_REVOCATIONS_TOKEN: "token-of-the-list" };
  stack = await startOriginStack({ entry: "test/gates/sockets-revocations.ts", vars });
});
afterAll(() => Promise.all([stack.stop(), list.stop()]));

async function open(persona: string) {
  const response = await fetch(`${stack.entraUrl}/local/access-token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ persona }),
  });
  return openConversation(stack.gateUrl, { authorization: `Bearer ${await response.text()}` });
}

it("a rule closes the WebSocket of its caller, although nobody sends anything, and no other", async () => {
  const [stolen, other] = [await open("member"), await open("admin")];
  await Promise.all([stolen.next(), other.next()]);
  rules = [{ user: `${tenants.contoso.id}/${personas.member.oid}`, block: true, until: "2099-01-01T00:00:00Z" }];
  const { code, reason } = await stolen.closed;
  expect([code, reason]).toEqual([3000, "access token revoked"]);
  other.socket.send("still here");
  expect(await other.next()).toBe("still here");
  other.socket.close();
});
