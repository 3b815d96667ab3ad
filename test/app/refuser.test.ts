import { beforeEach, describe, expect, it } from "vitest";
import { refuse } from "../../src/app/refuser.ts";
import { client, tenant } from "../support/claims.ts";
import { createFakeIo, type FakeIo } from "../support/io.ts";

const context = {
  method: "DELETE",
  route: "DELETE /orders/:id",
  tenant,
  client,
  authorizationUri: "https://login.microsoftonline.com/common/oauth2/authorize",
};

let io: FakeIo;

beforeEach(() => {
  io = createFakeIo();
});

describe("refuse", () => {
  it("tells the log the exact reason, the caller its class, and both the same id", async () => {
    const response = refuse(io, { reason: "token_not_base64url", part: "payload" }, context);
    const { instance, ...body } = await response.json<Record<string, string>>();
    expect(body).toEqual({
      type: "about:blank",
      title: "Unauthorized",
      status: 401,
      detail: "The access token is not valid for this API.",
    });
    expect(io.lines).toEqual([
      {
        event: "refused",
        id: instance?.replace("urn:uuid:", ""),
        status: 401,
        reason: "token_not_base64url",
        part: "payload",
        method: "DELETE",
        route: "DELETE /orders/:id",
        tenant,
        client,
      },
    ]);
    expect(instance).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it("tells every refusal apart by its id", () => {
    for (let times = 0; times < 3; times += 1) refuse(io, { reason: "expired" }, context);
    expect(new Set(io.lines.map(({ id }) => id)).size).toBe(3);
  });
});
