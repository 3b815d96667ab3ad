// Runtimes: workerd, deno
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { personas } from "../../../../entra/directory/personas.ts";
import type { AccessTokenOptions } from "../../../../entra/tokens/issuer.ts";
import { ask, withVars } from "../../../support/downstream.ts";
import { type Fleet, startFleetOf } from "../../../support/fleet.ts";
import { type HttpAnswer, readHeader } from "../../../support/http.ts";

// Each gate has its own lists.
const gate = withVars({}, { entry: "test/gates/groups.ts" });
const fleet: Fleet<string> = await startFleetOf({ up: gate, down: gate, denied: gate, throttled: gate });
afterAll(() => fleet.stop());
afterEach(() => fleet.tellEntra("/local/faults/endOutage", {}));
const [member = ""] = personas["many-groups"].groups;

async function request(name: string, path: string, options: AccessTokenOptions = { persona: "many-groups" }) {
  const forge = await fleet.forge(name);
  return ask(fleet, name, path, await forge.issue(options));
}

describe("a user in 250 groups", () => {
  it("passes in one of them, and is refused in another", async () => {
    const answer = await request("up", "/member");
    expect([answer.status, JSON.parse(answer.body)]).toEqual([200, [member]]);
    const refused = await request("up", "/other");
    expect(refused.status).toBe(403);
    expect(await lineOf(refused)).toMatchObject({ reason: "group_missing" });
  });

  it.each([
    ["down", { kind: "down" }, 503, { reason: "groups_unavailable", cause: "status 503" }],
    ["denied", { kind: "denied" }, 403, { reason: "groups_denied", permission: "User.Read" }],
    ["throttled", { kind: "throttled", retryAfterSeconds: 17 }, 503, { reason: "groups_throttled" }],
  ] as const)("gets the failure of Graph, and other routes work: %s", async (name, outage, status, line) => {
    await fleet.tellEntra("/local/faults/startOutage", { ...outage, endpoint: "graph" });
    const answer = await request(name, "/member");
    expect([answer.status, readHeader(answer, "retry-after")]).toEqual([
      status,
      status === 503 ? [expect.any(String)] : [],
    ]);
    expect(await lineOf(answer)).toMatchObject(line);
    expect((await request(name, "/scope")).status).toBe(204);
  });
});

const lineOf = ({ body }: HttpAnswer) => fleet.lineOf(JSON.parse(body).instance);
