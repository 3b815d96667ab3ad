import { expect, it } from "vitest";
import { tenants } from "../../entra/directory/directory.ts";
import { revocations } from "../../src/extensions/revocations/revocations.ts";
import { frozenNowSeconds } from "../support/io.ts";
import { entra, explainCredential, type Situation } from "./support/explain-world.ts";

const token = `Bearer ${await entra.issueAccessToken({ claims: { sid: "session-1" } })}`;
const write = (...rules: readonly object[]) => JSON.stringify({ schema: "entra-gate/revocations/1", rules });
const after = new Date((frozenNowSeconds + 1) * 1_000).toISOString();
const earlier = new Date(frozenNowSeconds * 1_000).toISOString();

/** Explains the token for a gate with a list. */
function explainWith(list: NonNullable<Situation["tools"]>["list"], credential: string | null = token) {
  return explainCredential(credential, {
    environment: { GATE_REVOCATIONS_URL: "https://config.contoso.example/", GATE_REVOCATIONS_TOKEN: "secret" },
    options: { revocations: revocations() },
    tools: { list },
  });
}

it("explain names the rule of the list that refuses a token", async () => {
  const text = write({ session: "session-1", before: after, reason: "laptop stolen" });
  const { verdict, causes } = await explainWith({ ok: true, value: text });
  expect(verdict).toEqual({
    outcome: "refused",
    denial: {
      reason: "token_revoked",
      rule: "session",
      ruleReason: "laptop stolen",
      revokedAtSeconds: frozenNowSeconds + 1,
      challengeable: false,
    },
  });
  expect(causes.map(({ id }) => id)).toEqual(["revoked"]);
});

it("explain allows a token that no rule refuses", async () => {
  const text = write({ tenant: tenants.contoso.id, before: earlier }, { session: "session-2", before: after });
  const { verdict, checks } = await explainWith({ ok: true, value: text });
  expect(verdict).toEqual({ outcome: "allowed" });
  expect(checks.find(({ name }) => name === "list of revocations")).toMatchObject({ state: "passed" });
});

it("explain says what the gate does with a rule for an authority that it does not have", async () => {
  const text = write({ authority: "custmers", session: "session-1", before: after });
  expect((await explainWith({ ok: true, value: text })).verdict).toMatchObject({ denial: { reason: "token_revoked" } });
});

it.each([
  [
    "in KV",
    undefined,
    "npx wrangler kv key get entra-gate/revocations --binding REVOCATIONS --remote --preview=false > list.json",
  ],
  ["out of reach", { ok: false, error: "cannot be fetched: status 401" }, "the list of revocations cannot be fetched"],
  ["invalid", { ok: true, value: "{}" }, "the list of revocations does not have the schema"],
] as const)("explain cannot tell if the list is %s", async (_, list, because) => {
  const { verdict } = await explainWith(list);
  expect(verdict).toEqual({ outcome: "unknown", because: expect.stringContaining(because) });
});

it("explain shows the list as not reached for a token that is refused before", async () => {
  const { verdict, checks } = await explainWith(undefined, "Bearer a.b.c");
  expect(verdict).toMatchObject({ outcome: "refused" });
  expect(checks.find(({ name }) => name === "list of revocations")).toMatchObject({ state: "not-reached" });
});
