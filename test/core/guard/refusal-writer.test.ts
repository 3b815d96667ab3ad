import { beforeEach, describe, expect, it } from "vitest";
import { readDefaultObservation } from "../../../src/core/config/observation.ts";
import { createDecisionLog } from "../../../src/core/guard/decision-log.ts";
import { writeRefusal } from "../../../src/core/guard/refusal-writer.ts";
import { authoritiesOf } from "../../support/authority-setup.ts";
import { callerOf, client, tenant, user } from "../../support/claims.ts";
import { createFakeIo, type FakeIo } from "../../support/io.ts";

const call = {
  background: () => {},
  target: { method: "DELETE", url: "https://api.contoso.example/orders/7", path: "/orders/7", fault: undefined },
  route: { name: "DELETE /orders/:id" },
};
const caller = callerOf("user");

let io: FakeIo;
const setupOf = (world: FakeIo) => ({
  record: createDecisionLog(world, { ...readDefaultObservation(), logSubject: "plain" }, 0),
  authorities: authoritiesOf(),
});

beforeEach(() => {
  io = createFakeIo();
});

describe("refuse", () => {
  it("writes the exact reason to the log, its class to the caller, and the same ID to both", async () => {
    const response = writeRefusal(
      setupOf(io),
      { denial: { reason: "token_not_base64url", part: "payload" }, caller },
      call,
    );
    const { instance, ...body } = await response.json<Record<string, string>>();
    expect(body).toEqual({
      type: "about:blank",
      title: "Unauthorized",
      status: 401,
      detail: "The access token is not valid for this API. Request a new one.",
    });
    expect(io.lines).toEqual([
      {
        event: "refused",
        level: "warn",
        time: "2026-11-25T12:00:00.000Z",
        id: instance?.replace("urn:uuid:", ""),
        status: 401,
        reason: "token_not_base64url",
        part: "payload",
        method: "DELETE",
        route: "DELETE /orders/:id",
        tenant,
        client,
        subject: user,
        issued: "2026-11-25T12:00:00.000Z",
        expires: "2026-11-25T13:05:00.000Z",
        keys: "hit",
      },
    ]);
    expect(instance).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it("gives every refusal its own ID", () => {
    for (let times = 0; times < 3; times += 1)
      writeRefusal(setupOf(io), { denial: { reason: "expired" }, caller }, call);
    expect(new Set(io.lines.map(({ id }) => id)).size).toBe(3);
  });
});
