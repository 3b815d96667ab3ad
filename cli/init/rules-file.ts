import { isPath, type RuleOptions } from "../../src/cli-exports/policy.ts";
import { listPaths } from "../decisions/paths.ts";
import type { Draft } from "./draft.ts";

/** Requests as a rule names them: one method, or `*` for all. */
export interface Requests {
  readonly method: string;
  readonly path: string;
}

/** Whom a project admits. */
export interface RulesFacts {
  /** File to write, in which the comment has the command. */
  readonly file: string;
  /** Further arguments of the command. */
  readonly args?: string;
  /** Callers who are admitted. */
  readonly who: readonly RuleOptions[];
  /** What stays public. */
  readonly open: readonly Requests[];
  /** What needs a token; everything else if absent. */
  readonly guarded?: readonly Requests[];
}

const everything = { method: "*", path: "/*" };

/**
 * Writes two rules about what is protected: what is public, and who is admitted to the rest. A file of the project
 * stays.
 */
export function planRules(draft: Draft, { file, args = "", who, open, guarded }: RulesFacts): void {
  if (draft.has(file)) return;
  const known = (guarded ?? [everything]).filter(
    (each) => isPath(each.path) && (guarded === undefined || !open.some((other) => overlaps(each, other))),
  );
  const rules = [
    ...(open.every(({ path }) => isPath(path))
      ? [
          `  - name: ${open.length === 0 ? "nothing is public" : "nothing else is public"}`,
          `    public: ${writeRequests(open)}`,
        ]
      : []),
    ...(known.length > 0 && who.length > 0
      ? [
          "  - name: nobody else is admitted",
          "    only:",
          "      who:",
          ...who.map((each) => `        - ${writeFlow(each)}`),
          `      requests: ${writeRequests(known)}`,
          ...(guarded === undefined && open.length > 0 ? [`      except: ${writeRequests(open)}`] : []),
        ]
      : []),
  ];
  if (rules.length === 0) return;
  draft.proof = `entra-gate test ${file}${args}`;
  const comment = `# These rules are for all callers. Prove them with: npx ${draft.proof}`;
  draft.write(file, [comment, "rules:", ...rules, ""].join("\n"));
}

const writeRequests = (all: readonly Requests[]) => writeFlow(all.map(({ method, path }) => `${method} ${path}`));

/** Writes JSON, which is YAML too, with a space behind each colon and comma. */
function writeFlow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(writeFlow).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}: ${writeFlow(each)}`);
  return `{${members.join(", ")}}`;
}

/** Whether some request is one of both. A public route admits everybody. */
function overlaps(one: Requests, other: Requests): boolean {
  const isMethod = one.method === other.method || [one.method, other.method].includes("*");
  return (
    isMethod &&
    listPaths([one.path, other.path], { withMarks: true }).classes.some(
      ({ patterns }) => patterns.has(one.path) && patterns.has(other.path),
    )
  );
}
