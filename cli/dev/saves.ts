import { type Dirent, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** How often the command looks for a change. */
const pollMilliseconds = 500;
/** A project has fewer files of its own. The others are not watched. */
const filesMaximum = 20_000;

/** Files of a project, with the time and size of each. */
export type Saved = ReadonlyMap<string, string>;

/**
 * Reads which files a project has, without those of packages and those whose names begin with a dot.
 *
 * @param folders of the project; a folder within another one counts once
 */
export function readSaved(folders: readonly string[]): Saved {
  const saved = new Map<string, string>();
  const waiting = [...folders];
  for (let folder = waiting.pop(); folder !== undefined && saved.size < filesMaximum; folder = waiting.pop()) {
    for (const entry of list(folder)) {
      if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) waiting.push(file);
      else saved.set(file, describe(file));
    }
  }
  return saved;
}

/**
 * Waits until a file differs, appears or disappears, and then until it stays as it is: an editor can empty a file
 * before it writes it.
 *
 * @param before what `readSaved` returned for these folders
 * @param ended tells that nobody waits any more
 */
export async function waitForSave(folders: readonly string[], before: Saved, ended: AbortSignal): Promise<void> {
  for (let last = before; !ended.aborted; ) {
    const now = readSaved(folders);
    if (isSame(now, last) && !isSame(now, before)) return;
    last = now;
    await delay(pollMilliseconds, undefined, { signal: ended }).catch(() => {});
  }
}

function isSame(one: Saved, other: Saved): boolean {
  return one.size === other.size && [...one].every(([file, text]) => other.get(file) === text);
}

function list(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // It was removed meanwhile.
    return [];
  }
}

function describe(file: string): string {
  try {
    const { mtimeMs, size } = statSync(file);
    return `${mtimeMs} ${size}`;
  } catch {
    // It was removed meanwhile, or is a link to nothing or to itself.
    return "";
  }
}
