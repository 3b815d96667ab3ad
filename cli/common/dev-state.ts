import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, realpathSync, rmSync, type Stats } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { instancePath } from "../../entra/server/pages.ts";
import { describeCause, isLoopback, readBounded } from "../../src/cli-exports/common.ts";
import { isRecord, parseJson } from "../../src/cli-exports/text.ts";
import { readRegularFile } from "./input-file.ts";
import { replaceFile } from "./output-file.ts";

/** What a running `entra-gate dev` tells the other commands in its folder. */
export interface DevState {
  readonly pid: number;
  /** Random. The local Entra answers with it, so that no other program on its port is taken for it. */
  readonly id: string;
  /** Origin of the local Entra, without a slash at the end. */
  readonly entraUrl: string;
  /** Variables of the gate that the files of the project do not have. */
  readonly variables: Readonly<Record<string, string>>;
  /** Absolute path of the worker, if `--worker` named it. */
  readonly worker?: string | undefined;
}

/** The `dev` of a folder; or why its file is not used, if there is one. */
export type FoundDev =
  | { readonly state: DevState; readonly unusable?: undefined }
  | { readonly state?: undefined; readonly unusable: string }
  | { readonly state?: undefined; readonly unusable?: undefined };

const stateBytes = 64 * 1024;
/** Longer than an ID. */
const answerBytes = 256;
/** `dev` can be busy with the start of its programs. */
const answerMilliseconds = 5_000;
/** Permissions of the group and of others. */
const ownerOnly = 0o077;

/** A run whose file is removed at its end. */
export interface AnnouncedDev {
  remove(): void;
}

/**
 * Writes what a run tells the commands `token` and `explain`. The last run of a folder counts.
 *
 * @param directory of the project
 * @throws Error if the folder of these files is not the user's alone
 */
export function announceDev(directory: string, state: DevState): AnnouncedDev {
  const file = findFile(directory);
  const folder = path.dirname(file);
  mkdirSync(folder, { mode: 0o700, recursive: true });
  requirePrivate(lstatSync(folder), folder, "directory");
  replaceFile(file, JSON.stringify(state), 0o600);
  return {
    remove() {
      try {
        // Another run may have replaced the file.
        if (readState(file)?.id === state.id) rmSync(file, { force: true });
      } catch {
        // It is no file of this run any more.
      }
    },
  };
}

/** Finds the `dev` that runs in a folder, whatever its ports. */
export async function findDev(directory: string): Promise<FoundDev> {
  const file = findFile(directory);
  let state: DevState | undefined;
  try {
    state = readState(file);
  } catch (error) {
    return { unusable: `${file} is not used: ${describeCause(error)}` };
  }
  if (state === undefined) return {};
  if (!isAlive(state.pid)) return { unusable: "the dev of this folder ended without stopping its programs" };
  if ((await askInstance(state.entraUrl)) !== state.id) {
    return { unusable: `the dev of this folder does not answer: another program has its port, ${state.entraUrl}` };
  }
  return { state };
}

/** One file for each user and folder. */
function findFile(directory: string): string {
  const name = createHash("sha256").update(realpathSync(directory)).digest("hex").slice(0, 32);
  return path.join(tmpdir(), `entra-gate-dev-${process.getuid?.() ?? "user"}`, `${name}.json`);
}

/**
 * @returns `undefined` if there is no file
 * @throws Error if it, or its folder, is not the user's alone, or it has another content
 */
function readState(file: string): DevState | undefined {
  const folder = path.dirname(file);
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  requirePrivate(found, folder, "directory");
  const status = lstatSync(file, { throwIfNoEntry: false });
  if (status === undefined) return undefined;
  requirePrivate(status, file, "file");
  const state = parseJson(readRegularFile(file, stateBytes).toString("utf8"));
  if (!isState(state)) throw new Error("its content is not that of a dev");
  return state;
}

/** @throws Error for a link, another kind of file, another owner, or a mode that lets others in */
function requirePrivate(status: Stats, name: string, kind: "directory" | "file"): void {
  const isKind = kind === "directory" ? status.isDirectory() : status.isFile();
  if (!isKind) throw new Error(`${name} is no ${kind}`);
  // Windows has neither owners nor modes here. Its folder for temporary files is the user's.
  if (process.getuid === undefined) return;
  if (status.uid !== process.getuid()) throw new Error(`${name} belongs to another user`);
  if ((status.mode & ownerOnly) !== 0) throw new Error(`${name} is open to other users`);
}

function isState(value: unknown): value is DevState {
  const { pid, id, entraUrl, variables, worker } = (value ?? {}) as Partial<Record<keyof DevState, unknown>>;
  return (
    Number.isSafeInteger(pid) &&
    (pid as number) > 0 &&
    typeof id === "string" &&
    isLocalOrigin(entraUrl) &&
    isRecord(variables) &&
    (worker === undefined || typeof worker === "string") &&
    Object.values(variables).every((each) => typeof each === "string")
  );
}

function isLocalOrigin(value: unknown): boolean {
  const url = typeof value === "string" ? URL.parse(value) : null;
  return url !== null && url.origin === value && isLoopback(url.hostname);
}

/** Whether a process of this user has the ID. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function askInstance(entraUrl: string): Promise<string | undefined> {
  try {
    const init = { redirect: "error", signal: AbortSignal.timeout(answerMilliseconds) } as const;
    const response = await fetch(`${entraUrl}${instancePath}`, init);
    return response.ok ? await readBounded(response.body, answerBytes) : undefined;
  } catch {
    return undefined;
  }
}
