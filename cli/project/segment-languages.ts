import type { DFA } from "refa";
import { loadOptional } from "../common/optional-package.ts";

type Refa = typeof import("refa");

/** Segments that some expressions match, and the others do not. */
interface SegmentClass {
  /** In the order of the expressions. */
  readonly isMatched: readonly boolean[];
  readonly automaton: DFA;
}

/** Most expressions have some dozens. With this limit, a set of expressions takes less than a second. */
const nodesMaximum = 1_000;
/** Sets of expressions at one place. Those of six expressions can be so many. */
const classesMaximum = 64;
/** `?` and `#` end a path. */
const anySegment = "[^/?#]+";
/** Segments that clients send as they are, the plainest first. The gate refuses none of them, as it refuses `..`. */
const plainSegments = ["[a-z0-9]+", "[\\w~!$&'()*+,=@-][\\w.~!$&'()*+,=@-]*"];
const counts = /\{\d+(?:,\d*)?\}/g;
/** Braces that are no count, which end an expression for PatternRouter of Hono, and groups with modifiers or names. */
const unclear = /[{}]|\(\?(?!:)/;

let loaded: Refa | undefined;

/** Whether the optional package `refa` is installed. Without it, no expression is decided. */
export function hasAutomata(): boolean {
  loaded = loadOptional<Refa>("refa");
  return loaded !== undefined;
}

/**
 * Lists a segment for each set of regular expressions that can match a segment together while the others do not. The
 * empty set is one of them.
 *
 * @param sources valid in JavaScript without flags
 * @param literals segments that a literal matches. They are in no set
 * @returns `undefined` if the sets are not known: an expression is too large, looks around or back, or matches nothing
 *   or a slash, `refa` is not installed, or a set has no plain segment
 */
export function listSegments(sources: readonly string[], literals: ReadonlySet<string>): readonly string[] | undefined {
  const classes = splitOnce(sources);
  if (classes === undefined) return undefined;
  const expressions = sources.map((source) => new RegExp(`^(?:${source})$`));
  const segments: string[] = [];
  for (const { isMatched, automaton } of classes) {
    const segment = findSegment(automaton, literals);
    if (segment === undefined && isCovered(automaton, literals)) continue;
    const isProper = expressions.every((expression, at) => segment && expression.test(segment) === isMatched[at]);
    if (segment === undefined || !isProper) return undefined;
    segments.push(segment);
  }
  return segments;
}

const known = new Map<string, readonly SegmentClass[] | undefined>();

function splitOnce(sources: readonly string[]): readonly SegmentClass[] | undefined {
  const key = JSON.stringify(sources);
  if (!known.has(key)) known.set(key, hasAutomata() ? split(sources) : undefined);
  return known.get(key);
}

function split(sources: readonly string[]): readonly SegmentClass[] | undefined {
  try {
    let classes: readonly SegmentClass[] = [{ isMatched: [], automaton: createAutomaton(anySegment) }];
    for (const { matched, others } of sources.map(readLanguage)) {
      classes = classes
        .flatMap(({ isMatched, automaton }) => [
          { isMatched: [...isMatched, true], automaton: intersect(automaton, matched) },
          { isMatched: [...isMatched, false], automaton: intersect(automaton, others) },
        ])
        .filter(({ automaton }) => !automaton.isEmpty);
      if (classes.length > classesMaximum) return undefined;
    }
    return classes;
  } catch {
    return undefined;
  }
}

/** @throws Error if an automaton cannot read the expression, or has too many nodes */
function readLanguage(source: string): { readonly matched: DFA; readonly others: DFA } {
  if (unclear.test(source.replace(counts, ""))) throw new Error(`${source} can be read in several ways`);
  const matched = createAutomaton(source);
  const isSegment = intersect(matched, complement(createAutomaton("[^/]+"))).isEmpty;
  if (!isSegment) throw new Error(`${source} also matches nothing or a slash`);
  return { matched, others: complement(matched) };
}

function createAutomaton(source: string): DFA {
  const { JS, NFA, DFA } = loaded!;
  const { expression, maxCharacter } = JS.Parser.fromLiteral({ source, flags: "" }).parse({
    assertions: "throw",
    backreferences: "throw",
    maxNodes: nodesMaximum,
  });
  const limits = new NFA.LimitedNodeFactory(nodesMaximum);
  return minimize(
    DFA.fromFA(NFA.fromRegex(expression, { maxCharacter }, { assertions: "throw" }, limits), limitNodes()),
  );
}

const limitNodes = () => new loaded!.DFA.LimitedNodeFactory(nodesMaximum);

function minimize(automaton: DFA): DFA {
  automaton.minimize();
  return automaton;
}

function complement(automaton: DFA): DFA {
  const copy = automaton.copy(limitNodes());
  copy.complement(limitNodes());
  return copy;
}

function intersect(left: DFA, right: DFA): DFA {
  return minimize(loaded!.DFA.fromIntersection(left, right, limitNodes()));
}

function findSegment(automaton: DFA, literals: ReadonlySet<string>): string | undefined {
  for (const plain of plainSegments) {
    for (const word of loaded!.getIntersectionWords(automaton, createAutomaton(plain))) {
      const segment = loaded!.Words.fromUTF16ToString(word);
      if (!literals.has(segment)) return segment;
    }
  }
  return undefined;
}

/** Whether an automaton matches only literals. */
function isCovered(automaton: DFA, literals: ReadonlySet<string>): boolean {
  if (!automaton.isFinite) return false;
  for (const word of automaton.words()) if (!literals.has(loaded!.Words.fromUTF16ToString(word))) return false;
  return true;
}
