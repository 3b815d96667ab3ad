import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
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
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
  readonly deprecated?: string;
  readonly engines?: { readonly node?: string };
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** The part of npm's package for versions that the test uses. */
interface Semver {
  satisfies(version: string, range: string): boolean;
}

const manifest = readJson("package.json");
const toolchain = readJson("tools/toolchain/package.json");
const locked = Object.entries(readJson("package-lock.json").packages as Record<string, LockedPackage>).filter(
  // The project itself, and its private workspace.
  ([place]) => !["", "tools/toolchain", "node_modules/entra-gate-toolchain"].includes(place),
);
const places = new Set(locked.map(([place]) => place));
/** Whether a package is where Node would look for it. */
const isLocked = (place: string, name: string): boolean =>
  places.has(`${place}/node_modules/${name}`) ||
  (place !== "" && isLocked(place.slice(0, Math.max(0, place.lastIndexOf("/node_modules/"))), name)) ||
  places.has(`node_modules/${name}`);
const nameOf = (place: string) => place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);

/** The packages of a deployed gate or of a user of the library, with every optional peer. */
const direct = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)];
const runtime = followDependencies(direct);

/** Packages with all their dependencies. `@daloyjs/core` is not on the registry. */
function followDependencies(names: readonly string[]): readonly (readonly [string, LockedPackage])[] {
  const found = new Map<string, readonly [string, LockedPackage]>();
  const visit = (name: string) => {
    const entry = locked.find(([place]) => place === `node_modules/${name}`);
    if (entry === undefined || found.has(name)) return;
    found.set(name, entry);
    for (const next of Object.keys(entry[1].dependencies ?? {})) visit(next);
  };
  for (const name of names) visit(name);
  return [...found.values()];
}

const licences = ["MIT", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0"];

describe("the supply chain", () => {
  it("pins every dependency exactly", { tags: "dependencies" }, () => {
    const pins = [manifest.devDependencies, toolchain.devDependencies, toolchain.optionalDependencies].flatMap((kind) =>
      Object.entries<string>(kind),
    );
    expect(pins.length).toBeGreaterThan(20);
    expect(pins.filter(([, range]) => !/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/.test(range))).toEqual([]);
    // Consumers choose these; here, the lockfile does.
    expect(
      direct.filter((name) => name !== "@daloyjs/core" && !locked.some(([place]) => place === `node_modules/${name}`)),
    ).toEqual([]);
    expect(readFileSync(path.join(root, ".npmrc"), "utf8")).toMatch(/^save-exact=true$/m);
  });

  it("locks every package to its content, from the registry only", { tags: "dependencies" }, () => {
    expect(locked.length).toBeGreaterThan(runtime.length);
    const loose = locked.filter(
      ([, { integrity = "", resolved = "", link }]) =>
        link ||
        !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity) ||
        !/^(?:https:\/\/registry\.npmjs\.org\/|$)/.test(resolved),
    );
    expect(loose.map(([place]) => place)).toEqual([]);
  });

  it("installs without a warning in Node 24: every engine fits, nothing is deprecated", () => {
    const { satisfies } = createRequire(import.meta.url)("semver") as Semver;
    const ofAll = locked.filter(([, { optional, devOptional }]) => !optional && !devOptional);
    const strange = ofAll.filter(([, { engines }]) => !satisfies("24.11.1", engines?.node ?? "*"));
    expect(ofAll.length).toBeGreaterThan(100);
    expect(strange.map(([place]) => place)).toEqual([]);
    expect(locked.filter(([, { deprecated }]) => deprecated).map(([place]) => place)).toEqual([]);
  });

  it("is locked for every platform, because npm ci refuses a lock that lacks one", () => {
    const missing = locked.flatMap(([place, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !isLocked(place, name)),
    );
    expect(missing).toEqual([]);
  });

  it("runs no install script, of its own or of any package", { tags: "dependencies" }, () => {
    expect(readFileSync(path.join(root, ".npmrc"), "utf8")).toMatch(/^ignore-scripts=true$/m);
    // `prepack` runs before packing alone, never where the package is installed.
    const hooks = ["preinstall", "install", "postinstall", "prepare", "prepublish"];
    expect(Object.keys(manifest.scripts).filter((name) => hooks.includes(name))).toEqual([]);
  });

  it("deploys only these packages", () => {
    expect(Object.keys(manifest.dependencies)).toEqual(["@standard-schema/spec", "jose"]);
    expect(Object.keys(manifest.peerDependencies)).toEqual([
      "@azure/msal-node",
      "@daloyjs/core",
      "@opentelemetry/api",
      "hono",
    ]);
    expect(manifest.optionalDependencies).toBeUndefined();
    expect(runtime.length).toBeLessThan(33);
  });

  it("deploys only packages under these licenses", () => {
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
