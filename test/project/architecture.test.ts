import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import {
  areas,
  exportsFolder,
  findCycles,
  findForbiddenImports,
  findUnknownPlaces,
  readSource,
  readSources,
  sourceFolders,
} from "../support/architecture.ts";

const root = path.resolve(import.meta.dirname, "../..");
const installed = ["src", "entra", "cli"];
const sources = [...installed, ...areas].flatMap((folder) => readSources(root, folder));

describe("the source", () => {
  it("is covered by the rules", () => {
    for (const folder of [...installed, ...areas])
      expect(sources.some(({ file }) => file.startsWith(`${folder}/`))).toBe(true);
    expect(sources.find(({ file }) => file === "src/gate.ts")?.imports).toContain("src/app/composition.ts");
    expect(sources.find(({ file }) => file === "src/extensions/sealing/cipher.ts")?.imports).toContain("jose");
    expect(sources.find(({ file }) => file === "tools/walk.mjs")?.imports).toContain("tools/walk/sample.ts");
    expect(findUnknownPlaces(sources)).toEqual([]);
  });

  it("imports only downwards, from its own folder, and from the allowed packages", () => {
    expect(findForbiddenImports(sources)).toEqual([]);
  });

  it("has no cycles", () => {
    expect(findCycles(sources)).toEqual([]);
  });

  // Biome keeps those of code.
  it("keeps lines of comments to 120 columns", () => {
    const files = globSync("{src,cli,entra,create,lab,tools,test}/**/*.{ts,mjs}", {
      cwd: root,
      exclude: ["**/node_modules/**", "**/*.d.ts", "test/vectors/**"],
    });
    expect(files.length).toBeGreaterThan(1_000);
    const isTooLong = (line: string) => line.length > 120 && /^\s*(?:\/\/|\/?\*)/.test(line);
    const found = files.flatMap((file) =>
      readFileSync(path.join(root, file), "utf8")
        .split("\n")
        .filter(isTooLong)
        .map((line) => `${file}: ${line}`),
    );
    expect(found).toEqual([]);
  });

  it("names in src/cli-exports what the command line and the local Entra use, and nothing else", () => {
    const textsOf = (...names: readonly string[]) =>
      sources
        .filter(({ file }) => names.some((name) => file.startsWith(`${name}/`)))
        .map(({ file }) => ({ name: path.basename(file), text: readFileSync(path.join(root, file), "utf8") }));
    const users = textsOf("cli", "entra").map(({ text }) => text);
    for (const { name, text } of textsOf(exportsFolder)) {
      const statements = [...text.matchAll(/^export (?:type )?(?:\{([^}]*)\}|\* as (\w+)) from "[^"]+";\n/gm)];
      expect(statements.reduce((rest, [statement]) => rest.replace(statement, ""), text)).toMatch(/^\/\*\*.*\*\/\s*$/s);
      const named = statements.flatMap(([, list, star = ""]) => (list ?? star).match(/\w+(?=\s*(?:,|$))/g) ?? []);
      const isUsed = (each: string) => {
        const use = new RegExp(`^import [^;"]*\\b${each}\\b[^;"]* from "[./]+/src/cli-exports/${name}"`, "m");
        return users.some((user) => use.test(user));
      };
      expect(named.length).toBeGreaterThan(1);
      expect(named.filter((each) => !isUsed(each))).toEqual([]);
    }
  });

  it("has the map of CONTRIBUTING.md, in the order of the rules", () => {
    const page = readFileSync(path.join(root, "CONTRIBUTING.md"), "utf8");
    const mapped = [...page.matchAll(/^\| `(src\/[a-z/-]+)\/` \|/gm)].map(([, folder]) => folder);
    expect(mapped).toEqual(sourceFolders.filter((folder) => folder !== "src"));
  });
});

describe("the rules", () => {
  const forbidden = (file: string, statement: string) => findForbiddenImports([readSource(file, `${statement}\n`)]);

  it.each([
    ["src/core/config/x.ts", 'import { a } from "../keys/entry.ts";'],
    ["src/core/keys/x.ts", 'import type { Principal } from "../token/principal.ts";'],
    ["src/core/token/x.ts", 'import { type Requirement } from "../policy/rule.ts";'],
    ["src/core/policy/x.ts", 'export { refuse } from "../../app/refuser.ts";'],
    ["src/forwarding/x.ts", 'export * from "../app/app.ts";'],
    ["src/app/x.ts", 'import {\n  type Gate,\n  createGate,\n} from "../gate.ts";'],
    ["src/app/types/x.ts", 'import { a } from "../app.ts";'],
    ["src/app/pipeline/x.ts", 'import type { A } from "../request/json.ts";'],
    ["src/app/x.ts", 'import { a } from "../extensions/openapi/openapi.ts";'],
    ["src/extensions/mcp/facade/x.ts", 'import { a } from "../route.ts";'],
    ["src/extensions/mcp/x.ts", 'import type { RequestContext } from "../../app/pipeline/context.ts";'],
    ["src/extensions/mcp/messages/x.ts", 'import { contentsOf } from "../../../app/app-contents.ts";'],
    ["src/extensions/mcp/x.ts", 'import { openapi } from "../openapi/openapi.ts";'],
    ["src/extensions/openapi/docs.ts", 'import { contentsOf } from "../../app/app-contents.ts";'],
    ["src/core/guard/x.ts", 'import { forwardToOrigin } from "../../forwarding/forward.ts";'],
    ["src/adapters/x.ts", 'import { createGate } from "../gate.ts";'],
    ["src/adapters/x.ts", 'import type { Report } from "../../cli/x.ts";'],
    ["src/adapters/x.ts", 'import { App } from "@daloyjs/core";'],
    ["src/core/config/x.ts", 'const a: import("../../app/pipeline/route.ts").Route = b;'],
    ["src/core/config/x.ts", 'const late = () => import("../../app/app.ts");'],
    ["src/core/config/x.ts", 'import "../../app/app.ts";'],
    ["src/core/config/x.ts", 'declare module "../../app/app.ts" {}'],
    ["src/base/common/io.ts", 'import type { Config } from "../../core/config/config.ts";'],
    ["src/base/common/denial.ts", 'import { createGate } from "../../gate.ts";'],
    ["src/core/guard/setup.ts", 'import { createGate } from "../../gate.ts";'],
    ["src/gate.ts", 'import { routes } from "./routes.ts";'],
    ["src/gate.ts", 'import { createEntra } from "../entra/entra.ts";'],
    ["src/gate.ts", 'import { a } from "../cli/common/terminal.ts";'],
    ["src/worker.ts", 'import { claims } from "../test/support/claims.ts";'],
    ["src/core/token/x.ts", 'import { a } from "../../../test/core/keys/x.ts";'],
    ["src/core/token/x.ts", 'import { a } from "../../../../elsewhere.ts";'],
    ["src/core/token/x.ts", 'import { a } from "./header";'],
    ["src/core/token/x.ts", 'import { Buffer } from "node:buffer";'],
    ["src/extensions/downstream/x.ts", 'import { readFileSync } from "node:fs";'],
    ["src/core/token/x.ts", 'import { createHash } from "node:crypto";'],
    ["src/core/token/x.ts", 'import { z } from "zod";'],
    ["src/core/token/x.ts", 'import { x } from "@azure/msal-node";'],
    ["src/gate.ts", 'import { x } from "@azure/msal-node";'],
    ["src/extensions/downstream/x.ts", 'import { x } from "@azure/msal-common";'],
    ["src/forwarding/x.ts", 'import { downstream } from "../extensions/downstream/downstream.ts";'],
    ["src/core/token/x.ts", 'import { x } from "josephine";'],
    ["src/index.ts", 'import { createTestEntra } from "../entra/testing.ts";'],
    ["src/gate.ts", 'import { parseJson } from "./cli-exports/text.ts";'],
    ["entra/x.ts", 'import { parseJson } from "../src/base/common/json.ts";'],
    ["entra/x.ts", 'import { isGuid } from "../src/cli-exports/common.ts";'],
    ["entra/server/x.ts", 'import { a } from "../../src/base/common/io.ts";'],
    ["cli/dev/x.ts", 'import type { Io } from "../../src/base/common/io.ts";'],
    ["cli/dev/x.ts", 'import { App } from "../../src/index.ts";'],
    ["cli/dev/mcp/worker.ts", 'import { App } from "../../../src/app/app.ts";'],
    ["entra/server/x.ts", 'import { a } from "../../cli/dev/command.ts";'],
    ["cli/common/x.ts", 'import { a } from "../explain/explain.ts";'],
    ["cli/x.ts", 'import { a } from "../test/support/io.ts";'],
    ["cli/dev/x.ts", 'import { a } from "../../tools/wrangler.ts";'],
    ["test/support/x.ts", 'import { a } from "../../lab/report.ts";'],
    ["test/support/x.ts", 'import { a } from "../worker/paths.test.ts";'],
    ["tools/x.ts", 'import { a } from "../lab/report.ts";'],
    ["tools/x.mjs", 'import { a } from "../test/project/support/try-script.ts";'],
  ])("forbid %s to contain %j", (file, statement) => {
    expect(forbidden(file, statement)).toHaveLength(1);
  });

  it.each([
    ["src/app/x.ts", 'import { a } from "./y.ts";'],
    ["src/app/x.ts", 'import { a } from "../core/config/guid.ts";'],
    ["src/app/request/x.ts", 'import { a } from "../pipeline/context.ts";'],
    ["src/extensions/openapi/x.ts", 'import { a } from "../../app/app.ts";'],
    ["src/extensions/mcp/facade/x.ts", 'import { addPart } from "../../../app/part.ts";'],
    ["src/extensions/openapi/docs.ts", 'import { openapiName } from "./openapi.ts";'],
    ["src/core/config/x.ts", 'import * as limits from "../../base/common/limits.ts";'],
    ["src/base/common/denial.ts", 'import type { Result } from "./result.ts";'],
    ["src/gate.ts", 'import { forward } from "./forwarding/forward.ts";'],
    ["src/routes.ts", 'import type { App } from "./index.ts";'],
    ["src/worker.ts", 'import { routes } from "./routes.ts";'],
    ["src/core/keys/x.ts", 'import { base64url } from "jose";'],
    ["src/app/x.ts", 'import { cors } from "hono/cors";'],
    ["src/extensions/downstream/x.ts", 'import { X509Certificate } from "node:crypto";'],
    ["src/adapters/x.ts", 'import { createSetups } from "../core/guard/setup.ts";'],
    ["src/extensions/downstream/x.ts", 'const { a } = await import("@azure/msal-node");'],
    ["src/app/x.ts", ' * import { a } from "../gate.ts";'],
    ["src/app/x.ts", 'export const a = "b"; // taken from "../gate.ts"'],
    ["entra/endpoints/x.ts", 'import { a } from "../tokens/issuer.ts";'],
    ["entra/endpoints/x.ts", 'import { parseJson } from "../../src/cli-exports/text.ts";'],
    ["entra/server/x.ts", 'import { isLoopback } from "../../src/cli-exports/common.ts";'],
    ["cli/explain/x.ts", 'import { parseArgs } from "node:util";'],
    ["cli/dev/x.ts", 'import { a } from "../../src/cli-exports/gate.ts";'],
    ["cli/dev/mcp/worker.ts", 'import { App } from "../../../src/index.ts";'],
    ["tools/x.ts", 'import { a } from "../src/base/common/io.ts";'],
    ["cli/dev/x.ts", 'import { a } from "../../entra/server/worker.ts";'],
    ["test/support/x.ts", 'import { a } from "../../cli/common/gate-vars.ts";'],
    ["lab/soak/x.ts", 'import { a } from "../support/random.ts";'],
    ["lab/x.ts", 'import { a } from "../tools/build.ts";'],
  ])("allow %s to contain %j", (file, statement) => {
    expect(forbidden(file, statement)).toEqual([]);
  });

  it("find a cycle through types, of any length", () => {
    const file = (name: string, imported: string) =>
      readSource(`src/core/keys/${name}.ts`, `import type { X } from "./${imported}.ts";\n`);
    expect(findCycles([file("a", "b"), file("b", "c"), file("c", "b")])).toEqual([
      "src/core/keys/b.ts -> src/core/keys/c.ts -> src/core/keys/b.ts",
    ]);
    expect(findCycles([file("a", "a")])).toEqual(["src/core/keys/a.ts -> src/core/keys/a.ts"]);
    expect(findCycles([file("a", "b"), file("b", "c"), file("d", "b")])).toEqual([]);
  });

  it("assign every file, or report it", () => {
    const places = [
      "src/gate.ts",
      "src/base/common/io.ts",
      "src/core/keys/a.ts",
      "src/helpers/a.ts",
      "src/util.ts",
      "lab/a/b.ts",
    ];
    expect(findUnknownPlaces(places.map((file) => readSource(file, "")))).toEqual(["src/helpers/a.ts", "src/util.ts"]);
  });
});
