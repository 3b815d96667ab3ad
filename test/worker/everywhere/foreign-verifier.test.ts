import { afterAll, describe, expect, it } from "vitest";
import { startFleetOf } from "../../support/fleet.ts";

const fleet = await startFleetOf({ foreign: { entry: "test/gates/foreign-verifier.ts", adapter: true } });
afterAll(() => fleet.stop());

describe("a verifier of another provider, of whose tokens requireAuth of DaloyJS decides", () => {
  it.each<[token: string, status: number, reason: string | undefined]>([
    ["own", 200, undefined],
    ["principal", 403, "authority_not_allowed"],
    ["named", 500, "verifier_failed"],
    ["copied", 500, "verifier_failed"],
    ["cloned", 500, "verifier_failed"],
    ["stored", 500, "verifier_failed"],
    ["inherited", 500, "verifier_failed"],
    ["wrapped", 500, "verifier_failed"],
  ])("returns a caller that is %s: %d %s", { tags: "authority-named" }, async (token, status, reason) => {
    const answer = await fleet.send("foreign", { path: "/me", headers: [["Authorization", `Bearer ${token}`]] });
    expect(answer.status).toBe(status);
    if (reason !== undefined) expect(await fleet.lineOf(JSON.parse(answer.body).instance)).toMatchObject({ reason });
  });
});
