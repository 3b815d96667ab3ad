// Mutation testing, one folder at a time, each with its own tests: npm run mutate [-- authorities common guard policy
// keys token groups forwarding http]
import { spawnSync } from "node:child_process";
import path from "node:path";
import { readStoredKeys } from "../test/support/stored-keys.ts";

const folders: Readonly<Record<string, string>> = {
  common: "src/common/refusal.ts,src/common/waiting.ts",
  authorities: "src/authorities/**/*.ts",
  guard: "src/guard/guard.ts,src/guard/composition.ts",
  policy: "src/policy/**/*.ts",
  keys: "src/keys/**/*.ts",
  token: "src/token/**/*.ts",
  groups: "src/groups/**/*.ts",
  forwarding: [
    "src/forwarding/added-headers.ts",
    "src/forwarding/claim-types.ts",
    "src/forwarding/identity.ts",
    "src/forwarding/omission.ts",
    "src/forwarding/request-headers.ts",
    "src/forwarding/response.ts",
  ].join(","),
  http: "src/http/outgoing-response.ts,src/http/add-headers.ts",
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
