import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { describeCause } from "../../src/cli-exports/common.ts";
import { UsageError } from "./usage-error.ts";

/** As much as `compile` reads of one document. */
const inputBytes = 32 * 1024 * 1024;
const chunkBytes = 64 * 1024;

/** A folder, or a device or pipe, which could deliver bytes without end. */
export class NoFileError extends Error {}

/** A file has more bytes than the command reads. */
export class TooLargeError extends Error {}

/** A file is read to its end, but never beyond a limit: one of /proc has the size 0, and another can grow. */
export function readRegularFile(file: string, bytesMaximum = inputBytes): Buffer {
  // To open a device can already have an effect.
  requireUsable(statSync(file), bytesMaximum);
  // If a pipe has replaced the file since, the call does not wait for its writer.
  const descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    requireUsable(fstatSync(descriptor), bytesMaximum);
    const parts: Buffer[] = [];
    for (let size = 0; ; ) {
      const part = Buffer.allocUnsafe(chunkBytes);
      const read = readSync(descriptor, part);
      if (read === 0) return Buffer.concat(parts);
      size += read;
      if (size > bytesMaximum) throw tooLarge(bytesMaximum);
      parts.push(part.subarray(0, read));
    }
  } finally {
    closeSync(descriptor);
  }
}

function requireUsable(status: Stats, bytesMaximum: number): void {
  if (!status.isFile()) throw new NoFileError("it is not a regular file");
  if (status.size > bytesMaximum) throw tooLarge(bytesMaximum);
}

function tooLarge(bytesMaximum: number): TooLargeError {
  return new TooLargeError(`it is larger than ${bytesMaximum / 1024} KiB`);
}

/**
 * Reads a file that the user or a configuration names, as text.
 *
 * @param name for the message: the path as it was given, perhaps with its option
 * @throws UsageError if it is not a regular file of at most 32 MB, or cannot be read
 */
export function readInput(file: string, name = file): string {
  try {
    return readRegularFile(file).toString("utf8");
  } catch (error) {
    throw new UsageError(`${name} cannot be read: ${describeCause(error)}`);
  }
}

/** @throws UsageError if a program would read something else than a regular file, in place of this command */
export function requireRegular(file: string, name: string): void {
  try {
    requireUsable(statSync(file), inputBytes);
  } catch (error) {
    throw new UsageError(`${name} cannot be read: ${describeCause(error)}`);
  }
}
