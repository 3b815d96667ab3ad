import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { linkOf } from "../../src/cli/explain/diagnose.ts";
import { reasonTexts } from "../../src/cli/explain/reasons.ts";
import { renderRefusals } from "../../src/cli/explain/refusals-page.ts";

const root = path.resolve(import.meta.dirname, "../..");
const page = readFileSync(path.join(root, "docs/reference/reasons.md"), "utf8");
const headings = [...page.matchAll(/^## (\w+)$/gm)].map(([, reason]) => reason);

/** Every reason of the union, read from its source, so that neither the texts nor the page can omit one. */
const source = readFileSync(path.join(root, "src/denial.ts"), "utf8");
const union = [...source.slice(0, source.indexOf("export type Reason")).matchAll(/"([a-z0-9_]+)"/g)]
  .map(([, word]) => word ?? "")
  .filter((word) => word.includes("_") || ["expired", "misconfigured"].includes(word));

describe("docs/reference/reasons.md", () => {
  it("is what the script writes", () => {
    expect(page, "run: node scripts/write-refusals.ts").toBe(renderRefusals());
  });

  it("has every reason of the union, and no other", () => {
    expect(union.length).toBeGreaterThan(40);
    expect([...headings].sort()).toEqual([...new Set(union)].sort());
    expect(Object.keys(reasonTexts).sort()).toEqual([...headings].sort());
  });

  it("has the sections that explain links to", () => {
    const [file = "", anchor] = linkOf({ reason: "audience_mismatch" }).split("#");
    expect(existsSync(path.join(root, file))).toBe(true);
    expect(headings).toContain(anchor);
  });

  it("has the meaning, the response and the fix of each reason", () => {
    for (const section of page.split(/^## /m).slice(1)) {
      expect(section).toMatch(/^\w+\n\n\S[^\n]+\n\nCaller: `\d{3} [^\n]+\n\nFix: [^\n]+\n/);
    }
  });
});
