import { existsSync } from "node:fs";
import path from "node:path";
import { UsageError } from "../common/usage-error.ts";
import { type Change, readText } from "./changes.ts";

/** Collects the texts of files. */
export class Draft {
  readonly notes: string[] = [];
  /** Command that proves the rules which were written. */
  proof: string | undefined;
  readonly directory: string;
  readonly #changes = new Map<string, Change>();

  constructor(directory: string) {
    this.directory = directory;
  }

  get changes(): readonly Change[] {
    return [...this.#changes.values()].filter(({ before, after }) => before !== after);
  }

  has(file: string): boolean {
    return existsSync(path.join(this.directory, file));
  }

  /** The text of a file after the changes so far. */
  read(file: string): string | undefined {
    return this.#changes.get(file)?.after ?? readText(path.join(this.directory, file));
  }

  write(file: string, after: string): void {
    this.#changes.set(file, { file, before: readText(path.join(this.directory, file)), after });
  }

  /** Writes a file of this package's own. @throws UsageError if the project has another one with this name */
  create(file: string, text: string): void {
    const present = this.read(file);
    if (present !== undefined && present !== text) {
      throw new UsageError(
        `${file} already exists, with another content: move or remove it first. Nothing was changed.`,
      );
    }
    this.write(file, text);
  }
}
