import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { quietEnvironment } from "./scripts/quiet.ts";

Object.assign(process.env, quietEnvironment);

/** Folders of tests that drive workerd, Deno or a browser from outside; all others run inside workerd. */
const fromOutside = ["test/worker", "test/project", "test/dev", "test/cli"].map((folder) => `${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    silent: "passed-only",
    reporters: ["default", "./scripts/tally.ts"],
    projects: [
      {
        plugins: [
          cloudflareTest({
            miniflare: {
              compatibilityDate: "2026-11-09",
              compatibilityFlags: ["nodejs_compat"],
              // Closed network: whatever a test does not answer itself is answered here.
              outboundService: () => new Response("closed network", { status: 599 }),
            },
          }),
        ],
        test: { name: "inside", include: ["test/**/*.test.ts"], exclude: fromOutside, testTimeout: 60_000 },
      },
      {
        test: { name: "outside", include: fromOutside, environment: "node", testTimeout: 60_000, hookTimeout: 60_000 },
      },
    ],
  },
});
