import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { describeExplanation, renderExplanation } from "../../cli/explain/render.ts";
import type { AccessTokenOptions } from "../../entra/tokens/issuer.ts";
import { App } from "../../src/app/app.ts";
import { origin } from "../../src/app/build/origin.ts";
import { requireAuth } from "../../src/app/types/auth.ts";
import { readPages, root } from "../support/docs/pages.ts";
import { entra, explainCredential, type Situation } from "./support/explain-world.ts";

const graph = "00000003-0000-0000-c000-000000000000";
/** The token of each page, by the reason in its output. */
const tokens: Readonly<Record<string, AccessTokenOptions>> = {
  audience_mismatch: { claims: { aud: graph } },
  tenant_not_allowed: { persona: "outsider" },
  expired: { claims: { iat: 1_000, nbf: 1_000, exp: 2_000 } },
  scope_missing: { scopes: ["orders.read"] },
  role_missing: { client: "daemon" },
};
const situations: Readonly<Record<string, Situation>> = {
  role_missing: {
    options: { routes: new App().get("/orders", { hooks: requireAuth({ anyRole: ["Orders.Admin"] }) }, origin()) },
    request: { method: "GET", url: "https://api.contoso.example/orders" },
  },
};

const snippets = readPages().flatMap(({ file, snippets: own }) => own.map((snippet) => ({ file, ...snippet })));
const explained = snippets
  .filter(({ language, code }) => language === "text" && /^Refused {2}/m.test(code))
  .map(({ file, code }) => ({ file, shown: code.replace(/^\$ .*\n/, "") }));

describe("the documentation shows", () => {
  it.each(explained)("the output of explain, in $file", async ({ shown }) => {
    const [, reason = ""] = /^Refused {2}(\w+)/.exec(shown) ?? [];
    const token = await entra.issueAccessToken(tokens[reason]);
    const explanation = await explainCredential(`Bearer ${token}`, situations[reason]);
    const report = describeExplanation(explanation, { sources: [], keys: "", problems: [] });
    const printed = renderExplanation(report, (_style, text) => text);
    expect(printed.slice(0, shown.length)).toBe(shown);
  });

  it("output that the checks recognize", () => {
    expect(explained.length).toBeGreaterThan(2);
  });

  it("texts that callers get", () => {
    const source = readFileSync(path.join(root, "src/base/common/refusal.ts"), "utf8");
    const details = snippets.flatMap(({ code }) => [...code.matchAll(/"detail":"([^"]+)"/g)].map(([, text]) => text));
    expect(details.length).toBeGreaterThan(0);
    expect(details.filter((text) => !source.includes(`"${text}"`))).toEqual([]);
  });
});
