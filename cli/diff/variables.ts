import { type Environment, isOfGate } from "../../src/cli-exports/policy.ts";
import { showValue, type WranglerConfig } from "../project/wrangler-config.ts";
import { createChange, type Effects, harmless, type ProjectChange } from "./project-change.ts";
import { type FoundClass, findClass, type ReadText } from "./variable-classes.ts";

/** What a side shows of a variable. */
type State =
  | { readonly kind: "text" | "binding"; readonly text: string }
  /** Its value is not in the file. The text says where it is. */
  | { readonly kind: "hidden"; readonly text: string };

/** The variables and bindings of one side. */
export interface Variables {
  readonly states: ReadonlyMap<string, State>;
  /** Names of the origins to which routes forward. */
  readonly origins: ReadonlySet<string>;
  /** Whether a route has the default requirement. */
  readonly usesDefault: boolean;
}

/**
 * Reads what a side shows of the variables of a gate.
 *
 * @param environment variables of the file, or those in code that replace them
 * @param wrangler absent for variables in code
 */
export function readStates(environment: Environment, wrangler: WranglerConfig | undefined): Variables["states"] {
  const { bindings = new Map<string, string>() } = wrangler ?? {};
  const bound = [...bindings.keys()].filter((name) => findClass(name, true) !== undefined);
  const names = new Set([...Object.keys(environment), ...bound]);
  return new Map([...names].map((name) => [name, readState(environment[name], bindings.get(name), wrangler)]));
}

/** The variables that a side shows as text. */
export function readTexts(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => typeof value !== "object"));
}

/** Names the variables and bindings that differ, and that are none of a gate. */
export function listOthers(before: WranglerConfig, after: WranglerConfig): readonly string[] {
  const [was, is] = [before, after].map(({ settings: { vars }, bindings }) => {
    const all = [...Object.entries((vars ?? {}) as object), ...bindings];
    return new Map(all.map(([name, value]) => [name, showValue(value)]));
  });
  return [...new Set([...was!.keys(), ...is!.keys()])]
    .filter((name) => findClass(name, true) === undefined && !isOfGate(name))
    .filter((name) => was!.get(name) !== is!.get(name));
}

function readState(value: unknown, target: string | undefined, wrangler: WranglerConfig | undefined): State {
  // `unsafe` binds texts too, which a gate reads as variables.
  if (target !== undefined && /^(?:secrets_store_secrets|unsafe) /.test(target))
    return { kind: "hidden", text: target };
  if (target !== undefined) return { kind: "binding", text: target };
  if (typeof value !== "object" || value === null) return { kind: "text", text: String(value) };
  return { kind: "hidden", text: wrangler === undefined ? "an object in code" : "a secret" };
}

/** What differs, and what neither side shows. */
export interface ComparedVariables {
  readonly changes: readonly ProjectChange[];
  /** Names of variables whose values are unknown on both sides. */
  readonly hidden: readonly string[];
  /** Names of variables of which it is not known what they decide. */
  readonly unclassified: readonly string[];
}

/** Compares each variable once. */
export function compareVariables(before: Variables, after: Variables): ComparedVariables {
  const names = [...new Set([...before.states.keys(), ...after.states.keys()])];
  const sides = [before, after].map(createReadText) as [ReadText, ReadText];
  const changes: ProjectChange[] = [];
  const hidden: string[] = [];
  const unclassified: string[] = [];
  for (const name of names.sort()) {
    const [was, is] = [before.states.get(name), after.states.get(name)];
    const found = findClass(name, (was ?? is)?.kind !== "text");
    if (found === undefined) {
      if (was?.text !== is?.text) unclassified.push(name);
      continue;
    }
    if (was?.kind === "hidden" && is?.kind === "hidden" && was.text === is.text) hidden.push(name);
    if (!isUsed(found, before, after)) continue;
    const isUncertain = found.isOfDefault && hasDefault(before) !== hasDefault(after);
    const effects: Effects = isUncertain ? ["unknown"] : compareStates(found, was, is, sides);
    changes.push(...createChange("variable", name, effects, describeState(was), describeState(is)));
  }
  return { changes, hidden, unclassified };
}

function createReadText({ states }: Variables): ReadText {
  return (name) => {
    const state = states.get(name);
    return state === undefined || state.kind === "hidden" ? undefined : state.text;
  };
}

/**
 * Whether a variable has an effect, where the routes were compared under the variables of the first side, as
 * {@link shareVariables} completes them. The routes show who gets requests at an origin that only one side has.
 */
function isUsed({ isOfDefault, origin }: FoundClass, before: Variables, after: Variables): boolean {
  if (isOfDefault) return hasDefault(before) ? after.usesDefault : before.usesDefault;
  return origin === undefined || (before.origins.has(origin) && after.origins.has(origin));
}

/** Without these, a gate with a route of the default requirement is faulty, or its secrets have them. */
function hasDefault({ states }: Variables): boolean {
  return states.has("ENTRA_REQUIRED_SCOPE") || states.has("ENTRA_REQUIRED_ROLE");
}

function compareStates(
  { decides, compare }: FoundClass,
  was: State | undefined,
  is: State | undefined,
  sides: readonly [ReadText, ReadText],
): Effects {
  if (decides === "neither" || isSame(was, is)) return harmless;
  if (was?.kind === "hidden" || is?.kind === "hidden") return ["unknown"];
  return compare(was?.text, is?.text, sides);
}

function isSame(was: State | undefined, is: State | undefined): boolean {
  return was?.kind === is?.kind && was?.text === is?.text;
}

const charactersMaximum = 200;

function describeState(state: State | undefined): string {
  if (state === undefined) return "not set";
  const { text } = state;
  return text.length > charactersMaximum ? `${text.slice(0, charactersMaximum)}…` : text;
}
