import { execFileSync } from "node:child_process";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { ignoreText } from "../../cli/init/files.ts";
import { runKeygen } from "../../cli/keygen/command.ts";
import { readPrivateKey, readPublicKey } from "../../src/extensions/issuer/key-text.ts";

const folder = mkdtempSync(path.join(tmpdir(), "keygen-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => void vi.restoreAllMocks());

/** Runs the command, and returns what it prints. */
async function run(options: Parameters<typeof runKeygen>[0]): Promise<{ output: string; errors: string }> {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  const error = vi.spyOn(console, "error").mockImplementation(() => {});
  expect(await runKeygen(options)).toBe(0);
  return { output: String(log.mock.calls), errors: String(error.mock.calls) };
}

describe.each([
  ["EC", {}, "GATE_SIGNING_KEY"],
  ["RSA", { rsa: true }, "ENTRA_CLIENT_KEY"],
] as const)("entra-gate keygen for a key of the kind %s", (kind, options, variable) => {
  const out = path.join(folder, `${kind}.pem`);

  it("writes a private key that the gate accepts, and prints its public part alone", async () => {
    const { output, errors } = await run({ ...options, out });
    const pem = readFileSync(out, "utf8");
    const read = readPrivateKey(pem, kind);
    expect(statSync(out).mode & 0o777).toBe(0o600);
    expect(read.ok && readPublicKey(output, kind)).toEqual({ ok: true, value: read.ok && read.value.public });
    expect(output).not.toMatch(/"(?:d|p|q)"/);
    expect(errors).toContain(`npx wrangler secret put ${variable} < ${out}`);
    expect(errors).not.toContain("PRIVATE KEY");
    expect(createPrivateKey(pem).asymmetricKeyType).toBe(kind.toLowerCase());
  });

  it("replaces no file", async () => {
    const before = readFileSync(out, "utf8");
    await expect(runKeygen({ ...options, out })).rejects.toThrow("exists. Choose another file with --out");
    expect(readFileSync(out, "utf8")).toBe(before);
    await expect(runKeygen({ ...options, out: path.join(folder, "none", "x") })).rejects.toThrow("cannot be written");
  });
});

it("writes no key that Git would add", async () => {
  const repository = path.join(folder, "repository");
  mkdirSync(path.join(repository, "keys"), { recursive: true });
  execFileSync("git", ["init", "--quiet"], { cwd: repository });
  for (const name of ["key.pem", "keys/key.pem"]) {
    const out = path.join(repository, name);
    await expect(runKeygen({ out })).rejects.toThrow(
      /^Git would add .*key\.pem, which gets a private key: add the line \*\.pem/,
    );
    expect(existsSync(out)).toBe(false);
  }
  writeFileSync(path.join(repository, ".gitignore"), ignoreText);
  await run({ out: path.join(repository, "keys/key.pem") });
  expect(execFileSync("git", ["status", "--porcelain"], { cwd: repository }).toString()).toBe("?? .gitignore\n");
});

describe("the gate accepts keys of other programs", () => {
  it.each([
    ["Node, EC", "EC", () => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey],
    ["Node, RSA", "RSA", () => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey],
  ] as const)("%s, with the same members as Node's JWK", (_, kind, make) => {
    const key = make();
    const read = readPrivateKey(String(key.export({ type: "pkcs8", format: "pem" })), kind);
    expect(read.ok && { ...read.value.whole }).toEqual({ ...key.export({ format: "jwk" }) });
  });
});
