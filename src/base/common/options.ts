import { isNameList, isRecord } from "./objects.ts";
import { isPromised } from "./result.ts";

/** Checks a value. @returns `true`, or what the value must be, for example `must be a string` */
export type Rule = (value: unknown) => true | string;

/** Rules by the names of members. */
export type Rules = Readonly<Record<string, Rule>>;

/** What {@link checkMembers} expects. */
export interface Expected {
  /** Rules of members that may be absent. */
  readonly optional: Rules;
  readonly required?: Rules | undefined;
  /** Precedes each name in messages, for example `responses.200.`. */
  readonly prefix?: string;
  /** Default: `member`. */
  readonly noun?: string;
  /** What to write in place of an unknown member, by its name. */
  readonly instead?: ReadonlyMap<string, string> | undefined;
}

/**
 * Checks that an object has only known members, that none is undefined, and that each follows its rule. Unknown members
 * are errors, because a misspelled member could be a guard.
 *
 * @returns `true`, so that it can be a rule
 * @throws TypeError that names the first invalid member
 */
export function checkMembers(
  object: unknown,
  { optional, required = {}, prefix = "", noun = "member", instead }: Expected,
): true {
  const rules: Rules = { ...required, ...optional };
  const names = Object.keys(rules);
  const whole = prefix === "" ? `${noun}s` : prefix.slice(0, -1);
  if (!isRecord(object)) {
    throw new TypeError(`${whole} must be an object with ${names.join(", ")}`);
  }
  if (isPromised(object)) throw new TypeError(`${whole} must be an object and not a promise. Await it`);
  const members = object as Readonly<Record<string, unknown>>;
  const own = Object.keys(members);
  const others = own.filter((name) => !names.includes(name));
  const unknown = others.find((name) => instead?.has(name)) ?? others[0];
  if (unknown !== undefined) {
    const repair = instead?.get(unknown) ?? `Use one of ${names.join(", ")}`;
    throw new TypeError(`unknown ${noun} ${JSON.stringify(prefix + unknown)}. ${repair}`);
  }
  for (const [name, check] of Object.entries(rules)) {
    const value = members[name];
    let problem: true | string = true;
    // A guard that was lost must not turn into the default requirement.
    if (own.includes(name)) problem = value === undefined ? "is undefined. Set a value or remove it" : check(value);
    else if (name in object) problem = hidden;
    else if (name in required) problem = check(value);
    if (problem !== true) throw new TypeError(`${prefix}${name} ${problem}`);
  }
  return true;
}

/** A copy of the object would not have the member, which could be a guard. */
const hidden = "must be an own enumerable property";

/**
 * Checks that a copy of an object would keep all of its known members.
 *
 * @throws TypeError that names an inherited or non-enumerable member, which could be a guard
 */
export function checkNothingHidden(object: object, known: readonly string[]): void {
  const own = Object.keys(object);
  const lost = known.find((name) => name in object && !own.includes(name));
  if (lost !== undefined) throw new TypeError(`${lost} ${hidden}`);
}

/**
 * Checks the options of a function.
 *
 * @param name of the function
 * @throws TypeError that names the function and the option
 */
export function checkOptionsOf(name: string, options: unknown, optional: Rules, required?: Rules): void {
  // An App that the function was registered with.
  if (typeof (options as { register?: unknown } | null)?.register === "function")
    throw new TypeError(`${name}: pass its result to the app. Write app.register(${name}(…))`);
  try {
    checkMembers(options, { optional, required, noun: "option" });
  } catch (error) {
    throw new TypeError(`${name}: ${(error as Error).message}`);
  }
}

/** Accepts any value, because another function checks it. */
export const isAnything: Rule = () => true;

export const isText: Rule = (value) => (typeof value === "string" && value !== "") || "must be a non-empty string";

export const isTexts: Rule = (value) => isNameList(value) || "must be a non-empty list of strings";

export const isTrue: Rule = (value) => value === true || "must be true or absent";

export const isFunction: Rule = (value) => typeof value === "function" || "must be a function";

/** A function with more parameters was written for another framework. It would wait for a `next` in vain. */
export function isFunctionOf(...parameters: readonly string[]): Rule {
  return (value) => {
    if (typeof value !== "function") return "must be a function";
    if (value.length <= parameters.length) return true;
    return `has ${value.length} parameters, but is called as (${parameters.join(", ")}). There is no next`;
  };
}

export const isCount: Rule = (value) =>
  (Number.isSafeInteger(value) && (value as number) > 0) || "must be a whole number above 0";

/** Whether a value is a valid header name (RFC 9110 section 5.1). */
export function isFieldName(value: unknown): value is string {
  return typeof value === "string" && /^[\w!#$%&'*+.^`|~-]+$/.test(value);
}
