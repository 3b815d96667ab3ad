import { afterAll, describe, expect, it } from "vitest";
import { personas } from "../../../../entra/directory/personas.ts";
import { type Fleet, startFleetOf } from "../../../support/fleet.ts";
import { readHeader } from "../../../support/http.ts";
import { expectMisconfigured } from "../../../support/misconfigured.ts";
import { badCredential, badToken, expectRefusal, forbidden, unauthenticated } from "../../../support/refusal.ts";
import { itRefuses, present } from "../../../support/rows.ts";

const app = { entry: "test/gates/daloy.ts", adapter: true } as const;
const fleet: Fleet<string> = await startFleetOf({
  daloy: app,
  faulty: { ...app, vars: { ENTRA_API_AUDIENCE: "*", ENTRA_ALLOWED_CLIENT: "spa" } },
});
afterAll(() => fleet.stop());

describe("DaloyJS's hooks, configured only by the process, in workerd", () => {
  it("allow a user", async () => {
    const answer = await fleet.send("daloy", await present(fleet, "daloy", {}, "/me"));
    expect([answer.status, JSON.parse(answer.body).oid]).toEqual([200, personas.member.oid]);
    expect(readHeader(answer, "cache-control")).toEqual(["no-store"]);
  });

  itRefuses(
    fleet,
    "daloy",
    [
      ["another scope", { scopes: ["orders.read"] }, forbidden("scope_missing", "access_as_user")],
      ["an app", { client: "daemon" }, forbidden("kind_not_allowed", "access_as_user")],
      ["another audience", { claims: { aud: "x" } }, badToken("audience_mismatch")],
    ],
    "/me",
  );

  it("refuse a request without a token", () =>
    expectRefusal(fleet, "daloy", { path: "/me" }, unauthenticated("credential_missing")));

  it("refuse one token in the header and one in the query", async () => {
    const both = await present(fleet, "daloy", {}, "/me?access_token=x");
    await expectRefusal(fleet, "daloy", both, badCredential("credential_also_in_query"));
  });

  it("answer every caller with 500 if the configuration is faulty", async () => {
    const named = ["ENTRA_ALLOWED_CLIENT", "ENTRA_API_AUDIENCE"];
    await expectMisconfigured(fleet, "faulty", await present(fleet, "daloy", {}, "/me"), named);
  });
});
