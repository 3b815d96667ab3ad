// Runs wrangler with the arguments given, quiet and without a word to anyone: no metrics, no error reports, no look-ups.
import { spawnSync } from "node:child_process";
import { quietEnvironment } from "./quiet.ts";

const { status } = spawnSync("wrangler", process.argv.slice(2), {
  stdio: "inherit",
  env: { ...process.env, ...quietEnvironment },
  shell: process.platform === "win32",
});
process.exit(status ?? 1);
