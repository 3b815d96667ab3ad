import { afterAll, describe, it } from "vitest";
import { startFleetOf } from "../../support/fleet.ts";
import type { GateDefinition } from "../../support/gates.ts";
import { claimsWanted, expectRefusal, forbidden, type Refusal } from "../../support/refusal.ts";
import { laterSeconds, listToken, revocationsHost, revocationTexts } from "../../support/revocation-texts.ts";
import { itAccepts, itRefuses, present } from "../../support/rows.ts";

/** A gate with a list at a path of the world. */
const listed = (path: string, token = listToken): GateDefinition => ({
  entry: "test/gates/revocations.ts",
  vars: {
    ENTRA_REQUIRED_ROLE: "Orders.Read.All",
    GATE_REVOCATIONS_URL: `https://${revocationsHost}/${path}`,
    GATE_REVOCATIONS_TOKEN: token,
  },
  // The command line cannot reach the list.
  adapter: true,
});

/** Gates whose list cannot be used. */
const unusable = {
  ...Object.fromEntries(
    Object.keys(revocationTexts)
      .filter((name) => name !== "good")
      .map((name) => [name, listed(name)]),
  ),
  absent: listed("absent"),
  elsewhere: listed("elsewhere"),
  "with-another-token": listed("good", "stolen"),
};

const fleet = await startFleetOf<string>({ good: listed("good"), ...unusable });
afterAll(() => fleet.stop());

const capable = { client: "cae-spa" } as const;
const revoked = (rule: string, members: object = {}) => forbidden("token_revoked", undefined, { rule, ...members });
const blocked = (rule: string) => forbidden("caller_blocked", undefined, { rule, blockedUntilSeconds: laterSeconds });
const renew = claimsWanted("token_revoked", `{"access_token":{"nbf":{"essential":true,"value":"${laterSeconds}"}}}`);

describe("a list of revocations", () => {
  itRefuses(fleet, "good", [
    ["a user", { persona: "admin" }, revoked("user", { ruleReason: "laptop stolen" })],
    ["a user of a client that answers challenges", { ...capable, persona: "admin" }, renew],
    ["a service principal", { client: "daemon" }, revoked("user")],
    ["a blocked user, named in upper case", { persona: "newcomer" }, blocked("user")],
    ["a blocked user of a client that answers challenges", { ...capable, persona: "newcomer" }, blocked("user")],
    ["a blocked client", { client: "daemon-without-roles", roles: ["Orders.Read.All"] }, blocked("client")],
    ["a session", { claims: { sid: "session-of-a-thief" } }, revoked("session")],
    ["a token", { claims: { uti: "id-of-a-token" } }, revoked("token")],
  ]);
  itAccepts(fleet, "good", [
    ["nobody that it names", {}],
    ["older tokens of a user", { persona: "cautious" }],
    ["another session", { claims: { sid: "SESSION-OF-A-THIEF", uti: "session-of-a-thief" } }],
  ]);

  it("applies to a known token", { tags: "revocation-rules" }, async () => {
    const request = await present(fleet, "good", { persona: "newcomer" });
    await expectRefusal(fleet, "good", request, blocked("user"));
    await expectRefusal(fleet, "good", request, blocked("user"));
  });
});

const unavailable: Refusal = {
  status: 503,
  title: "Service Unavailable",
  detail: "Access tokens cannot be verified at the moment. Retry later.",
  retryAfter: true,
  log: { reason: "revocations_unavailable" },
};

describe("nobody is admitted with a first list that is", { tags: "revocation-list" }, () => {
  for (const name of Object.keys(unusable)) {
    it(name, async () => expectRefusal(fleet, name, await present(fleet, name, {}), unavailable));
  }
});
