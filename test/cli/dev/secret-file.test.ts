import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseEnv } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type PassedVariables, passVariables } from "../../../cli/dev/secret-file.ts";

let folder: string;
let passed: PassedVariables | undefined;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "secrets-"));
});
afterEach(() => {
  for (const each of [folder, passed?.folder]) if (each !== undefined) rmSync(each, { recursive: true });
});

/** What Wrangler reads: the files in their order, each by itself. */
function readFiles(): Readonly<Record<string, string | undefined>> {
  const files = passed!.args.filter((_, index, all) => all[index - 1] === "--env-file");
  return Object.assign({}, ...files.map((file) => parseEnv(readFileSync(file, "utf8"))));
}

describe("a secret of a run", () => {
  it.each(["PLACE='s-Hertogenbosch", 'PLACE="open', "PLACE=`open", "PLACE=a", "# it's"])(
    "is passed beside a project's own line %s",
    (line) => {
      writeFileSync(path.join(folder, ".dev.vars"), `ENTRA_CLIENT_SECRET="own"\n${line}`);
      const variables = { ENTRA_CLIENT_SECRET: "local", GATE_SESSION_KEY: "k1:local", ENTRA_TENANT_ID: "id" };
      passed = passVariables(folder, variables, { ENTRA_CLIENT_SECRET: "own" });
      expect(passed.args.slice(0, 2)).toEqual(["--var", "ENTRA_TENANT_ID:id"]);
      expect(passed.args.join(" ")).not.toContain("local");
      expect(readFiles()).toMatchObject({ ENTRA_CLIENT_SECRET: "local", GATE_SESSION_KEY: "k1:local" });
    },
  );

  it("is in files that only the user can read", () => {
    writeFileSync(path.join(folder, ".dev.vars"), "A=1");
    passed = passVariables(folder, { GATE_SESSION_KEY: "k1:local" }, {});
    const files = passed.args.filter((each) => each !== "--env-file");
    expect([passed.folder!, ...files].map((each) => statSync(each).mode & 0o777)).toEqual([0o700, 0o600, 0o600]);
  });
});
