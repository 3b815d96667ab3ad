import { readJson } from "../../../src/cli-exports/text.ts";

/** Lines of a gate's log by the ID of the request. */
export interface GateLog {
  add(line: string): void;
  /** Returns the line with the ID; `undefined` if it does not arrive in time. */
  find(id: string): Promise<string | undefined>;
}

/** More refusals than a user reads in one session. */
const linesMaximum = 1_000;
/** The line arrives separately from the answer, and can arrive later. */
const waitMilliseconds = 2_000;

export function createGateLog(): GateLog {
  const lines = new Map<string, string>();
  const waiting = new Map<string, (line: string) => void>();
  return {
    add(line) {
      const id = readId(line);
      if (id === undefined) return;
      lines.set(id, line);
      const [oldest] = lines.keys();
      if (lines.size > linesMaximum && oldest !== undefined) lines.delete(oldest);
      waiting.get(id)?.(line);
    },
    find(id) {
      const known = lines.get(id);
      if (known !== undefined) return Promise.resolve(known);
      return new Promise((resolve) => {
        const settle = (line: string | undefined) => {
          clearTimeout(timer);
          waiting.delete(id);
          resolve(line);
        };
        const timer = setTimeout(() => settle(undefined), waitMilliseconds);
        waiting.set(id, settle);
      });
    },
  };
}

function readId(line: string): string | undefined {
  const { id } = Object(readJson(line)) as { readonly id?: unknown };
  return typeof id === "string" ? id : undefined;
}
