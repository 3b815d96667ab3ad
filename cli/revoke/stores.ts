import { type ExecFileException, execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";
import { documentKey } from "../../src/cli-exports/revocations.ts";
import { UsageError } from "../common/usage-error.ts";
import { quietEnvironment } from "../project/quiet.ts";
import type { Settings } from "../project/settings.ts";
import { findWrangler } from "../project/wrangler-program.ts";

/** The KV namespace with the list. */
export interface ListStore {
  /** For messages. */
  readonly name: string;
  /** @returns `undefined` if there is no list */
  read(): Promise<string | undefined>;
  write(text: string): Promise<void>;
  /** Whether the list goes to standard output, where it cannot be read again. */
  readonly isPrinted?: true;
}

const runFile = promisify(execFile);

/** As much as KV stores under one key. */
const valueBytes = 26 * 1024 * 1024;
/** Enough for Wrangler to start and to renew its sign-in. */
const readMillisecondsMaximum = 60_000;

/**
 * Creates a store that Wrangler reads and writes.
 *
 * @param place `--remote` is the namespace at Cloudflare, `--local` that of `wrangler dev`
 * @param readMilliseconds after which Wrangler is stopped while it reads; what stops a write would leave unknown
 *   whether it was done
 * @throws UsageError if the project has no Wrangler, or no binding; the methods if Wrangler fails
 */
export function createWranglerStore(
  { directory, wrangler, environment, place: names }: Settings,
  place: Place,
  readMilliseconds = readMillisecondsMaximum,
): ListStore {
  if (wrangler === undefined || environment.REVOCATIONS === undefined)
    throw new UsageError(
      `${names.file ?? "wrangler.toml"} has no [[kv_namespaces]] with binding = "REVOCATIONS". For a list at GATE_REVOCATIONS_URL, use --file`,
    );
  const { command } = findWrangler(directory);
  const flags = [
    ...["--binding", "REVOCATIONS", place],
    // Otherwise a namespace with a preview_id would be ambiguous.
    ...(place === "--remote" ? ["--preview=false"] : []),
    ...(place === "--local" && wrangler.previewNamespaces.includes("REVOCATIONS") ? ["--preview"] : []),
    ...(names.config === undefined ? [] : ["--config", path.resolve(names.config)]),
    ...(names.env === undefined ? [] : ["--env", names.env]),
  ];

  async function run(action: "get" | "put", args: readonly string[], timeout = 0) {
    const running = runFile(process.execPath, [command, "kv", "key", action, documentKey, ...args, ...flags], {
      cwd: directory,
      env: { ...process.env, ...quietEnvironment },
      maxBuffer: valueBytes,
      timeout,
    });
    // Otherwise Wrangler could wait for an answer to a question.
    running.child.stdin?.end();
    try {
      const { stdout } = await running;
      // Wrangler ends with exit code 0 after it was stopped.
      if (!running.child.killed) return { isGood: true, stdout, problem: "" };
    } catch (error) {
      const { code, message, stdout = "", stderr = "" } = error as ExecFileException;
      const isLate = running.child.killed && typeof code !== "string";
      if (!isLate && typeof code === "number")
        return { isGood: false, stdout: "", problem: stripVTControlCharacters(`${stderr}${stdout}`).trim() };
      if (!isLate) throw new UsageError(`Wrangler cannot run: ${message}`);
    }
    throw new UsageError(`Wrangler did not answer within ${readMilliseconds / 1_000} seconds`);
  }

  return {
    name: place === "--remote" ? "the KV namespace REVOCATIONS at Cloudflare" : "the KV namespace of wrangler dev",
    async read() {
      const { isGood, stdout, problem } = await run("get", [], readMilliseconds);
      if (isGood) return stdout.trim() === "Value not found" ? undefined : stdout;
      // Wrangler prints the status of Cloudflare's response, and not its error code.
      if (/\/values\/\S+ - 404: /.test(problem)) return undefined;
      const advice = place === "--remote" ? " It needs CLOUDFLARE_API_TOKEN, or npx wrangler login." : "";
      throw new UsageError(`Wrangler could not read the list.${advice}`, ...problem.split("\n"));
    },
    async write(text) {
      const folder = mkdtempSync(path.join(tmpdir(), "entra-gate-"));
      try {
        const file = path.join(folder, "revocations.json");
        writeFileSync(file, text, { mode: 0o600 });
        const { isGood, problem } = await run("put", ["--path", file]);
        if (!isGood) throw new UsageError("Wrangler could not write the list:", ...problem.split("\n"));
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

export type Place = "--remote" | "--local";
