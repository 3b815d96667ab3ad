import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findOwnDependency, findPackageManager, isTooOld, writeExecute, writeRun } from "../../../cli/init/packages.ts";
import { copyFixture, init, makeFolder, removeFolders, write } from "./support/folders.ts";

afterAll(removeFolders);

describe("the package manager", () => {
  it.each([
    [{ "package.json": '{ "packageManager": "pnpm@10.1.0" }', "package-lock.json": "" }, "pnpm"],
    [{ "package.json": "{}", "yarn.lock": "" }, "yarn"],
    [{ "package.json": "{}", "bun.lock": "" }, "bun"],
    [{ "package.json": "{}" }, "npm"],
  ])("is the project's: %j", (files, manager) => {
    const folder = makeFolder({ ...files, ".git/HEAD": "" });
    expect(findPackageManager(folder, undefined)).toBe(manager);
  });

  it("is that of the workspace around the package", async () => {
    const workspace = makeFolder({
      "pnpm-workspace.yaml": "packages: [apps/*]",
      "pnpm-lock.yaml": "",
      "package.json": "{}",
    });
    const folder = path.join(workspace, "apps/api");
    for (const [name, text] of Object.entries({
      "package.json": "{}",
      "wrangler.toml": 'main = "a.js"',
      "a.js": "export default { fetch() {} };",
    }))
      write(folder, name, text);
    const { output } = await init(folder);
    expect(output).toMatch(
      / {2}pnpm install\n {2}pnpm run dev\n {2}pnpm test\n {2}pnpm exec entra-gate test rules\.yaml\n {2}pnpm exec entra-gate init --register az/,
    );
  });

  it("is what started the command, if the project has none", () => {
    const folder = makeFolder({ ".git/HEAD": "" });
    expect(findPackageManager(folder, "pnpm/10.1.0 npm/? node/v26")).toBe("pnpm");
    expect(findPackageManager(folder, "deno/2.9.6")).toBe("npm");
    expect([writeRun("npm", "test"), writeRun("bun", "test"), writeExecute("yarn", "tsc")]).toEqual([
      "npm test",
      "bun run test",
      "yarn tsc",
    ]);
  });
});

describe("the dependency on this package", () => {
  it("is the tarball from which the command runs, where npx or a project installed it", () => {
    const folder = makeFolder();
    const tarball = path.join(folder, "dist/entra-gate-0.2.0.tgz");
    const dependency = `file:${path.relative(path.join(folder, "npx"), tarball)}`;
    write(folder, "npx/package.json", JSON.stringify({ dependencies: { "entra-gate": dependency } }));
    const start = path.join(folder, "npx/node_modules/entra-gate/dist/cli");
    const project = path.join(folder, "apps/orders");
    expect(findOwnDependency(project, start)).toBe("file:../../dist/entra-gate-0.2.0.tgz");
    expect(findOwnDependency(folder, start)).toBe("file:./dist/entra-gate-0.2.0.tgz");
  });

  it("is a range, if it came from a registry", () => {
    const cache = makeFolder({ "package.json": '{ "dependencies": { "entra-gate": "^0.3.0" } }' });
    expect(findOwnDependency("/project", path.join(cache, "node_modules/entra-gate"))).toBe("^0.3.0");
  });

  it("is unknown otherwise while the package is private, and init says so", async () => {
    expect(findOwnDependency("/project")).toBeUndefined();
    expect((await init(copyFixture("hono"))).output).toContain("entra-gate is not on a registry yet: install the file");
  });

  it.each([
    ["^4.6.0", true],
    ["4.12.20", true],
    ["^4.12.21", false],
    ["~5.0.0", false],
    ["workspace:*", false],
  ])("a range is too old or not: %s", (range, tooOld) => {
    expect(isTooOld(range, "^4.12.21")).toBe(tooOld);
  });
});
