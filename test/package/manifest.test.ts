import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, globSync, readdirSync, readFileSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { SourceMap } from "node:module";
import path from "node:path";
import { decode } from "@jridgewell/sourcemap-codec";
import { describe, expect, inject, it } from "vitest";
import { findAddress } from "../../tools/site/addresses.ts";
import { findSizeFault, packageMaximumKiB, packageName } from "../../tools/sizes/measure.ts";
import { denoCommand } from "../support/deno/command.ts";
import { makeDenoHome } from "../support/deno/process.ts";
import type { Packed } from "../support/package/install.ts";

const root = path.resolve(import.meta.dirname, "../..");
const { packed }: { packed: Packed } = JSON.parse(readFileSync(inject("outcome"), "utf8"));
const consumer = inject("consumer");
const installed = path.join(consumer, "node_modules/entra-gate");
const files = packed.files.map(({ path: file }) => file);
const manifest = JSON.parse(readFileSync(path.join(installed, "package.json"), "utf8"));
const installedBytesMaximum = 15 * 1024 * 1024;

function weigh(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.reduce((sum, { parentPath, name }) => sum + statSync(path.join(parentPath, name)).size, 0);
}

describe("the tarball", () => {
  it("has the command with its playground, the modules, the declarations, the schema, the bill of materials and the pages, and nothing else", () => {
    expect(files).toEqual(
      expect.arrayContaining([
        ...["cli/entra-gate.js", "dist/cli/main.js", "dist/pages.json.br"],
        ...["README.md", "LICENSE", "skills/entra-gate/SKILL.md"],
      ]),
    );
    const expected =
      /^(?:cli\/entra-gate\.js|dist\/.+\.(?:js|js\.map|d\.ts)|dist\/cli\/(?:style\.css|LICENSES\.txt)|dist\/(?:local-entra\.schema|bom\.cdx)\.json|dist\/pages\.json\.br|skills\/entra-gate\/SKILL\.md|README\.md|LICENSE|package\.json)$/;
    expect(files.filter((file) => !expected.test(file))).toEqual([]);
  });

  it("is at most its committed size and its limit, unpacked", () => {
    expect(findSizeFault(packageName, packed.unpackedSize, packageMaximumKiB)).toBeUndefined();
  });

  it("has the files of each entry, and a source map for each module that a worker can contain", () => {
    const targets = Object.values<string | Record<string, string>>(manifest.exports).flatMap((target) =>
      Object.values(typeof target === "string" ? [target] : target),
    );
    expect(targets.length).toBeGreaterThan(8);
    expect(targets.filter((target) => !existsSync(path.join(installed, target)))).toEqual([]);
    const modules = files.filter((file) => /^dist\/(?!(?:cli|entra)\/).+\.js$/.test(file));
    const written = modules.filter((file) => /\bfunction /.test(readFileSync(path.join(installed, file), "utf8")));
    expect(written.length).toBeGreaterThan(100);
    expect(written.filter((file) => !files.includes(`${file}.map`))).toEqual([]);
  });

  it("has source maps that lead to the line of the source", () => {
    const lineOf = (file: string, text: string) =>
      readFileSync(file, "utf8")
        .split("\n")
        .findIndex((line) => line.includes(text));
    const module = path.join(installed, "dist/gate.js");
    const map = new SourceMap(JSON.parse(readFileSync(`${module}.map`, "utf8")));
    const declaration = "function createGate(";
    expect(map.findEntry(lineOf(module, declaration), 0)).toMatchObject({
      originalSource: expect.stringMatching(/^https:\/\/.*\/src\/gate\.ts$/),
      originalLine: lineOf(path.join(root, "src/gate.ts"), declaration),
    });
  });

  it("has source maps without a name, because Wrangler warns of one that is not listed", () => {
    const maps = files.filter((file) => file.endsWith(".js.map"));
    const named = maps.filter((file) => {
      const { mappings } = JSON.parse(readFileSync(path.join(installed, file), "utf8"));
      return decode(mappings).some((line) => line.some((segment) => segment.length === 5));
    });
    expect(named).toEqual([]);
  });

  it("has the license of each package that the command line contains", () => {
    const own = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
    const sources = globSync("cli/**/*.ts", { cwd: root, exclude: ["cli/dev/mcp/**"] }).map((file) =>
      readFileSync(path.join(root, file), "utf8"),
    );
    const imported = new Set(
      sources.flatMap((text) =>
        [...text.matchAll(/^(?:import (?!type )|\} ).*from "([^".][^"]*)"/gm)].map(([, name]) => name),
      ),
    );
    const bundled = Object.keys(own.devDependencies).filter(
      (name) => imported.has(name) && !own.peerDependencies[name],
    );
    expect(bundled.length).toBeGreaterThan(5);
    const licenses = readFileSync(path.join(installed, "dist/cli/LICENSES.txt"), "utf8");
    const named = new Map([...licenses.matchAll(/^(\S+) [\d.]+: .*Copyright/gm)].map(([line, name]) => [name, line]));
    expect(bundled.filter((name) => !named.has(name))).toEqual([]);
    expect(licenses).toContain("Permission is hereby granted, free of charge");
  });

  it("satisfies publint and Are The Types Wrong", () => {
    const run = (command: string, args: readonly string[]) =>
      execFileSync(command, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    expect(run("publint", [inject("tarball"), "--strict"])).toContain("All good!");
    // It exits with 1 if it finds a problem, so that this throws.
    expect(run("attw", [inject("tarball"), "--profile", "esm-only"])).toContain("node16 (from ESM): 🟢 (ESM)");
  });
});

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly hashes: readonly unknown[];
  readonly licenses: readonly unknown[];
  readonly properties?: readonly unknown[];
}

interface Tree {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, Tree>>;
}

describe("the bill of materials", () => {
  const bill = JSON.parse(readFileSync(path.join(installed, "dist/bom.cdx.json"), "utf8"));
  const components = bill.components as readonly Component[];
  const bundled = components.filter(({ properties }) => properties !== undefined);
  const npm = (...args: readonly string[]) =>
    execFileSync("npm", [...args, "--package-lock-only"], {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });

  it("has the packages that npm ls says a consumer gets", { tags: "bill-of-materials" }, () => {
    const { dependencies = {} }: Tree = JSON.parse(npm("ls", "--all", "--json"));
    const list = (trees: Readonly<Record<string, Tree>>): readonly string[] =>
      Object.entries(trees).flatMap(([name, tree]) => [`${name}@${tree.version}`, ...list(tree.dependencies ?? {})]);
    const required = Object.keys(manifest.peerDependencies).filter((name) => !manifest.peerDependenciesMeta[name]);
    const direct = [...Object.keys(manifest.dependencies), ...required];
    const expected = new Set(direct.flatMap((name) => list({ [name]: dependencies[name]! })));
    const others = components.filter((component) => !bundled.includes(component));
    expect(others.map(({ name, version }) => `${name}@${version}`)).toEqual([...expected].sort());
    // Those that npm has installed, whatever the lock of this repository says.
    const places = globSync("{@*/*,[!.@]*}/package.json", { cwd: path.join(consumer, "node_modules") });
    const names = places.map((file) => path.dirname(file).replaceAll(path.sep, "/"));
    // The consumer has installed Hono by itself.
    const named = new Set([manifest.name, "hono"]);
    expect(others.map(({ name }) => name)).toEqual(names.filter((name) => !named.has(name)).sort());
  });

  it("has every package that the command line imports and no consumer installs", { tags: "bill-of-materials" }, () => {
    // The MCP server of `npm run dev:mcp` runs in the repository alone.
    const sources = globSync(["cli/**/*.ts", "entra/server/**/*.ts", "src/cli-exports/**/*.ts"], {
      cwd: root,
      exclude: ["cli/dev/mcp/**"],
    });
    const imports = sources.flatMap((file) => [
      ...readFileSync(path.join(root, file), "utf8").matchAll(
        /^(?:import(?! type) .*|\}) from "([^."][^"]*)"|await import\("([^."][^"]*)"\)/gm,
      ),
    ]);
    const names = new Set(
      imports
        .map(([, fixed, lazy]) => fixed ?? lazy!)
        .filter((name) => !name.startsWith("node:"))
        .map((name) => name.replace(/^((?:@[^/]+\/)?[^/]+).*/, "$1")),
    );
    const known = [
      manifest.name,
      ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
      "wrangler",
    ];
    const expected = [...names].filter((name) => !known.includes(name));
    expect(expected.length).toBeGreaterThan(3);
    expect(bundled.map(({ name }) => name)).toEqual(expect.arrayContaining(expected));
  });

  it("has the hash, the license and the address that npm has", () => {
    const { components: all } = JSON.parse(npm("sbom", "--sbom-format", "cyclonedx")) as { components: Component[] };
    const pick = ({ name, version, purl, hashes, licenses }: Component) => ({ name, version, purl, hashes, licenses });
    const ofNpm = new Map(all.map((component) => [component.purl, pick(component)]));
    expect(components.map(pick)).toEqual(components.map(({ purl }) => ofNpm.get(purl)));
  });

  it("has a reference for each package, and none that leads nowhere", () => {
    const known = [bill.metadata.component, ...components].map((component) => component["bom-ref"]);
    const { dependencies } = bill as { dependencies: { ref: string; dependsOn: string[] }[] };
    const named = dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]);
    expect(new Set(named)).toEqual(new Set(known));
  });
});

describe("publishing", () => {
  const { bugs, repository, private: isPrivate } = manifest;

  it("is refused to npm, which would not build the package", () => {
    expect(isPrivate).toBe(true);
  });

  it("names one repository", () => {
    expect(bugs).toBe(repository.url.replace(/^git\+(.*)\.git$/, "$1/issues"));
  });

  it.runIf(findAddress(repository.url) === undefined)("is refused while the project has no public repository", () => {
    const args = ["tools/publish.ts", "--dry-run"];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
    expect([status, stderr]).toEqual([1, expect.stringMatching(/^Set homepage, bugs and repository /)]);
  });
});

describe("deno.json", () => {
  it("has the version and the entries of package.json, from the sources", () => {
    const deno = JSON.parse(readFileSync(path.join(root, "deno.json"), "utf8"));
    const entries = Object.entries<{ default: string } | string>(manifest.exports).filter(
      (entry): entry is [string, { default: string }] => typeof entry[1] === "object",
    );
    const sources = entries.map(([name, target]) => [
      name,
      target.default
        .replace(/^\.\/dist\/(entra\/)?/, (_, entra) => (entra ? "./entra/" : "./src/"))
        .replace(/js$/, "ts"),
    ]);
    expect(deno).toMatchObject({ version: manifest.version, exports: Object.fromEntries(sources) });
    expect(Object.keys(deno.exports)).toEqual(sources.map(([name]) => name));
    for (const name of ["hono", "jose", "@azure/msal-node", "@standard-schema/spec"]) {
      const range = { ...manifest.dependencies, ...manifest.peerDependencies }[name];
      expect(deno.imports[name]).toBe(`npm:${name}@${range}`);
    }
  });

  it("is what Deno would publish: it type-checks every entry", async () => {
    const home = await makeDenoHome();
    const args = ["publish", "--dry-run", "--allow-dirty", "--allow-slow-types"];
    const env = { ...process.env, DENO_DIR: home, NO_COLOR: "1", DENO_NO_PACKAGE_JSON: "1" };
    const { status, stderr } = spawnSync(denoCommand, args, { cwd: root, encoding: "utf8", env });
    await rm(home, { recursive: true });
    expect([status, stderr]).toEqual([0, expect.stringContaining("Success Dry run complete")]);
    expect(stderr.match(/^Check \S+$/gm)).toHaveLength(Object.keys(manifest.exports).length - 1);
  });
});

describe("an installation of the package and hono", () => {
  it("takes less than 15 MB", () => {
    expect(weigh(path.join(consumer, "node_modules"))).toBeLessThan(installedBytesMaximum);
  });

  it("contains one hono, one jose, and no package of the command line or this repository", () => {
    const folders = readdirSync(path.join(consumer, "node_modules")).filter((name) => !name.startsWith("."));
    expect(folders).toEqual(["@standard-schema", "entra-gate", "hono", "jose"]);
    expect(existsSync(path.join(installed, "node_modules"))).toBe(false);
  });

  it("installs only the command entra-gate", () => {
    expect(readdirSync(path.join(consumer, "node_modules/.bin"))).toEqual(["entra-gate"]);
  });
});
