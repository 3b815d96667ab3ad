import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseEnv } from "node:util";
import { readInput } from "../common/input-file.ts";

/** Other users of the machine can read the arguments of a process. */
const secretNames = ["ENTRA_CLIENT_SECRET", "GATE_SESSION_KEY"];
/** Files that Wrangler reads if there is no `.dev.vars`. */
const envFiles = [".env", ".env.local"];

/** Variables for Wrangler. */
export interface PassedVariables {
  /** Options of the command line. */
  readonly args: readonly string[];
  /** Environment of its process. */
  readonly env: Readonly<Record<string, string>>;
  /** Folder of the files with secrets, to remove at the end; absent if there are none. */
  readonly folder?: string;
}

/**
 * Passes variables to Wrangler: secrets in a file that only the user can read, others as options. With such a file,
 * Wrangler does not read `.dev.vars`, so its text is in a file beside it.
 *
 * @param directory of Wrangler's configuration
 * @param present variables of the project; its own secrets are in them, and Wrangler reads them itself
 */
export function passVariables(
  directory: string,
  variables: Readonly<Record<string, string>>,
  present: Readonly<Record<string, unknown>>,
): PassedVariables {
  const all = Object.entries(variables);
  const isSecret = ([name]: readonly [string, string]) => secretNames.includes(name);
  const args = all.filter((each) => !isSecret(each)).flatMap(([name, value]) => ["--var", `${name}:${value}`]);
  const added = all.filter((each) => isSecret(each) && present[each[0]] !== each[1]);
  const secrets = added.map(([name, value]) => `${name}='${value}'`);
  if (secrets.length === 0) return { args, env: {} };
  const folder = mkdtempSync(path.join(tmpdir(), "entra-gate-secrets-"));
  const write = (name: string, text: string): string => {
    const file = path.join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const own = path.join(directory, ".dev.vars");
  const hasOwn = existsSync(own);
  // Beside .dev.vars, these are the environment of Wrangler itself.
  const others = envFiles.map((name) => path.join(directory, name)).filter((each) => existsSync(each));
  // Wrangler replaces `$NAME` in such a file, and not in .dev.vars.
  const readOwn = () =>
    readInput(own)
      .replace(/^\uFEFF/, "")
      .replaceAll("$", "\\$");
  // In one file, a quote that the project does not close would end in the secrets.
  const files = [...(hasOwn ? [write("own", readOwn())] : others), write("added", secrets.join("\n"))];
  return {
    args: [...args, ...files.flatMap((each) => ["--env-file", each])],
    env: hasOwn ? Object.assign({}, ...others.map((each) => parseEnv(readInput(each)))) : {},
    folder,
  };
}
