// `npm run generate [-- --check]`: writes every file that follows from the source. With --check, it only names those
// that differ, and fails.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { renderClaims } from "./generate/claims.ts";
import { renderCommands } from "./generate/cli.ts";
import { drawDashboard } from "./generate/dashboard.ts";
import { renderEntraSchema } from "./generate/entra-schema.ts";
import { renderLimits } from "./generate/limits.ts";
import { renderLocalErrors } from "./generate/local-entra-errors.ts";
import { renderPromisesPage } from "./generate/promises.ts";
import { renderReasons } from "./generate/reasons.ts";
import { renderSignInErrors } from "./generate/sign-in-errors.ts";
import { renderSpeed, renderSpeedPage } from "./generate/speed.ts";
import { renderVariables } from "./generate/variables.ts";

/** The file that each function renders. It gets the text before, for a page of which it writes a part. */
const generators: Readonly<Record<string, (before: string) => string>> = {
  "docs/explanation/promises.md": renderPromisesPage,
  "docs/explanation/what-was-seen-where.md": renderClaims,
  "README.md": renderSpeed,
  "docs/explanation/speed.md": renderSpeedPage,
  "docs/how-to/dashboard.svg": drawDashboard,
  "docs/reference/cli.md": renderCommands,
  "docs/reference/cli-operation.md": renderCommands,
  "docs/reference/entra-errors.md": renderSignInErrors,
  "docs/reference/limits.md": renderLimits,
  "docs/reference/local-entra-errors.md": renderLocalErrors,
  "docs/reference/reasons.md": renderReasons,
  "docs/reference/variables.md": renderVariables,
  "entra/directory/directory-schema.json": renderEntraSchema,
};

const root = path.resolve(import.meta.dirname, "..");
const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
for (const [name, render] of Object.entries(generators)) {
  const file = path.join(root, name);
  const before = readFileSync(file, "utf8");
  const text = render(before);
  if (text === before) continue;
  if (values.check) {
    console.error(`${name} differs from the source: run npm run generate`);
    process.exitCode = 1;
  } else writeFileSync(file, text);
}
