import { loadOptional } from "../common/optional-package.ts";
import { UsageError } from "../common/usage-error.ts";
import type { Faults, Place } from "./fault.ts";

/** Records a fault if a regular expression may take more time than in proportion to its text. */
export type CheckPattern = (place: Place, pattern: unknown, faults: Faults) => void;

/** Part of recheck. Its automaton decides; its fuzzer would give another result on a slower machine. */
interface Recheck {
  checkSync(
    source: string,
    flags: string,
    options: { readonly checker: "automaton"; readonly timeout: number },
  ): { readonly status: "safe" | "vulnerable" | "unknown"; readonly complexity?: { readonly type: string } };
}

/** Most patterns take milliseconds. Some take minutes, and are refused. */
const timeLimitMs = 2_000;
/** For all patterns of a document. */
const allTimeLimitMs = 20_000;

/** @throws UsageError if recheck is not installed */
export function createCheckPattern(): CheckPattern {
  const { checkSync } = loadPackage<Recheck>("recheck", "recheck/lib/browser.js");
  /** What is wrong with each pattern; documents repeat them. */
  const known = new Map<string, string | undefined>();
  let leftMs = allTimeLimitMs;

  function check(pattern: string): ReturnType<Recheck["checkSync"]> {
    const timeout = Math.min(timeLimitMs, Math.ceil(leftMs));
    if (timeout <= 0) return { status: "unknown" };
    const startedMs = performance.now();
    try {
      return checkSync(pattern, "u", { checker: "automaton", timeout });
    } catch {
      // It recurses, and some patterns exhaust the stack.
      return { status: "unknown" };
    } finally {
      leftMs -= performance.now() - startedMs;
    }
  }

  function findProblem(pattern: string): string | undefined {
    try {
      new RegExp(pattern, "u");
    } catch {
      return "is not a regular expression of JavaScript with the flag u";
    }
    const { status, complexity } = check(pattern);
    if (status === "safe") return undefined;
    if (status === "vulnerable") return `takes ${complexity?.type} time in some texts, and callers send the text`;
    return "is too complex to show that its time grows no faster than its text";
  }

  return (place, pattern, faults) => {
    if (typeof pattern !== "string") return;
    if (!known.has(pattern)) known.set(pattern, findProblem(pattern));
    const problem = known.get(pattern);
    const quoted = JSON.stringify(pattern.length > 100 ? `${pattern.slice(0, 100)}…` : pattern);
    const repair =
      "Write a pattern without alternatives that overlap, and with ^ at its start, or use maxLength and format.";
    if (problem !== undefined) faults.add(place, `has the pattern ${quoted}, which ${problem}`, repair);
  };
}

/**
 * Loads an optional peer dependency.
 *
 * @param file module of the package
 * @throws UsageError that says how to install it
 */
export function loadPackage<Module>(name: string, file: string): Module {
  const loaded = loadOptional<Module>(file);
  if (loaded !== undefined) return loaded;
  throw new UsageError(`--validate needs the package ${name}. Run npm install --save-dev ajv recheck`);
}
