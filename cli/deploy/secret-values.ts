import { existsSync } from "node:fs";
import path from "node:path";
import { isRecord, readJson } from "../../src/cli-exports/text.ts";
import { readInput } from "../common/input-file.ts";
import { UsageError } from "../common/usage-error.ts";

/**
 * Reads secrets from JSON, `{"NAME": "value"}`.
 *
 * @throws UsageError that contains no part of a value
 */
export function parseSecrets(text: string): Readonly<Record<string, string>> {
  // The message of a parser that throws repeats the text.
  const secrets = readJson(text);
  if (!isRecord(secrets)) {
    throw new UsageError('the secrets must be JSON such as {"ENTRA_CLIENT_SECRET": "…"}');
  }
  for (const [name, value] of Object.entries(secrets)) {
    if (typeof value !== "string" || value.trim() === "")
      throw new UsageError(`the secret ${name} must be a text that is not empty`);
  }
  return secrets as Record<string, string>;
}

/**
 * Reads secrets from a directory. The file ENTRA_CLIENT_CERTIFICATE, or ENTRA_CLIENT_CERTIFICATE.pem, contains that
 * secret.
 *
 * @param names of the secrets
 * @throws UsageError that names the missing secrets
 */
export function readSecretFiles(directory: string, names: readonly string[]): Readonly<Record<string, string>> {
  const found = names.map((name) => {
    const file = [name, `${name}.pem`].map((each) => path.join(directory, each)).find((each) => existsSync(each));
    return [name, file] as const;
  });
  const missing = found.filter(([, file]) => file === undefined).map(([name]) => name);
  if (missing.length > 0) {
    throw new UsageError(
      `--from ${directory} has no file for ${missing.join(", ")}: write each secret to a file of its name, such as ${path.join(directory, missing[0]!)}`,
    );
  }
  // Editors end a file with a line break, which is not part of a secret.
  const secrets = found.map(([name, file]) => [name, readInput(file ?? "").replace(/\r?\n$/, "")] as const);
  return parseSecrets(JSON.stringify(Object.fromEntries(secrets)));
}
