// What prevents a release. Each fault says what to do.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { findAddress } from "../site/addresses.ts";

const root = path.resolve(import.meta.dirname, "../..");
const release = path.join(root, "release");
/** Milliseconds until a registry that does not answer counts as down. */
const registryTimeoutMs = 30_000;
/** RFC 9116 recommends that security.txt expires within a year. */
const yearMs = 366 * 24 * 60 * 60 * 1000;
/** npm's first version with trusted publishing. */
const npmMinimum = [11, 5, 1];

export const manifest = JSON.parse(read("package.json"));
/** The manifests of the packages of a release. */
const manifests = ["package.json", "create/package.json"];
/** The packages of a release, in the order in which they are published, because the second one depends on the first. */
export const packages = [manifest.name as string, "create-entra-gate"].map((name) => ({
  name,
  tarball: path.join(release, `${name}-${manifest.version}.tgz`),
}));
/** Whether a workflow publishes, with its identity in place of a token. */
const isTrusted = Boolean(process.env.ACTIONS_ID_TOKEN_REQUEST_URL);

function read(name: string): string {
  return readFileSync(path.join(root, name), "utf8");
}

function git(...args: string[]): readonly string[] {
  return execFileSync("git", args, { cwd: root, encoding: "utf8" }).split("\n").filter(Boolean);
}

/** @returns the faults of the files, the commit and the packed release */
export function findFaults(): readonly string[] {
  return [
    ...findPlaceholders(),
    ...findEmptyPromises(),
    ...findFaultsOfVersion(),
    ...findFaultsOfCommit(),
    ...findFaultsOfRelease(),
    ...findFaultsOfNpm(),
  ];
}

function findPlaceholders(): readonly string[] {
  const faults: string[] = [];
  for (const file of manifests) {
    const { homepage, bugs, repository } = JSON.parse(read(file));
    if ([homepage, bugs, repository.url].some((url: string) => findAddress(url) === undefined)) {
      faults.push(
        `Set homepage, bugs and repository in ${file} to the documentation and the public repository: no host ends in .example.`,
      );
    }
  }
  return faults;
}

/** @returns the promises of SECURITY.md and security.txt that the maintainer has not made */
function findEmptyPromises(): readonly string[] {
  const faults: string[] = [];
  const [, table = ""] = read("SECURITY.md").split("| we promise | value |\n|---|---|\n");
  const [rows = ""] = table.split("\n\n");
  const promises = rows.split("\n").map((row) => row.split("|").map((cell) => cell.trim()));
  const empty = promises.filter(([, , value = ""]) => value === "").map(([, name = "the table"]) => name);
  if (empty.length > 0) faults.push(`Fill in "What we promise reporters" in SECURITY.md: ${empty.join("; ")}.`);
  const file = "docs/site/public/.well-known/security.txt";
  const find = (field: string) => new RegExp(`^${field}:(.*)$`, "m").exec(read(file))?.[1]?.trim() ?? "";
  if (!/^(?:mailto:|https:\/\/)\S+$/.test(find("Contact"))) {
    faults.push(`Set Contact in ${file} to an address that begins with mailto: or https://.`);
  }
  const expires = Date.parse(find("Expires"));
  if (!(expires > Date.now() && expires < Date.now() + yearMs)) {
    faults.push(`Set Expires in ${file} to a time within a year, such as 2027-06-30T00:00:00Z.`);
  }
  return faults;
}

function findFaultsOfVersion(): readonly string[] {
  const { version } = manifest;
  const faults: string[] = [];
  for (const file of ["deno.json", ...manifests.slice(1)]) {
    const { version: other } = JSON.parse(read(file));
    if (other !== version) faults.push(`Set version in ${file} to ${version}, as in package.json: it is ${other}.`);
  }
  const heading = `## [${version}] - `;
  if (
    !read("CHANGELOG.md")
      .split("\n")
      .some((line) => line.startsWith(heading) && /^\d{4}-\d\d-\d\d$/.test(line.slice(heading.length)))
  ) {
    faults.push(`Give CHANGELOG.md the heading "${heading}YYYY-MM-DD", in place of [Unreleased].`);
  }
  return faults;
}

function findFaultsOfCommit(): readonly string[] {
  const faults: string[] = [];
  const changes = git("status", "--porcelain");
  if (changes.length > 0)
    faults.push(`Commit or remove what is not committed: ${changes.map((line) => line.slice(3)).join(", ")}`);
  const tag = `v${manifest.version}`;
  const tags = git("tag", "--points-at", "HEAD");
  if (!tags.includes(tag)) {
    const others = tags.length > 0 ? `it has ${tags.join(", ")}` : "it has none";
    faults.push(`Tag this commit ${tag}, after the version in package.json: ${others}.`);
  }
  return faults;
}

function findFaultsOfRelease(): readonly string[] {
  const pack = "Run npm run pack:release";
  const missing = packages.find(({ tarball }) => !existsSync(tarball));
  if (missing !== undefined) return [`${pack}: ${path.relative(root, missing.tarball)} does not exist.`];
  if (read("release/commit").trim() !== git("rev-parse", "HEAD")[0])
    return [`${pack}: release/ was packed from another commit.`];
  const differing = read("release/SHA256SUMS")
    .split("\n")
    .filter(Boolean)
    .map((line) => line.split("  ") as [string, string])
    .filter(
      ([hash, name]) =>
        createHash("sha256")
          .update(readFileSync(path.join(release, name)))
          .digest("hex") !== hash,
    );
  return differing.map(([, name]) => `${pack}: release/${name} differs from its checksum.`);
}

function findFaultsOfNpm(): readonly string[] {
  const version = execFileSync("npm", ["--version"], { encoding: "utf8" }).trim();
  const isOld =
    version
      .split(".")
      .map(Number)
      .reduce((order, part, index) => order || part - (npmMinimum[index] ?? 0), 0) < 0;
  return isTrusted && isOld
    ? [`Install npm ${npmMinimum.join(".")} or newer: npm ${version} knows no trusted publishing.`]
    : [];
}

/** @returns whether a registry has this version of a package, or why it cannot take the version */
export async function askRegistry(registry: string, name: string): Promise<boolean | { readonly fault: string }> {
  try {
    const url = `${registry.replace(/\/$/, "")}/${name}`;
    const response = await fetch(url, { signal: AbortSignal.timeout(registryTimeoutMs) });
    if (response.status === 404 && !isTrusted) return false;
    if (response.status === 404) {
      const page = "docs/how-to/publish-the-package.md";
      return {
        fault: `Publish the first version by hand, as ${page} says: trusted publishing cannot create ${name} at ${registry}.`,
      };
    }
    if (!response.ok) {
      return { fault: `The registry ${registry} answered ${response.status}. Nothing was published. Try again later.` };
    }
    const { versions = {} } = (await response.json()) as { readonly versions?: object };
    return manifest.version in versions;
  } catch (error) {
    const { cause, message } = error as Error;
    const reason = (cause as NodeJS.ErrnoException | undefined)?.code ?? message;
    return { fault: `The registry ${registry} did not answer (${reason}). Nothing was published. Try again later.` };
  }
}
