import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "jsonc-parser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mcpPackages, nodeTypesVersion, toolVersions } from "../../../cli/init/files.ts";
import { commit, copyFixture, init, list, makeFolder, read, removeFolders, write } from "./support/folders.ts";

afterAll(removeFolders);

const root = path.resolve(import.meta.dirname, "../../..");

describe("init in an empty folder", () => {
  const folder = makeFolder();
  let output = "";
  beforeAll(async () => {
    ({ output } = await init(folder, { yes: true, role: "Orders.Read.All", name: "orders" }));
  });

  it("writes a project, and prints the next steps", () => {
    expect(Object.keys(list(folder))).toEqual([
      ...[".gitignore", "AGENTS.md", "README.md", "package.json", "rules.yaml", "src/routes.ts", "src/worker.ts"],
      ...["test/gate.test.ts", "tsconfig.json", "wrangler.jsonc"],
    ]);
    expect(output).toMatch(/Next\n(?: {2}cd .*\n)? {2}npm install\n {2}npm run dev\n {2}npm test\n/);
    expect(output.split("\n").length).toBeLessThanOrEqual(40);
  });

  it("configures a gate that fails closed: no address outside the zone, no cache, no loopback", () => {
    const text = read(folder, "wrangler.jsonc");
    expect(parse(text)).toMatchObject({
      $schema: "node_modules/wrangler/config-schema.json",
      workers_dev: false,
      preview_urls: false,
      cache: { enabled: false },
      vars: { ENTRA_REQUIRED_SCOPE: "access_as_user", ENTRA_REQUIRED_ROLE: "Orders.Read.All" },
    });
    expect(text).not.toMatch(/127\.0\.0\.1|localhost/);
    expect(read(folder, "src/worker.ts")).toContain('unlisted: "reject"');
    expect(read(folder, "src/routes.ts")).toContain(
      'anyOf(requireAuth("access_as_user"), requireAuth({ anyRole: ["Orders.Read.All"] }))',
    );
    expect(read(folder, ".gitignore")).toContain(".dev.vars*");
  });

  it("has the scripts dev, test, doctor and deploy", () => {
    const { name, scripts } = JSON.parse(read(folder, "package.json"));
    expect([name, Object.keys(scripts), scripts.dev]).toEqual([
      "orders",
      ["dev", "test", "doctor", "deploy"],
      "entra-gate dev",
    ]);
  });

  it("pins the tools at the versions that these tests use", () => {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(
      readFileSync(path.join(root, "package.json"), "utf8"),
    );
    expect({ ...dependencies, ...devDependencies }).toMatchObject({
      ...toolVersions,
      ...mcpPackages,
      "@types/node": nodeTypesVersion,
    });
  });

  it("has nothing to add the second time", async () => {
    const files = list(folder);
    expect((await init(folder, { yes: true, name: "other" })).output).toContain("imports entra-gate already");
    expect(list(folder)).toEqual(files);
  });
});

describe("a second init", () => {
  const ids = { tenant: "f0a1c2d3-0000-4000-8000-00000000000a", audience: "f0a1c2d3-0000-4000-8000-00000000000b" };
  const without = { tenant: undefined as never, audience: undefined as never, scope: undefined as never };

  it.each(["empty", "worker-toml"])("fills in the IDs that the first left open: %s", async (name) => {
    const folder = name === "empty" ? makeFolder() : copyFixture(name);
    await init(folder, { yes: true, ...without });
    const before = list(folder);
    commit(folder);
    const { output } = await init(folder, { yes: true, ...without, ...ids });
    expect(output).not.toContain("placeholder");
    const after = list(folder);
    const file = Object.keys(after).filter((each) => after[each] !== before[each]);
    expect(file).toEqual([{ empty: "wrangler.jsonc", "worker-toml": "wrangler.toml" }[name]]);
    const text = after[file[0]!]!;
    expect([text.match(/ENTRA_TENANT_ID/g), text.includes(ids.tenant), text.includes(ids.audience)]).toEqual([
      ["ENTRA_TENANT_ID"],
      true,
      true,
    ]);
    expect(text).not.toContain("11111111-2222");
    expect((await init(folder, { yes: true, ...without, ...ids })).output).toContain("There is nothing to add");
    await expect(init(folder, { yes: true, ...without, tenant: ids.audience })).rejects.toThrow(
      `has ENTRA_TENANT_ID=${ids.tenant} already: change it there`,
    );
  });

  it("says what to write into a file that Git does not have", async () => {
    const folder = copyFixture("node");
    await init(folder, { yes: true, ...without });
    const files = list(folder);
    await expect(init(folder, { yes: true, ...without, ...ids })).rejects.toThrow(
      `Write there: ENTRA_TENANT_ID=${ids.tenant} ENTRA_API_AUDIENCE=${ids.audience}`,
    );
    expect(list(folder)).toEqual(files);
  });

  it("refuses a malformed answer", async () => {
    const folder = makeFolder();
    await init(folder);
    const files = list(folder);
    await expect(init(folder, { yes: true, ...without, tenant: "contoso.com" })).rejects.toThrow(
      '--tenant "contoso.com" must be a GUID in lower case',
    );
    expect(list(folder)).toEqual(files);
  });
});

describe("init in a folder that has only what an installation leaves", () => {
  it("is a new project, whose package.json keeps what it has", async () => {
    const folder = makeFolder({
      "package.json": '{\n    "name": "own",\n    "dependencies": { "entra-gate": "file:../entra-gate.tgz" }\n}\n',
      "entra-gate-0.2.0.tgz": "",
      ".gitignore": "coverage\n",
    });
    await init(folder);
    const manifest = JSON.parse(read(folder, "package.json"));
    expect([manifest.name, manifest.dependencies["entra-gate"]]).toEqual(["own", "file:../entra-gate.tgz"]);
    expect(read(folder, ".gitignore")).toMatch(/^coverage\nnode_modules\/\n/);
  });

  it("does not replace other files", async () => {
    const folder = makeFolder();
    write(folder, "src/worker.ts", "mine");
    await expect(init(folder)).rejects.toThrow("is no project that init knows");
  });
});
