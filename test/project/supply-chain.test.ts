import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const readJson = (file: string) => JSON.parse(readFileSync(path.join(root, file), "utf8"));

interface LockedPackage {
  readonly version: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
}

const manifest = readJson("package.json");
const locked = Object.entries(readJson("package-lock.json").packages as Record<string, LockedPackage>).filter(
  ([place]) => place !== "",
);
const nameOf = (place: string) => place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);

/** What a deployed gate or a user of the library gets. */
const runtime = locked.filter(([, { dev, optional, devOptional }]) => !dev && !optional && !devOptional);

const licences = ["MIT", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0"];

describe("the supply chain", () => {
  it("pins every dependency exactly", () => {
    const ranges = ["dependencies", "devDependencies", "optionalDependencies"].flatMap((kind) =>
      Object.entries((manifest[kind] ?? {}) as Record<string, string>),
    );
    expect(ranges.length).toBeGreaterThan(20);
    expect(ranges.filter(([, range]) => !/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/.test(range))).toEqual([]);
    expect(readFileSync(path.join(root, ".npmrc"), "utf8")).toMatch(/^save-exact=true$/m);
  });

  it("locks every package to its content, from the registry alone", () => {
    expect(locked.length).toBeGreaterThan(runtime.length);
    const loose = locked.filter(
      ([, { integrity = "", resolved = "", link }]) =>
        link ||
        !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity) ||
        !/^(?:https:\/\/registry\.npmjs\.org\/|$)/.test(resolved),
    );
    expect(loose.map(([place]) => place)).toEqual([]);
  });

  it("runs no install script, of its own or of any package", () => {
    expect(readFileSync(path.join(root, ".npmrc"), "utf8")).toMatch(/^ignore-scripts=true$/m);
    const hooks = ["preinstall", "install", "postinstall", "prepare", "prepublish", "prepublishOnly", "prepack"];
    expect(Object.keys(manifest.scripts).filter((name) => hooks.includes(name))).toEqual([]);
  });

  it("brings nothing into a deployment but these packages", () => {
    expect(Object.keys(manifest.dependencies).sort()).toEqual(
      [
        ...["@azure/msal-node", "@standard-schema/spec", "hono", "jose"],
        // Of the command line alone.
        ...["commander", "smol-toml", "strip-json-comments"],
      ].sort(),
    );
    expect(runtime.length).toBeLessThan(30);
  });

  it("brings nothing into a deployment under another licence than these", () => {
    expect(runtime.length).toBeGreaterThan(5);
    expect(runtime.filter(([, { license = "" }]) => !licences.includes(license)).map(([place]) => place)).toEqual([]);
  });

  it("can be written as a bill of materials that has every package, with its hash", () => {
    const [command, ...values] = (manifest.scripts.sbom as string).split(" ");
    const text = execFileSync(command!, values, { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
    const bill = JSON.parse(text);
    expect([bill.bomFormat, bill.specVersion]).toEqual(["CycloneDX", "1.5"]);
    type Component = { readonly name: string; readonly version: string; readonly hashes?: readonly unknown[] };
    const hashed = (bill.components as Component[]).filter(({ hashes = [] }) => hashes.length > 0);
    const names = new Set(hashed.map(({ name, version }) => `${name}@${version}`));
    expect(
      locked.map(([place, { version }]) => `${nameOf(place)}@${version}`).filter((name) => !names.has(name)),
    ).toEqual([]);
  });
});
