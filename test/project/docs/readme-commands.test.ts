import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readPages, root } from "../../support/docs/pages.ts";

/** Commands of the README: the test that runs each, and the text by which that test starts it. */
const runs: Readonly<Record<string, readonly [test: string, start: string]>> = {
  "npm ci && npm run dev": ["test/dev/start.test.ts", "dev/start.ts"],
  "npx entra-gate init": ["test/package/init.test.ts", '"init"'],
  "npm run deploy -- --env production --dry-run": ["test/project/deploy.test.ts", "scripts/deployment/deploy.ts"],
  "npm pack --ignore-scripts=false": ["test/support/package/install.ts", '"--ignore-scripts=false"'],
  "cd ../my-worker && npm install ../entra-gate/entra-gate-0.2.0.tgz hono": [
    "test/support/package/install.ts",
    '"install"',
  ],
  "npx entra-gate explain": ["test/package/command.test.ts", "explain"],
  "npx entra-gate doctor": ["test/package/command.test.ts", "doctor"],
  "npm run bench -- --quick": ["test/project/bench.test.ts", '"--quick"'],
  "npm ci && npm test": [".ci/run", "npm test"],
};

const readme = readPages().find(({ file }) => file === "README.md");

describe("each command of the README", () => {
  const inBlocks = (readme?.snippets ?? [])
    .filter(({ language }) => language === "sh")
    .flatMap(({ code }) => code.split("\n"));
  const inLine = [...(readme?.text ?? "").matchAll(/`((?:npm|npx) [^`]+)`/g)].map(([, command = ""]) => command);

  it("has a test, and every test a command", () => {
    const commands = new Set([...inBlocks, ...inLine].filter((command) => command.trim() !== ""));
    expect([...commands].sort()).toEqual(Object.keys(runs).sort());
  });

  it.each(Object.entries(runs))("%s runs", (_command, [test, start]) => {
    expect(readFileSync(path.join(root, test), "utf8")).toContain(start);
  });
});
