import { createHash } from "node:crypto";
import { realpathSync, statSync } from "node:fs";
import path from "node:path";
import { describeCause } from "../../src/cli-exports/common.ts";
import { isRecord } from "../../src/cli-exports/text.ts";
import { NoFileError, readRegularFile, TooLargeError } from "../common/input-file.ts";
import { type Faults, memberOf, type Place } from "./fault.ts";
import { parseText } from "./parse.ts";

/** All files of a document together. They take several times as much memory when they are parsed. */
const bytesMaximum = 32 * 1024 * 1024;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** The files of a document. They lie in its folder, or below it. */
export class DocumentFiles {
  readonly #folder: string;
  readonly #faults: Faults;
  readonly #roots = new Map<string, Place | undefined>();
  readonly #digests = new Map<string, string>();
  #bytes = 0;

  /** @param folder absolute path without symbolic links */
  constructor(folder: string, faults: Faults) {
    this.#folder = folder;
    this.#faults = faults;
  }

  /** Names of the files that were read, sorted. */
  get names(): readonly string[] {
    return [...this.#digests.keys()].sort();
  }

  /** Digest of the names and the content of all files that were read. */
  get digest(): string {
    const lines = this.names.map((name) => JSON.stringify([name, this.#digests.get(name)]));
    return createHash("sha256").update(lines.join("\n")).digest("hex");
  }

  /**
   * Reads a file.
   *
   * @param name path from the folder
   * @param referrer where a fault belongs
   * @returns the whole file; `undefined` after a fault
   */
  open(name: string, referrer: Omit<Place, "value">): Place | undefined {
    if (!this.#roots.has(name)) this.#roots.set(name, this.#read(name, referrer));
    return this.#roots.get(name);
  }

  #read(name: string, referrer: Omit<Place, "value">): Place | undefined {
    const whole = { file: name, pointer: "" };
    let bytes: Buffer;
    try {
      const real = realpathSync(path.join(this.#folder, name));
      if (!real.startsWith(this.#folder + path.sep)) {
        this.#faults.add(referrer, "leads out of the folder of the document", insideRepair);
        return undefined;
      }
      bytes = readRegularFile(real, bytesMaximum - this.#bytes);
      this.#bytes += bytes.length;
    } catch (error) {
      if (error instanceof TooLargeError) {
        this.#faults.add(whole, "makes the document larger than 32 MB", "Split the document into several APIs.");
      } else if (error instanceof NoFileError) {
        this.#faults.add(referrer, `names ${name}, which is not a file`, fileRepair);
      } else {
        this.#faults.add(referrer, `names ${name}, which cannot be read: ${describeReading(error)}`, fileRepair);
      }
      return undefined;
    }
    this.#digests.set(name, createHash("sha256").update(bytes).digest("hex"));
    let text: string;
    try {
      text = utf8.decode(bytes);
    } catch {
      this.#faults.add(whole, "is not UTF-8", "Save the file as UTF-8.");
      return undefined;
    }
    const parsed = parseText(name, text);
    if (parsed.ok) return { ...whole, value: parsed.value };
    this.#faults.add(whole, parsed.error.problem, parsed.error.repair);
    return undefined;
  }

  /**
   * Finds what a reference names.
   *
   * @param at the member `$ref`, or another place that holds the reference
   * @param reference a URI reference
   * @returns `undefined` after a fault
   */
  follow(at: Place, reference: string): Place | undefined {
    const [target = "", ...fragments] = reference.split("#");
    const name = this.#locate(at, target);
    const root = name === undefined ? undefined : this.open(name, at);
    if (root === undefined) return undefined;
    const found = findPointer(root, fragments.join("#"));
    if (found === undefined) this.#faults.add(at, "names a part that does not exist", "Correct the JSON pointer.");
    return found;
  }

  /**
   * Follows references until a value is none. The check of all references has recorded cycles.
   *
   * @param except references that are not followed
   * @returns `undefined` for a cycle, and after a fault
   */
  followAll(start: Place, except?: RegExp): Place | undefined {
    const seen = new Set<unknown>();
    let place: Place | undefined = start;
    while (place !== undefined && isRecord(place.value) && typeof place.value.$ref === "string") {
      if (seen.has(place.value)) return undefined;
      if (except?.test(place.value.$ref)) return place;
      seen.add(place.value);
      place = this.follow(memberOf(place, "$ref"), place.value.$ref);
    }
    return place;
  }

  #locate(at: Place, target: string): string | undefined {
    if (target === "") return at.file;
    const refuse = (problem: string, repair: string) => {
      this.#faults.add(at, problem, repair);
      return undefined;
    };
    if (/^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(target)) {
      return refuse("refers to another address, and the command reads no network", "Save the file below the document.");
    }
    const root = this.#roots.get(at.file)?.value;
    if (isRecord(root) && Object.hasOwn(root, "$self")) {
      return refuse("is relative to $self, which is not the place of this file", "Remove $self.");
    }
    const decoded = decode(target);
    if (decoded === undefined || /[?\\\0]/.test(decoded) || decoded.startsWith("/")) {
      return refuse("is not a relative path of a file", 'Write a path with slashes: "./paths/orders.yaml".');
    }
    const name = path.posix.normalize(path.posix.join(path.posix.dirname(at.file), decoded));
    if (name === ".." || name.startsWith("../")) return refuse("leads out of the folder of the document", insideRepair);
    return name;
  }

  /** Whether a text, read as a URI reference, names a file. */
  isFile(at: Place, reference: string): boolean {
    const name = path.posix.join(path.posix.dirname(at.file), decode(reference.replace(/#.*/s, "")) ?? "");
    try {
      return !name.startsWith("..") && statSync(path.join(this.#folder, name)).isFile();
    } catch {
      return false;
    }
  }
}

const fileRepair = "Name a file that exists in the folder of the document.";
const insideRepair = "Move the file into the folder of the document.";

/** Reasons of Node without the path. */
function describeReading(error: unknown): string {
  return describeCause(error)
    .replace(/ '.*/s, "")
    .replace(/, \w+$/, "");
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** @param fragment a JSON pointer, with the encoding of a URI (RFC 6901 section 6) */
function findPointer(root: Place, fragment: string): Place | undefined {
  const pointer = decode(fragment);
  if (pointer === undefined || /~(?![01])/.test(pointer)) return undefined;
  if (pointer === "") return root;
  const [first, ...names] = pointer.split("/");
  if (first !== "") return undefined;
  let place: Place = root;
  for (const escaped of names) {
    const name = escaped.replaceAll("~1", "/").replaceAll("~0", "~");
    const isIndex = /^(?:0|[1-9]\d*)$/.test(name);
    if (Array.isArray(place.value) && !isIndex) return undefined;
    place = memberOf(place, name);
    if (place.value === undefined) return undefined;
  }
  return place;
}
