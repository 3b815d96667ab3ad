import { escapePointer, findClosest } from "../../src/cli-exports/policy.ts";
import { showText } from "../common/terminal.ts";
import { findPlaces } from "../common/yaml-places.ts";
import type { Members } from "../compile/fault.ts";
import { parseText } from "../compile/parse.ts";

/** A mistake in a file of cases. */
export interface CaseFault {
  readonly line: number;
  /** Clause about the value. */
  readonly problem: string;
  /** Sentence that says what to write. */
  readonly repair: string;
}

/** A file of cases is written by hand. */
const bytesMaximum = 4 * 1024 * 1024;

/** A parsed file of cases, and the mistakes that its readers find in it. */
export class CaseText {
  readonly value: unknown;
  readonly #placeOf: ReturnType<typeof findPlaces>;
  readonly #faults: CaseFault[] = [];

  /** @param text valid YAML, or JSON */
  constructor(value: unknown, text: string) {
    this.value = value;
    this.#placeOf = findPlaces(text);
  }

  /** In the order of the lines. */
  get faults(): readonly CaseFault[] {
    return this.#faults.toSorted((a, b) => a.line - b.line);
  }

  /** @param pointer JSON pointer (RFC 6901) */
  lineOf(pointer: string): number {
    const names = pointer.split("/").slice(1);
    return this.#placeOf(names.map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"))).line;
  }

  /** Records a mistake. @param problem clause about the value */
  fault(pointer: string, problem: string, repair: string): undefined {
    const [, list = "/cases", index, member = pointer] = /^(\/(?:cases|rules))?\/(\d+)((?:\/.*)?)$/.exec(pointer) ?? [];
    const whole = index === undefined ? "the file" : `the ${list.slice(1, -1)}`;
    const what = member.slice(1).replaceAll("/", ".") || whole;
    this.#faults.push({ line: this.lineOf(pointer), problem: `${what} ${problem}`, repair });
  }

  /** Records the members of an object that are not known. */
  checkMembers(pointer: string, value: Members, known: readonly string[]): void {
    for (const name of Object.keys(value).filter((each) => !known.includes(each))) {
      const repair = `Did you mean ${findClosest(name, known)}? Known are ${known.join(", ")}.`;
      this.fault(`${pointer}/${escapePointer(name)}`, "is not a member that is known here", repair);
    }
  }
}

/** Parses a file of cases. @param text YAML 1.2 or JSON */
export function parseCases(text: string): CaseText | { readonly faults: readonly CaseFault[] } {
  if (text.length > bytesMaximum) {
    return { faults: [{ line: 1, problem: "is larger than 4 MB", repair: "Split the file." }] };
  }
  const parsed = parseText("cases.yaml", text);
  if (parsed.ok) return new CaseText(parsed.value, text);
  const [, line] = / in line (\d+)$/.exec(parsed.error.problem) ?? [];
  return { faults: [{ line: Number(line ?? 1), ...parsed.error }] };
}

/** Writes the faults of a file of cases: where, what and how to correct it. */
export function renderFaults(file: string, faults: readonly CaseFault[]): string {
  return faults.map(({ line, problem, repair }) => showText(`${file}:${line}: ${problem}. ${repair}`)).join("\n");
}
