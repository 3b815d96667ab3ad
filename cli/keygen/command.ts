import { writeFileSync } from "node:fs";
import path from "node:path";
import { calculateJwkThumbprint, exportJWK, exportPKCS8, generateKeyPair } from "jose";
import { describeCause } from "../../src/cli-exports/common.ts";
import { keyKinds } from "../../src/cli-exports/documents.ts";
import type { OptionsOf } from "../common/command-definition.ts";
import { type ExitCode, exitCodes } from "../common/exit-code.ts";
import { findGit } from "../common/git.ts";
import { findTarget } from "../common/output-file.ts";
import { print, printError, showText } from "../common/terminal.ts";
import { UsageError } from "../common/usage-error.ts";
import type { definition } from "./definition.ts";

type KeygenOptions = OptionsOf<typeof definition.options>;

/** RSA-3072 is as strong as P-256 (NIST SP 800-57 part 1, table 2), and Entra accepts it. */
const modulusLength = 3072;

/**
 * `entra-gate keygen`: makes a key. Standard output gets the public JWK alone. The private key goes to a file that only
 * its owner can read, because terminals and logs keep what they show.
 *
 * @throws UsageError if the file exists or cannot be written, or Git would add it
 */
export async function runKeygen({ rsa, out }: KeygenOptions): Promise<ExitCode> {
  const kind = rsa ? "RSA" : "EC";
  const variable = rsa ? "ENTRA_CLIENT_KEY" : "GATE_SIGNING_KEY";
  const file = out ?? `${variable.toLowerCase().replaceAll("_", "-")}.pem`;
  const { alg } = keyKinds[kind];
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength });
  const members = await exportJWK(publicKey);
  const published = { ...members, kid: await calculateJwkThumbprint(members), use: "sig", alg };
  writePrivate(file, await exportPKCS8(privateKey));
  printError(`Wrote the private key to ${showText(file)}. Store it as a secret, and then delete the file:
  npx wrangler secret put ${variable} < ${showText(file)}
This is the public key. A rotation needs it as ${variable}_OTHER:`);
  print(JSON.stringify(published));
  return exitCodes.good;
}

/** Never replaces a file: it could be the only copy of a key in use. */
function writePrivate(file: string, text: string): void {
  const target = findTarget("--out", file);
  const name = path.basename(target);
  if (findGit(path.dirname(target))?.isIgnored(name) === false) {
    throw new UsageError(
      `Git would add ${file}, which gets a private key: add the line *.pem to .gitignore, or name a file outside the repository with --out`,
    );
  }
  try {
    writeFileSync(target, text, { flag: "wx", mode: 0o600 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason =
      code === "EEXIST" ? "exists. Choose another file with --out" : `cannot be written: ${describeCause(error)}`;
    throw new UsageError(`${file} ${reason}`);
  }
}
