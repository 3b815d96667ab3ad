import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { lstat, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { type CertifiedKeys, createAuthority, createServerKeys } from "../../entra/server/tls.ts";
import { readRegularFile } from "../common/input-file.ts";
import { UsageError } from "../common/usage-error.ts";

/** What a server of https needs, in PEM. */
export interface ServerIdentity {
  readonly key: string;
  readonly cert: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const forgetHint = "run npx entra-gate entra --forget, and then trust the new authority";

/** Folder of the authority's two files, in the folder where the user's programs keep data. */
export function findAuthorityFolder(env: Environment = process.env, platform = process.platform): string {
  return path.join(findDataFolder(env, platform), "entra-gate", "local-authority");
}

function findDataFolder(env: Environment, platform: NodeJS.Platform): string {
  if (platform === "win32") return env.LOCALAPPDATA || path.join(homedir(), "AppData", "Local");
  if (platform === "darwin") return path.join(homedir(), "Library", "Application Support");
  const { XDG_DATA_HOME: wanted } = env;
  // The specification of XDG says that a relative path is to be ignored.
  return wanted !== undefined && path.isAbsolute(wanted) ? wanted : path.join(homedir(), ".local", "share");
}

/** File that clients trust. */
export function findAuthorityCertificate(folder: string): string {
  return path.join(folder, "authority.pem");
}

function findKeyFile(folder: string): string {
  return path.join(folder, "authority-key.pem");
}

/**
 * Certifies a new key for one start of the server. The user's authority signs it, and is created if there is none.
 *
 * @throws UsageError if the authority has expired, is damaged, or can be read by other users
 */
export async function createServerIdentity(folder: string, nowSeconds: number): Promise<ServerIdentity> {
  const { key, certificate } = (await readAuthority(folder)) ?? (await makeAuthority(folder, nowSeconds));
  const notAfterSeconds = Math.floor(certificate.validToDate.getTime() / 1_000);
  if (nowSeconds >= notAfterSeconds) throw new UsageError(`the authority of ${folder} has expired: ${forgetHint}`);
  const server = await createServerKeys(
    {
      commonName: certificate.subject.replace(/^CN=/, ""),
      privateKey: await importKey("pkcs8", key.export({ format: "der", type: "pkcs8" }), "sign"),
      publicKey: await importKey("spki", createPublicKey(key).export({ format: "der", type: "spki" }), "verify"),
      notAfterSeconds,
    },
    nowSeconds,
  );
  return { key: await formatKey(server), cert: formatCertificate(server) };
}

/** Removes the authority. @returns false if there was none */
export async function forgetAuthority(folder: string): Promise<boolean> {
  const removed = `${folder}.${crypto.randomUUID()}`;
  try {
    // Another process then finds both files, or none.
    await rename(folder, removed);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
  await rm(removed, { recursive: true });
  return true;
}

interface Authority {
  readonly key: KeyObject;
  readonly certificate: X509Certificate;
}

async function readAuthority(folder: string): Promise<Authority | undefined> {
  const keyFile = findKeyFile(folder);
  try {
    await requirePrivate(folder, keyFile);
    const certificate = new X509Certificate(readRegularFile(findAuthorityCertificate(folder)));
    const key = createPrivateKey(readRegularFile(keyFile));
    if (!certificate.checkPrivateKey(key)) throw new TypeError("the two files do not belong together");
    return { key, certificate };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if ((error as NodeJS.ErrnoException).code === "ENOENT" && !(await exists(folder))) return undefined;
    throw new UsageError(`the authority of ${folder} is damaged (${(error as Error).message}): ${forgetHint}`);
  }
}

/** Windows gives the folder of a user's data to the user alone, and has no such modes. */
async function requirePrivate(folder: string, keyFile: string): Promise<void> {
  for (const place of [folder, keyFile]) {
    const { mode, uid } = await lstat(place);
    const isOwn = process.getuid === undefined || (uid === process.getuid() && (mode & 0o077) === 0);
    if (!isOwn) throw new UsageError(`other users can read ${place}, which has the key of an authority: ${forgetHint}`);
  }
}

function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}

/**
 * Creates the folder of both files at once: a folder cannot be renamed to one that has files. If another process was
 * first, its authority is the user's.
 */
async function makeAuthority(folder: string, nowSeconds: number): Promise<Authority> {
  await mkdir(path.dirname(folder), { recursive: true, mode: 0o700 });
  // `mkdtemp` creates it for this user alone.
  const prepared = await mkdtemp(`${folder}.`);
  try {
    const authority = await createAuthority(nowSeconds);
    await writeFile(findKeyFile(prepared), await formatKey(authority), { mode: 0o600, flag: "wx" });
    await writeFile(findAuthorityCertificate(prepared), formatCertificate(authority), { mode: 0o644, flag: "wx" });
    await rename(prepared, folder).catch(async (error) => {
      if (!(await exists(folder))) throw error;
    });
  } finally {
    await rm(prepared, { recursive: true, force: true });
  }
  const made = await readAuthority(folder);
  if (made === undefined) throw new UsageError(`another process has removed the authority of ${folder}: start again`);
  return made;
}

function importKey(format: "pkcs8" | "spki", bytes: Buffer, usage: "sign" | "verify"): Promise<CryptoKey> {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  return crypto.subtle.importKey(format, new Uint8Array(bytes), algorithm, true, [usage]);
}

async function formatKey({ privateKey }: CertifiedKeys): Promise<string> {
  return formatPem("PRIVATE KEY", new Uint8Array((await crypto.subtle.exportKey("pkcs8", privateKey)) as ArrayBuffer));
}

function formatCertificate({ certificate }: CertifiedKeys): string {
  return formatPem("CERTIFICATE", certificate);
}

/** RFC 7468. */
function formatPem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
