import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { describeExplanation, renderExplanation } from "../../src/cli/explain/render.ts";
import { readPages, root } from "../support/docs/pages.ts";
import { entra, explainCredential } from "./support/explain-world.ts";

const graph = "00000003-0000-0000-c000-000000000000";
/** The token of each page, by the reason in its output. */
const tokens: Readonly<Record<string, () => Promise<string>>> = {
  audience_mismatch: () => entra.issueAccessToken({ claims: { aud: graph } }),
  kind_not_allowed: () => entra.issueAccessToken({ client: "daemon" }),
  tenant_not_allowed: () => entra.issueAccessToken({ persona: "outsider" }),
};

const snippets = readPages().flatMap(({ file, snippets: own }) => own.map((snippet) => ({ file, ...snippet })));
const explained = snippets
  .filter(({ language, code }) => language === "text" && /^Refused {2}/m.test(code))
  .map(({ file, code }) => ({ file, shown: code.replace(/^\$ .*\n/, "") }));

describe("the documentation shows", () => {
  it.each(explained)("the output of explain, in $file", async ({ shown }) => {
    const [, reason = ""] = /^Refused {2}(\w+)/.exec(shown) ?? [];
    const token = await tokens[reason]?.();
    const explanation = await explainCredential(`Bearer ${token}`);
    const report = describeExplanation(explanation, { sources: [], keys: "", problems: [] });
    const printed = renderExplanation(report, (_style, text) => text);
    expect(printed.slice(0, shown.length)).toBe(shown);
  });

  it("output that the checks recognize", () => {
    expect(explained.length).toBeGreaterThan(2);
  });

  it("texts that callers get", () => {
    const source = readFileSync(path.join(root, "src/refusal.ts"), "utf8");
    const details = snippets.flatMap(({ code }) => [...code.matchAll(/"detail":"([^"]+)"/g)].map(([, text]) => text));
    expect(details.length).toBeGreaterThan(1);
    expect(details.filter((text) => !source.includes(`"${text}"`))).toEqual([]);
  });
});
