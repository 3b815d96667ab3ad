// The bill of materials of the package, in CycloneDX 1.5. Its content depends on package.json, package-lock.json and
// what the bundle of the command line contains, and on no folder, clock or chance.
import { createHash } from "node:crypto";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly homepage: string;
  readonly repository: { readonly url: string };
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** A package of package-lock.json. */
interface Locked {
  readonly version: string;
  readonly integrity: string;
  readonly license: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

export interface Lock {
  readonly packages: Readonly<Record<string, Locked>>;
}

/**
 * Writes the bill of materials: the packages that npm installs with this one, and those that the command line's bundle
 * contains.
 *
 * @param bundled folders of packages in the lock, such as `node_modules/commander`
 */
export function writeBill(manifest: Manifest, lock: Lock, bundled: readonly string[]): string {
  const { name, version, description, license, homepage, repository } = manifest;
  const required = Object.keys(manifest.peerDependencies).filter(
    (peer) => !manifest.peerDependenciesMeta[peer]?.optional,
  );
  const direct = [...Object.keys(manifest.dependencies), ...required].map((dependency) => `node_modules/${dependency}`);
  const installed = followDependencies(lock, direct);
  const ref = referTo(name, version);
  const places = [...new Set([...installed, ...bundled])].sort();
  const bill = {
    $schema: "http://cyclonedx.org/schema/bom-1.5.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {
      component: {
        ...{ "bom-ref": ref, type: "library", name, version, description, purl: ref, licenses: writeLicense(license) },
        externalReferences: [
          { type: "vcs", url: repository.url },
          { type: "website", url: homepage },
        ],
      },
    },
    components: places.map((place) => writeComponent(lock, place, !installed.has(place))),
    dependencies: [
      { ref, dependsOn: [...new Set([...direct, ...bundled])].map((place) => referToPlace(lock, place)).sort() },
      ...[...installed].sort().map((place) => ({
        ref: referToPlace(lock, place),
        dependsOn: listDependencies(lock, place)
          .map((dependency) => referToPlace(lock, dependency))
          .sort(),
      })),
    ],
  };
  return JSON.stringify({ serialNumber: `urn:uuid:${nameUuid(JSON.stringify(bill))}`, ...bill });
}

function followDependencies(lock: Lock, direct: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (place: string) => {
    if (found.has(place)) return;
    found.add(place);
    listDependencies(lock, place).forEach(visit);
  };
  direct.forEach(visit);
  return found;
}

function listDependencies(lock: Lock, place: string): readonly string[] {
  return Object.keys(find(lock, place).dependencies ?? {}).map((name) => resolve(lock, place, name));
}

/** @returns the folder in which Node finds a package that another one imports */
function resolve(lock: Lock, place: string, name: string): string {
  const nested = `${place}/node_modules/${name}`;
  if (nested in lock.packages) return nested;
  const parent = place.lastIndexOf("/node_modules/");
  return parent === -1 ? `node_modules/${name}` : resolve(lock, place.slice(0, parent), name);
}

function find(lock: Lock, place: string): Locked {
  const locked = lock.packages[place];
  if (locked === undefined) throw new Error(`package-lock.json has no ${place}: run npm install`);
  return locked;
}

function writeComponent(lock: Lock, place: string, isBundled: boolean): object {
  const { version, integrity, license } = find(lock, place);
  const ref = referToPlace(lock, place);
  return {
    ...{ "bom-ref": ref, type: "library", name: nameOf(place), version, scope: "required", purl: ref },
    hashes: [{ alg: "SHA-512", content: Buffer.from(integrity.replace(/^sha512-/, ""), "base64").toString("hex") }],
    licenses: writeLicense(license),
    ...(isBundled && { properties: [{ name: "entra-gate:bundled", value: "dist/cli" }] }),
  };
}

function writeLicense(license: string): readonly object[] {
  return [/^[\w.+-]+$/.test(license) ? { license: { id: license } } : { expression: license }];
}

function nameOf(place: string): string {
  return place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);
}

function referToPlace(lock: Lock, place: string): string {
  return referTo(nameOf(place), find(lock, place).version);
}

/** @returns the package URL, which identifies the package in the bill too */
function referTo(name: string, version: string): string {
  return `pkg:npm/${name.replace(/^@/, "%40")}@${version}`;
}

/** @returns the UUID of a text, in version 8 of RFC 9562 */
function nameUuid(text: string): string {
  const hash = createHash("sha256").update(text).digest("hex");
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}
