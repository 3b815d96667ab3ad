import type { Hono } from "hono";
import { createPolicy } from "../../cli/decisions/policy.ts";
import type { PolicyRule } from "../../cli/decisions/rule.ts";
import { decideRules } from "../../cli/decisions/rules.ts";
import { readModule } from "../../cli/project/load-gate.ts";
import { createTestEntra } from "../../entra/testing.ts";
import { createAllCallers, createTokens } from "../compare-tools/callers.ts";
import { type Choice, createChoice } from "../compare-tools/choice.ts";
import { createTable, type HonoSpec, type TableSpec } from "../compare-tools/tables.ts";
import { base, startWorker } from "../compare-tools/workers.ts";
import { breaks, createRule, isPresumed, matches, type RuleComparison, readCaller, rulePaths } from "./workers.ts";

const pathsPerPolicy = 100_000;
const rulesPerPolicy = 12;
/** One of them can be a spelling that the gate refuses. */
const requestsPerKind = 2;

const sources = [
  ...["[0-9]+", "\\d{1,4}", "[a-z]+", "[a-z]{3}", "en|de", "(?:x|y)", "[a-f0-9-]{8}", "\\w+", "[^x]+", "x.*", "[A-Z]"],
  ...[".*x", "(?!x).+", "\\d+(?:\\.\\d+)?", "a?b?", "[a-z]+-[0-9]+", ".{2}", "[^/]+", "[a-z0-9]{5,}", "[b-y]"],
];
const words = "x y z w X en de mcp  0 10 00000 abc x-1 1.5 ab deadbeef".split(" ");
const characters = "abxyz019AX-_.~";
const methods = ["GET", "GET", "PUT", "DELETE", "POST"];

function createSegment({ chance, one, below }: Choice): string {
  const random = () => Array.from({ length: 1 + below(5) }, () => characters[below(characters.length)]).join("");
  return chance(0.6) ? one(words) : chance(0.3) ? one(words) + random() : random();
}

/** Creates a regular expression whose words a random path has soon. No list of known words has them. */
function createSource({ chance, one, some, many }: Choice): string {
  if (chance(0.4)) return one(sources);
  const atoms = many(1, 3, () => (chance(0.3) ? one([..."abx01"]) : `[${some([..."abxyz019AX"]).join("")}]`));
  return atoms.map((atom) => atom + one(["", "", "+", "*", "?", "{2}"])).join("");
}

interface RandomPath {
  readonly path: string;
  /** Which of the paths of rules match it. */
  readonly rules: string;
}

function createPaths(choice: Choice): readonly RandomPath[] {
  const paths: RandomPath[] = [];
  while (paths.length < pathsPerPolicy) {
    const path = `/${choice.many(1, 4, () => createSegment(choice)).join("/")}`;
    // A client would send another one in place of it.
    if (new URL(base + path).pathname !== path) continue;
    paths.push({ path, rules: rulePaths.map((pattern) => Number(matches(pattern, path))).join("") });
  }
  return paths;
}

type Matched = ReturnType<Hono["router"]["match"]>[0];

/** Finds requests with different handlers, or about which different rules are. */
function findRequests({ one }: Choice, { router }: Hono, paths: readonly RandomPath[]) {
  const ids = new Map<unknown, number>();
  const seen = new Map<string, number>();
  return paths.flatMap(({ path, rules }) => {
    const method = one(methods);
    const [matched] = router.match(method, path) as readonly [Matched?];
    // The app throws where its router misread a pattern.
    if (matched === undefined) return [];
    let key = method + rules;
    for (const [[handler]] of matched) {
      const id = ids.get(handler) ?? ids.size;
      ids.set(handler, id);
      key += ` ${id}`;
    }
    const count = seen.get(key) ?? 0;
    if (count === requestsPerKind) return [];
    seen.set(key, count + 1);
    return [{ method, path }];
  });
}

/** A table with an expression, and one that extends it. The words that are known of both can be those of the first. */
function createNarrowTable({ one, some, many }: Choice): TableSpec {
  const short = `[${some([..."abxy01"]).join("")}]+`;
  const sources = [short, ...many(1, 2, () => short + one(["z?", "-?", "9?", "A*", "Z?1?"]))];
  const place = one(["/", "/x/"]);
  const parts = sources.map((source, at): HonoSpec => {
    const needs = [[{ kind: "user", scopes: [at === 0 ? "a" : one(["a", "b"])] }]] as const;
    return { kind: "handle", method: "GET", path: `${place}:n{${source}}`, needs };
  });
  const code = { kind: "hono", parts: [{ kind: "entra", path: "*" }, ...parts] } as const;
  return { code, variables: { ENTRA_REQUIRED_SCOPE: "a" }, revokes: false, hasCustomers: false };
}

/** Patterns that Hono's default routers read in their own way. Each matches requests that its text does not show. */
const oddPatterns = [
  ...["/:p{[^w]{3}}", "/:p{(?:fr|x\\057y)}", "/:p{fr|de}", "/y|x/:w", "/:p{(?:fr|y@1)}", "/:p{x{1}[^/]}"],
];

/** A table with such a pattern, before a plain one with another requirement. */
function createOddTable({ one }: Choice): TableSpec {
  const parts = [
    [one(oddPatterns), "b"],
    [one(["/x/:y", "/:w", "/*"]), "a"],
  ].map(([path = "", scope = ""]): HonoSpec => {
    return { kind: "handle", method: "GET", path, needs: [[{ kind: "user", scopes: [scope] }]] };
  });
  const code = { kind: "hono", parts: [{ kind: "entra", path: "*" }, ...parts] } as const;
  return { code, variables: { ENTRA_REQUIRED_SCOPE: "a" }, revokes: false, hasCustomers: false };
}

/** A rule that repeats what some route requires. */
function createRepeatingRule({ one }: Choice, { code }: TableSpec): PolicyRule | undefined {
  const parts = code.kind === "hono" ? code.parts : [];
  const needs = parts.flatMap((part) => (part.kind === "handle" ? part.needs : []));
  if (needs.length === 0) return undefined;
  const path = one(["/*", "/:p", "/x/:p"]);
  const requests = [{ text: `GET ${path}`, method: "GET", path, message: undefined }];
  return { name: "a requirement", line: 2, kind: "only", who: one(needs), requests };
}

/** The same table with other regular expressions in its paths. */
function replaceExpressions(choice: Choice, table: TableSpec): TableSpec | undefined {
  let count = 0;
  const replace = (part: HonoSpec): HonoSpec => {
    const path = part.path.replace(/\{.+\}/, () => {
      count += 1;
      return `{${createSource(choice)}}`;
    });
    return part.kind === "mount" ? { ...part, path, parts: part.parts.map(replace) } : { ...part, path };
  };
  if (table.code.kind !== "hono") return undefined;
  const code = { ...table.code, parts: table.code.parts.map(replace) };
  return count === 0 ? undefined : { ...table, code };
}

/**
 * Searches 100,000 random paths for one that breaks a proved rule about a Hono app with regular expressions. The app's
 * own router finds the handlers of each, and the app gets the first requests with the same handlers.
 */
export async function compareExpressions(policies: number, seed: number): Promise<RuleComparison> {
  const entras = { default: createTestEntra(), customers: createTestEntra({ authority: "customers" }) };
  const paths = createPaths(createChoice(seed));
  const tokenOf = createTokens(entras);
  const counts: Record<string, number> = { policies: 0, searched: 0, paths: 0, requests: 0, checks: 0 };
  const differences: object[] = [];
  const add = (name: string, more = 1) => {
    counts[name] = (counts[name] ?? 0) + more;
  };
  for (let index = seed * 1_000_003; counts.policies! < policies; index += 1) {
    const choice = createChoice(index);
    const table = choice.chance(0.5)
      ? choice.one([createNarrowTable, createNarrowTable, createOddTable])(choice)
      : replaceExpressions(choice, createTable(choice, "hono"));
    if (table === undefined) continue;
    const worker = startWorker(table, entras);
    const code = readModule({ default: worker.exported });
    if (code === undefined || code.problem !== undefined) continue;
    const rules = choice.many(rulesPerPolicy, rulesPerPolicy, () => {
      return (choice.chance(0.3) ? createRepeatingRule(choice, table) : undefined) ?? createRule(choice, table);
    });
    const policy = createPolicy(code, worker.environment);
    const results = decideRules(policy, rules, { asksAboutTenants: false, asksGraph: false });
    add("policies");
    for (const { verdict } of results) add(verdict.outcome);
    const proved = results.flatMap(({ rule, verdict }) => (verdict.outcome === "proved" ? [rule] : []));
    if (proved.length === 0) continue;
    add("searched");
    const callers = createAllCallers(choice)
      .map((caller) => caller && readCaller(caller, table, entras))
      .filter((caller) => isPresumed(caller, table));
    add("paths", paths.length);
    for (const { method, path } of findRequests(choice, worker.exported as Hono, paths)) {
      for (const caller of callers) {
        const answer = await worker.send(method, path, caller && (await tokenOf(caller)));
        add("requests");
        for (const rule of proved) {
          add("checks");
          if (breaks(rule, { method, path }, caller, answer)) {
            differences.push({ index, table, rule, method, path, caller, answer });
          }
        }
      }
    }
  }
  return { counts, differences };
}
