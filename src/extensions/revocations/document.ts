import { isAuthorityName } from "../../base/common/authority-name.ts";
import { countJson } from "../../base/common/json.ts";
import * as limits from "../../base/common/limits.ts";
import { isRecord } from "../../base/common/objects.ts";
import { fail, type Result, succeed } from "../../base/common/result.ts";
import { isGuid } from "../../core/config/guid.ts";

/** Value of `schema` in a document that this version reads. */
export const schema = "entra-gate/revocations/1";
/** Name of the document in the KV namespace. */
export const documentKey = "entra-gate/revocations";

/** What a rule can name. A user is `TENANT/OID`, which can be the object ID of a service principal too. */
export const ruleKinds = ["user", "client", "tenant", "session", "token"] as const;

export type RuleKind = (typeof ruleKinds)[number];

/** One rule of a document. Times are in seconds since the epoch. */
export interface RevocationRule {
  readonly kind: RuleKind;
  /** GUIDs are in lower case. */
  readonly subject: string;
  /** Tokens that were issued before this time are void; `Infinity` for a block, which refuses every token. */
  readonly beforeSeconds: number;
  /** The rule has no effect from this time on; `Infinity` if it has no end. */
  readonly untilSeconds: number;
  readonly reason: string | undefined;
  /** Name of the authority whose callers it stops; `undefined` stops those of all. */
  readonly authority?: string | undefined;
}

const ruleMembers: readonly string[] = [...ruleKinds, "authority", "before", "block", "until", "reason"];

/**
 * Reads a document. Every part that is unknown, missing or contradictory makes the whole document invalid, because half
 * a list would admit callers whom the other half names.
 *
 * @returns the rules, or what is wrong, as a predicate about the document
 */
export function readDocument(text: string): Result<readonly RevocationRule[], string> {
  let parsed: ReturnType<typeof countJson>;
  try {
    parsed = countJson(text, limits.revocationsJsonDepth);
  } catch (error) {
    return fail(error instanceof RangeError ? `is not valid: ${error.message}` : "is not JSON");
  }
  const { value, names } = parsed;
  if (!isRecord(value)) return fail("is not an object");
  const { schema: given, written, rules, ...others } = value;
  if (given !== schema) return fail(`does not have the schema "${schema}"`);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return fail(`has an unknown member ${quote(unknown)}`);
  if (written !== undefined && readTime(written) === undefined) return fail(`has a time written that ${timeProblem}`);
  if (!Array.isArray(rules)) return fail("has no list of rules");
  if (rules.length > limits.revocationRules) return fail(`has more than ${limits.revocationRules} rules`);
  const read: RevocationRule[] = [];
  let members = Object.keys(value).length;
  for (const [index, each] of rules.entries()) {
    const rule = readRule(each);
    if (!rule.ok) return fail(`has an invalid rule ${index + 1}: ${rule.error}`);
    members += Object.keys(each).length;
    read.push(rule.value);
  }
  return members === names ? succeed(read) : fail("has a name twice in one object");
}

/** The time at which a valid document was written, if it says so. */
export function findWritten(text: string): string | undefined {
  return /"written"\s*:\s*"([^"]+)"/.exec(text)?.[1];
}

function readRule(value: unknown): Result<RevocationRule, string> {
  if (!isRecord(value)) return fail("it is not an object");
  const unknown = Object.keys(value).find((name) => !ruleMembers.includes(name));
  if (unknown !== undefined) return fail(`${quote(unknown)} is not one of ${ruleMembers.join(", ")}`);
  const [kind, second] = ruleKinds.filter((name) => Object.hasOwn(value, name));
  if (kind === undefined || second !== undefined) return fail(`it needs exactly one of ${ruleKinds.join(", ")}`);
  const subject = readSubject(kind, value[kind]);
  if (!subject.ok) return fail(`${kind} ${subject.error}`);
  const { authority, before, block, until, reason } = value;
  if ((before === undefined) === (block === undefined)) return fail("it needs either before or block");
  if (block !== undefined && block !== true) return fail("block is not true");
  const beforeSeconds = block ? Number.POSITIVE_INFINITY : readTime(before);
  const untilSeconds = until === undefined ? Number.POSITIVE_INFINITY : readTime(until);
  if (beforeSeconds === undefined) return fail(`before ${timeProblem}`);
  if (untilSeconds === undefined) return fail(`until ${timeProblem}`);
  if (block && until === undefined) return fail("a block needs until");
  if (!block && untilSeconds <= beforeSeconds) return fail("until is not after before");
  if (reason !== undefined && !isReason(reason))
    return fail(`reason is not a text of 1 to ${limits.revocationReasonCharacters} characters in one line`);
  if (authority !== undefined && !isAuthorityName(authority))
    return fail("authority is not the name of an authority, such as customers");
  return succeed({ kind, subject: subject.value, beforeSeconds, untilSeconds, reason, authority });
}

/**
 * Reads what a rule names. GUIDs may be written in upper case, which no token has.
 *
 * @returns a clause about the value if it names nothing
 */
export function readSubject(kind: RuleKind, value: unknown): Result<string, string> {
  if (kind === "session" || kind === "token") {
    const claim = kind === "session" ? "sid" : "uti";
    const isId =
      typeof value === "string" && /^[\x21-\x7e]+$/.test(value) && value.length <= limits.revocationIdCharacters;
    return isId ? succeed(value) : fail(`is not a claim ${claim}`);
  }
  const text = typeof value === "string" ? value.toLowerCase() : "";
  const guids = text.split("/");
  const isComplete = guids.length === (kind === "user" ? 2 : 1) && guids.every(isGuid);
  return isComplete ? succeed(text) : fail(`is not ${kind === "user" ? "TENANT/OID (two GUIDs)" : "a GUID"}`);
}

const timeProblem = "is not a time such as 2026-11-30T08:00:00Z";

/**
 * Reads a time in UTC. Only this form is accepted: a number could be in seconds or in milliseconds.
 *
 * @returns seconds since the epoch, where a fraction counts up; `undefined` for any other value
 */
export function readTime(value: unknown): number | undefined {
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/.test(value)) return undefined;
  const time = Date.parse(value);
  // Some engines take 30 February for 2 March.
  return new Date(time).getUTCDate() === Number(value.slice(8, 10)) ? Math.ceil(time / 1_000) : undefined;
}

/** Whether a value is a reason that the log can show in one line. */
export function isReason(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value.trim() !== "" &&
    value.length <= limits.revocationReasonCharacters &&
    !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value)
  );
}

/** The name comes from the document, and the log shows it. */
function quote(name: string): string {
  return JSON.stringify(name.slice(0, 40));
}
