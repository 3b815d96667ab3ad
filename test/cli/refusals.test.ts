import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { listCases } from "../../cli/explain/describe-reasons.ts";
import { reasonTexts } from "../../cli/explain/reasons.ts";
import { tenants } from "../../entra/directory/directory.ts";
import { personas } from "../../entra/directory/personas.ts";
import type { AccessTokenOptions } from "../../entra/tokens/issuer.ts";
import { App } from "../../src/app/app.ts";
import { origin } from "../../src/app/build/origin.ts";
import { requireAuth } from "../../src/app/types/auth.ts";
import type { Reason } from "../../src/base/common/denial.ts";
import type { RuleOptions } from "../../src/core/policy/rule.ts";
import { revocations } from "../../src/extensions/revocations/revocations.ts";
import { frozenNowSeconds } from "../support/io.ts";
import { entra, explainCredential, type Situation } from "./support/explain-world.ts";

const root = path.resolve(import.meta.dirname, "../..");
const page = readFileSync(path.join(root, "docs/reference/reasons.md"), "utf8");
const sections = page.split(/^## /m).slice(1, -1);
const headings = sections.map((section) => section.slice(0, section.indexOf("\n")));

/** Every reason of the union, read from its source, so that neither the texts nor the page can omit one. */
const source = readFileSync(path.join(root, "src/base/common/denial.ts"), "utf8");
/** Other members of a denial have words of their own. */
const reasonsOnly = source
  .slice(0, source.indexOf("export type Reason"))
  .replace(/readonly (?!reason:)\w+\??: [^;}]+/g, "");
const union = [...reasonsOnly.matchAll(/"([a-z0-9_]+)"/g)]
  .map(([, word]) => word ?? "")
  .filter((word) => word.includes("_") || ["expired", "misconfigured"].includes(word));

const orders = (rule: RuleOptions): Situation => ({
  options: { routes: new App().get("/orders", { hooks: requireAuth(rule) }, origin()) },
  request: { method: "GET", url: "https://api.contoso.example/orders" },
});
const scopes = ["orders.read"];
const guid = "0f0f0f0f-0000-4000-8000-00000000000f";
const reader: AccessTokenOptions = { scopes };
const capable: AccessTokenOptions = { client: "cae-spa", scopes };
const older: AccessTokenOptions = { claims: { iat: frozenNowSeconds - 60 } };
const daemon: AccessTokenOptions = { client: "daemon" };

const revoking: Situation = { options: { revokedAtSeconds: () => frozenNowSeconds } };

/** A gate with a list that has one rule about the sample user. */
const listing = (rule: object): Situation => {
  const user = `${tenants.contoso.id}/${personas.member.oid}`;
  const text = JSON.stringify({ schema: "entra-gate/revocations/1", rules: [{ user, ...rule }] });
  return {
    environment: { GATE_REVOCATIONS_URL: "https://config.contoso.example/", GATE_REVOCATIONS_TOKEN: "secret" },
    options: { revocations: revocations() },
    tools: { list: { ok: true, value: text } },
  };
};
const blocking = { block: true, until: new Date(1_795_694_400_000).toISOString(), reason: "leaked secret" };

type Case = readonly [token: AccessTokenOptions, gate: Situation];

/**
 * For each reason whose response depends on the requirement or the client: a token and a gate for each of its cases.
 */
const refused: readonly { readonly reason: Reason; readonly cases: readonly Case[] }[] = [
  {
    reason: "client_not_allowed",
    cases: [
      [reader, orders({ scopes, clients: [guid] })],
      [reader, { environment: { ENTRA_ALLOWED_CLIENTS: guid } }],
    ],
  },
  {
    reason: "tenant_not_allowed_here",
    cases: [
      [reader, orders({ scopes, tenants: [guid] })],
      [daemon, orders({ roles: ["Orders.Read.All"], tenants: [guid] })],
    ],
  },
  {
    reason: "agent_not_allowed",
    cases: [
      [reader, orders({ scopes, agent: "only" })],
      [daemon, orders({ roles: ["Orders.Read.All"], agent: "only" })],
    ],
  },
  {
    reason: "kind_not_allowed",
    cases: [
      [daemon, orders({ scopes })],
      [reader, orders({ anyRole: ["Orders.Admin"] })],
    ],
  },
  { reason: "scope_missing", cases: [[{ scopes: ["x"] }, orders({ scopes })]] },
  {
    reason: "role_missing",
    cases: [
      [daemon, orders({ anyRole: ["Orders.Admin"] })],
      [reader, orders({ scopes, roles: ["Orders.Admin"] })],
    ],
  },
  {
    reason: "authentication_context_missing",
    cases: [
      [capable, orders({ scopes, acrs: ["c1"] })],
      [reader, orders({ scopes, acrs: ["c1"] })],
    ],
  },
  {
    reason: "token_revoked",
    cases: [
      [{ ...capable, ...older }, revoking],
      [older, revoking],
    ],
  },
  { reason: "caller_blocked", cases: [[reader, listing(blocking)]] },
];

it.each(refused)("lists the members of the gate's denials for $reason", async ({ reason, cases }) => {
  const verdicts = cases.map(async ([token, situation]) => {
    const { verdict } = await explainCredential(`Bearer ${await entra.issueAccessToken(token)}`, situation);
    return "denial" in verdict ? verdict.denial : verdict;
  });
  expect(await Promise.all(verdicts)).toEqual(listCases(reason).map(({ members }) => ({ reason, ...members })));
});

describe("docs/reference/reasons.md", () => {
  it("ends with the next step", () => {
    expect(page).toMatch(/\n## Next\n\n(?:- .+\n)+$/);
  });

  it("has every reason of the union, and no other", () => {
    expect(union.length).toBeGreaterThan(40);
    expect([...headings].sort()).toEqual([...new Set(union)].sort());
    expect(Object.keys(reasonTexts).sort()).toEqual([...headings].sort());
  });

  it("has the meaning, the response and the fix of each reason", () => {
    for (const section of sections) {
      expect(section).toMatch(/^\w+\n\n\S[^\n]+\n\nCaller: `\d{3} [^\n]+\n\n(?:Log: `"[^\n]+`\n\n)?Fix: [^\n]+\n/);
    }
  });
});
