import { expect, it } from "vitest";
import { findSettingLine } from "../../../cli/project/setting-lines.ts";

const json = `{
  // "vars": { "A": "no" },
  "vars": { "A": "1",
    "B": "2", },
  "env": {
    "live": { "vars": {
      "A": "3" } }
  }
}`;
const toml = `main = "a.ts"
[vars]
# A = "no"
A = "1"
"B" = "2"
[env.live.vars]
A = "3"
[[env.live.routes]]
pattern = "a/*"
`;

it.each([
  ["wrangler.jsonc", json, ["vars"], 3],
  ["wrangler.jsonc", json, ["vars", "B"], 4],
  ["wrangler.jsonc", json, ["env", "live", "vars", "A"], 7],
  ["wrangler.jsonc", json, ["env", "test", "vars", "A"], undefined],
  ["wrangler.jsonc", "{", ["vars"], undefined],
  ["wrangler.toml", toml, ["main"], 1],
  ["wrangler.toml", toml, ["vars"], 2],
  ["wrangler.toml", toml, ["vars", "A"], 4],
  ["wrangler.toml", toml, ["vars", "B"], 5],
  ["wrangler.toml", toml, ["env", "live", "vars", "A"], 7],
  ["wrangler.toml", toml, ["vars", "C"], undefined],
  [".dev.vars", "# A=no\nAA=1\nexport A=2\n", ["A"], 3],
] as const)("%s, %#: the line of a setting", (name, text, path, line) => {
  expect(findSettingLine(name, text, path)).toBe(line);
});
