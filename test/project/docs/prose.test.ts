import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { checkProse } from "../../../scripts/prose/check-prose.ts";
import { judge as judgeFile } from "../../../scripts/prose/judge.ts";
import rules from "../../../scripts/prose/rules.json" with { type: "json" };

const root = path.resolve(import.meta.dirname, "../../..");
const files = globSync([...rules.pages, ...rules.programs], { cwd: root }).sort();
const judge = (markdown: string) => judgeFile("page.md", markdown);

describe("prose", () => {
  it("has limits at least as strict as those of the project", () => {
    expect(rules.medianWords).toBeLessThanOrEqual(18);
    expect(rules.maxWords).toBeLessThanOrEqual(40);
    expect(files).toEqual(expect.arrayContaining(["README.md", "SECURITY.md", "docs/README.md", "src/refusal.ts"]));
  });

  it.each(files)("of %s keeps the rules", (file) => {
    expect(judgeFile(file, readFileSync(path.join(root, file), "utf8"))).toEqual([]);
  });

  it("breaks a rule with a long sentence, a long median, or too many passive sentences", () => {
    const words = (count: number) => `The gate ${"refuses this token and ".repeat(count / 4)}stops.`;
    expect(judge(words(44))).toEqual(expect.arrayContaining([expect.stringContaining("[length] 47 words")]));
    expect(judge(words(20))).toEqual(expect.arrayContaining([expect.stringContaining("[median]")]));
    expect(judge(words(12))).toEqual([]);
    expect(judge("The token is refused. ".repeat(10))).toEqual([expect.stringContaining("[passive]")]);
  });

  it("breaks a rule with a word that the project does not use", () => {
    expect(judge("Whoever is not in gets 401.")).toEqual([expect.stringContaining("[terms]")]);
    expect(judge("The gate simply refuses the token.")).toEqual([expect.stringContaining("[intensify]")]);
    expect(judge("The gate refuses the the token.")).toEqual([expect.stringContaining("[repeated-words]")]);
    expect(
      judge(
        "Notwithstanding considerable architectural heterogeneity, organizational interoperability characteristics " +
          "necessitate comprehensive authentication infrastructure documentation, individualized configurability, and geographically decentralized administrative responsibilities.",
      ),
    ).toEqual(expect.arrayContaining([expect.stringContaining("[readability]")]));
  });

  it("breaks a rule in a text that a program outputs, and nowhere else in a module", () => {
    const text = 'throw new TypeError("whoever calls gets nothing");';
    expect(judgeFile("a.ts", text)).toEqual([expect.stringMatching(/^a\.ts:1 \[terms\]/)]);
    expect(judgeFile("a.ts", `\n\n${text.replaceAll('"', "`")}`)).toEqual([
      expect.stringMatching(/^a\.ts:3 \[terms\]/),
    ]);
    expect(judgeFile("a.ts", `// ${text}\n/** ${text} */\nconst whoever = "whoever";`)).toEqual([]);
  });

  it("does not judge code, and counts it as one word", () => {
    expect(judge("```sh\nwhoever\n```\n\nRun `whoever simply` once.")).toEqual([]);
    expect(checkProse("Run `npm run dev -- --port 9000` once.").sentences.map(({ words }) => words)).toEqual([3]);
  });
});
