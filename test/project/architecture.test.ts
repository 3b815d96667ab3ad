import path from "node:path";
import { describe, expect, it } from "vitest";
import {
  areas,
  findCycles,
  findForbiddenImports,
  findUnknownPlaces,
  findUpwardImports,
  readSource,
  readSources,
} from "../support/architecture.ts";

const root = path.resolve(import.meta.dirname, "../..");
const sources = readSources(root);

describe("src", () => {
  it("is covered by the rules", () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.find(({ file }) => file === "src/gate.ts")?.imports).toContain("src/guard/setup.ts");
    expect(sources.find(({ file }) => file === "src/app/serve/router.ts")?.imports).toContain(
      "hono/router/trie-router",
    );
    expect(findUnknownPlaces(sources)).toEqual([]);
  });

  it("imports only downwards, from itself, and from the allowed packages", () => {
    expect(findForbiddenImports(sources)).toEqual([]);
  });

  it("has no cycles", () => {
    expect(findCycles(sources)).toEqual([]);
  });
});

describe("the code outside src", () => {
  const beside = areas.flatMap((area) => readSources(root, area));

  it("is covered by the rules", () => {
    for (const area of areas) expect(beside.some(({ file }) => file.startsWith(`${area}/`))).toBe(true);
    expect(beside.find(({ file }) => file === "scripts/walk.mjs")?.imports).toContain("src/testing/entra.ts");
  });

  it("has no cycles, within a folder or between two", () => {
    expect(findCycles(beside)).toEqual([]);
  });

  it("imports only from its own folder and from those before it", () => {
    expect(findUpwardImports(beside)).toEqual([]);
  });

  it.each([
    ["dev/a.ts", "../scripts/quiet.ts"],
    ["dev/entra/a.ts", "../../test/support/io.ts"],
    ["test/support/a.ts", "../../bench/report.ts"],
    ["test/support/a.ts", "../worker/paths.test.ts"],
    ["bench/a.ts", "../scripts/soak/run.ts"],
    ["scripts/a.mjs", "../test/project/support/try-script.ts"],
    ["src/a.ts", "../dev/entra/entra.ts"],
  ])("may not have %s import %s", (file, imported) => {
    expect(findUpwardImports([readSource(file, `import { a } from "${imported}";\n`)])).toHaveLength(1);
  });

  it.each([
    ["scripts/a.ts", "../bench/report.ts"],
    ["scripts/soak/a.ts", "../../test/support/random.ts"],
    ["bench/a.ts", "../dev/loopback.ts"],
    ["test/support/a.ts", "../../dev/stack.ts"],
    ["dev/a.ts", "../src/io.ts"],
    ["dev/a.ts", "esbuild"],
  ])("may have %s import %s", (file, imported) => {
    expect(findUpwardImports([readSource(file, `import { a } from "${imported}";\n`)])).toEqual([]);
  });
});

describe("the rules", () => {
  const forbidden = (file: string, statement: string) => findForbiddenImports([readSource(file, `${statement}\n`)]);

  it.each([
    ["src/config/x.ts", 'import { a } from "../keys/entry.ts";'],
    ["src/keys/x.ts", 'import type { Principal } from "../token/principal.ts";'],
    ["src/token/x.ts", 'import { type Requirement } from "../policy/requirement.ts";'],
    ["src/policy/x.ts", 'export { refuse } from "../app/refuser.ts";'],
    ["src/origin/x.ts", 'export * from "../app/app.ts";'],
    ["src/app/x.ts", 'import {\n  type Gate,\n  createGate,\n} from "../gate.ts";'],
    ["src/guard/x.ts", 'import { forwardToOrigin } from "../origin/forward.ts";'],
    ["src/adapters/x.ts", 'import { createGate } from "../gate.ts";'],
    ["src/adapters/x.ts", 'import type { Report } from "../cli/x.ts";'],
    ["src/adapters/x.ts", 'import { App } from "@daloyjs/core";'],
    ["src/config/x.ts", 'const a: import("../app/route.ts").Route = b;'],
    ["src/config/x.ts", 'const late = () => import("../app/route.ts");'],
    ["src/config/x.ts", 'import "../app/route.ts";'],
    ["src/io.ts", 'import type { Config } from "./config/config.ts";'],
    ["src/denial.ts", 'import { createGate } from "./gate.ts";'],
    ["src/guard/setup.ts", 'import { createGate } from "../gate.ts";'],
    ["src/gate.ts", 'import { routes } from "./routes.ts";'],
    ["src/gate.ts", 'import { createEntra } from "../dev/entra/entra.ts";'],
    ["src/worker.ts", 'import { claims } from "../test/support/claims.ts";'],
    ["src/token/x.ts", 'import { a } from "../../src/testing/keys/jws.ts";'],
    ["src/token/x.ts", 'import { a } from "../../test/keys/x.ts";'],
    ["src/token/x.ts", 'import { a } from "../../../elsewhere.ts";'],
    ["src/token/x.ts", 'import { a } from "./header";'],
    ["src/token/x.ts", 'import { Buffer } from "node:buffer";'],
    ["src/downstream/x.ts", 'import { readFileSync } from "node:fs";'],
    ["src/token/x.ts", 'import { createHash } from "node:crypto";'],
    ["src/token/x.ts", 'import { z } from "zod";'],
    ["src/token/x.ts", 'import { x } from "@azure/msal-node";'],
    ["src/gate.ts", 'import { x } from "@azure/msal-node";'],
    ["src/downstream/x.ts", 'import { x } from "@azure/msal-common";'],
    ["src/origin/x.ts", 'import { downstream } from "../downstream/downstream.ts";'],
    ["src/token/x.ts", 'import { x } from "josephine";'],
    ["src/index.ts", 'import { createTestEntra } from "./testing/testing.ts";'],
    ["src/cli/x.ts", 'import { tenants } from "../testing/directory/directory.ts";'],
    ["src/testing/x.ts", 'import * as limits from "../limits.ts";'],
  ])("forbid %s to contain %j", (file, statement) => {
    expect(forbidden(file, statement)).toHaveLength(1);
  });

  it.each([
    ["src/app/x.ts", 'import { a } from "./y.ts";'],
    ["src/app/x.ts", 'import { a } from "../config/guid.ts";'],
    ["src/config/x.ts", 'import * as limits from "../limits.ts";'],
    ["src/denial.ts", 'import type { Result } from "./result.ts";'],
    ["src/gate.ts", 'import { createRuntime } from "./runtime.ts";'],
    ["src/gate.ts", 'import { forward } from "./origin/forward.ts";'],
    ["src/routes.ts", 'import type { App } from "./index.ts";'],
    ["src/worker.ts", 'import { routes } from "./routes.ts";'],
    ["src/keys/x.ts", 'import { base64url } from "jose";'],
    ["src/app/x.ts", 'import { cors } from "hono/cors";'],
    ["src/downstream/x.ts", 'import { X509Certificate } from "node:crypto";'],
    ["src/cli/x.ts", 'import { parseArgs } from "node:util";'],
    ["src/adapters/x.ts", 'import { createSetups } from "../guard/setup.ts";'],
    ["src/downstream/x.ts", 'const { a } = await import("@azure/msal-node");'],
    ["src/testing/endpoints/x.ts", 'import { a } from "../issuer.ts";'],
    ["src/app/x.ts", ' * import { a } from "../gate.ts";'],
    ["src/app/x.ts", 'export const a = "b"; // taken from "../gate.ts"'],
  ])("allow %s to contain %j", (file, statement) => {
    expect(forbidden(file, statement)).toEqual([]);
  });

  it("find a cycle through types, of any length", () => {
    const file = (name: string, imported: string) =>
      readSource(`src/keys/${name}.ts`, `import type { X } from "./${imported}.ts";\n`);
    expect(findCycles([file("a", "b"), file("b", "c"), file("c", "b")])).toEqual([
      "src/keys/b.ts -> src/keys/c.ts -> src/keys/b.ts",
    ]);
    expect(findCycles([file("a", "a")])).toEqual(["src/keys/a.ts -> src/keys/a.ts"]);
    expect(findCycles([file("a", "b"), file("b", "c"), file("d", "b")])).toEqual([]);
  });

  it("assign every file, or report it", () => {
    const places = ["src/gate.ts", "src/io.ts", "src/keys/a.ts", "src/helpers/a.ts", "src/util.ts"];
    expect(findUnknownPlaces(places.map((file) => readSource(file, "")))).toEqual(["src/helpers/a.ts", "src/util.ts"]);
  });
});
