// Mutation testing, one folder at a time, each with its own tests: npm run mutate [-- authorities common guard policy
// keys token groups forwarding http]
import { spawnSync } from "node:child_process";
import path from "node:path";
import { readStoredKeys } from "../test/support/stored-keys.ts";

const folders: Readonly<Record<string, string>> = {
  common: "src/base/common/refusal.ts,src/base/common/waiting.ts",
  authorities: "src/extensions/authorities/**/*.ts",
  guard: "src/core/guard/guard.ts,src/core/guard/composition.ts",
  policy: "src/core/policy/**/*.ts",
  keys: "src/core/keys/**/*.ts",
  token: "src/core/token/**/*.ts",
  groups: "src/extensions/groups/**/*.ts",
  forwarding: [
    "src/forwarding/added-headers.ts",
    "src/forwarding/claim-types.ts",
    "src/forwarding/identity.ts",
    "src/forwarding/omission.ts",
    "src/forwarding/request-headers.ts",
    "src/forwarding/response.ts",
  ].join(","),
  http: "src/base/http/outgoing-response.ts,src/base/http/add-headers.ts",
};

const root = path.resolve(import.meta.dirname, "..");
// Stryker adds what the first run takes to the time limit of each mutant, so the keys are created before it.
readStoredKeys(256);
const wanted = process.argv.slice(2);
for (const folder of wanted.length > 0 ? wanted : Object.keys(folders)) {
  const files = folders[folder];
  if (files === undefined) throw new Error(`${folder} is none of ${Object.keys(folders).join(", ")}`);
  const { status } = spawnSync("npx", ["stryker", "run", "tools/config/stryker.json", "--mutate", files], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, MUTATED_FOLDER: folder },
  });
  if (status !== 0) process.exitCode = 1;
}
