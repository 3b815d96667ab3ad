import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { quietEnvironment } from "./cli/project/quiet.ts";
import { denoPool } from "./test/support/deno/pool.ts";
import type { GateRuntime } from "./test/support/gate-runtime.ts";
import { LongestFirst } from "./test/support/longest-first.ts";
import { hasOtherNodes, otherNodes } from "./test/support/runtimes/nodes.ts";
import { declareTags } from "./tools/generate/promises.ts";

// Tests start Wrangler, Vitest and TypeScript many times. With the cache, Node compiles them once.
process.env.NODE_COMPILE_CACHE ??= path.join(tmpdir(), "entra-gate-compile-cache");
Object.assign(process.env, quietEnvironment);

// Many files start the same workers, in several processes.
const bundles = mkdtempSync(path.join(tmpdir(), "entra-gate-bundles-"));
process.on("exit", () => rmSync(bundles, { recursive: true }));
process.env.TEST_BUNDLES = bundles;

/** Folders of tests that drive programs from outside; all others run inside workerd. */
const fromOutside = ["test/worker", "test/project", "test/cli", "test/entra/server"].map(
  (folder) => `${folder}/**/*.test.ts`,
);
/** Tests of `npm run test:all`, beside the projects of other runtimes and of the package. */
const slow = "test/**/slow/**/*.test.ts";
/** Tests that load many modules, or measure: a process that has run other files is up to ten times slower. */
const alone = "test/project/alone/*.test.ts";
const onPackage = "test/package/**/*.test.ts";
/**
 * Tests of `entra-gate/origin`, which runs in the origin and not in the gate. A rotation is a matter of time, not of
 * the runtime.
 */
const ofOrigins = ["test/origin/!(rotation).test.ts"];

/**
 * Black-box tests run on workerd, Deno and Node. A file that cannot, or that finds the same on each, because it tests a
 * decision and not what the runtime reads or sends, names its runtimes in its first line: `// Runtimes: workerd, deno`.
 */
const runtimesOf = new Map(
  globSync("test/worker/everywhere/**/*.test.ts", { cwd: import.meta.dirname }).map((file) => {
    const [, named = "workerd, deno, node"] =
      /^\/\/ Runtimes: (.+)$/m.exec(readFileSync(file, "utf8").slice(0, 200)) ?? [];
    return [file.replaceAll(path.sep, "/"), named.split(", ")];
  }),
);
const listBlackBox = (runtime: GateRuntime, isIn: boolean) =>
  [...runtimesOf].flatMap(([file, runtimes]) => (runtimes.includes(runtime) === isIn ? [file] : []));

/** Time limits for a busy machine: they only end what hangs. */
const patience = {
  testTimeout: 300_000,
  hookTimeout: 300_000,
  expect: { poll: { timeout: 120_000 } },
};

/** Black-box tests that drive a gate in another runtime than workerd. */
const outsideIn = (gateRuntime: GateRuntime) => ({
  test: {
    name: gateRuntime,
    include: listBlackBox(gateRuntime, true),
    environment: "node" as const,
    setupFiles: ["test/support/globals.ts"],
    isolate: false,
    env: { GATE_RUNTIME: gateRuntime },
    ...patience,
  },
});

// Files share a process, or a workerd: to start one for each file took more than half of the whole time (`isolate:
// false`).
export default defineConfig({
  test: {
    // Vitest takes one less than there are cores. Many files wait more than they compute, so CI with two cores can run
    // four.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    silent: "passed-only",
    // Each promise of docs/explanation/promises.md is a tag of the tests that hold it, in every project.
    tags: declareTags(),
    // PROPERTY_CASES=10000 npx vitest run test/properties
    provide: { propertyCases: Number(process.env.PROPERTY_CASES ?? 0) },
    reporters: ["default", "./tools/tally.ts"],
    projects: [
      {
        plugins: [
          cloudflareTest({
            miniflare: {
              compatibilityDate: "2026-10-12",
              compatibilityFlags: ["nodejs_compat"],
              // Closed network: whatever a test does not answer itself is answered here.
              outboundService: () => new Response("closed network", { status: 599 }),
            },
          }),
        ],
        test: {
          name: "inside",
          include: ["test/**/*.test.ts"],
          exclude: [...fromOutside, onPackage, slow],
          isolate: false,
          ...patience,
        },
      },
      {
        test: {
          name: "outside",
          include: fromOutside,
          exclude: [slow, alone, ...listBlackBox("workerd", false)],
          environment: "node",
          setupFiles: ["test/support/globals.ts"],
          isolate: false,
          ...patience,
        },
      },
      // `npm test` ends here. `npm run test:all` runs the other projects.
      {
        test: {
          name: "slow",
          include: [slow],
          environment: "node",
          setupFiles: ["test/support/globals.ts"],
          isolate: false,
          ...patience,
        },
      },
      {
        test: {
          name: "alone",
          include: [alone],
          environment: "node",
          ...patience,
        },
      },
      {
        test: {
          name: "package",
          include: [onPackage],
          environment: "node",
          globalSetup: "test/support/package/install.ts",
          setupFiles: ["test/support/package/installed.ts"],
          ...patience,
        },
      },
      {
        test: {
          name: "inside deno",
          include: ["test/core/keys/**/*.test.ts", ...ofOrigins],
          pool: denoPool,
          isolate: false,
          ...patience,
        },
      },
      {
        test: {
          name: "inside node",
          include: ofOrigins,
          environment: "node",
          isolate: false,
          ...patience,
        },
      },
      ...(["deno", "node", "deno-without-cache"] as const).map(outsideIn),
      // What a server reads depends on its Node. One file takes some seconds.
      ...(hasOtherNodes ? otherNodes : []).map((version) => {
        const { test } = outsideIn("node");
        const include = ["test/worker/everywhere/hostile/request.test.ts"];
        return { test: { ...test, name: `node ${version}`, include, env: { ...test.env, GATE_NODE: version } } };
      }),
    ],
  },
});
