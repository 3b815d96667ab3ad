import { limits } from "../../src/cli-exports/common.ts";
import type { Environment } from "../../src/cli-exports/policy.ts";
import { type RevocationRule, schema } from "../../src/cli-exports/revocations.ts";

/** Lifetime of tokens, and the largest clock skew. After this time, a rule about older tokens has no effect. */
const tokensSeconds = limits.tokenLifetimeSeconds + limits.clockSkewSecondsMaximum;

/** The end of a rule about tokens that were issued before a time. */
export function endOf(beforeSeconds: number): number {
  return beforeSeconds + tokensSeconds;
}

/**
 * Warns of a rule that ends before the tokens that it refuses have expired.
 *
 * @returns `undefined` for any other rule
 */
export function describeEarlyEnd(rule: RevocationRule): string | undefined {
  const expirySeconds = endOf(rule.beforeSeconds);
  if (isBlock(rule) || rule.untilSeconds >= expirySeconds) return undefined;
  return `warning: these tokens can be valid until ${writeTime(expirySeconds)}, and the rule ends before. Without --until, it lasts as long as they do`;
}

const isBlock = ({ beforeSeconds }: RevocationRule) => beforeSeconds === Number.POSITIVE_INFINITY;
/** What a rule is about. */
export type RuleSubject = Pick<RevocationRule, "kind" | "subject" | "authority">;
export const isAbout = (one: RuleSubject, other: RuleSubject): boolean =>
  one.kind === other.kind && one.subject === other.subject && one.authority === other.authority;

/**
 * Adds a rule in place of those about the same caller that it covers. A rule that refuses more tokens or lasts longer
 * stays. Rules that have ended are left out.
 */
export function addRule(
  rules: readonly RevocationRule[],
  rule: RevocationRule,
  nowSeconds: number,
): readonly RevocationRule[] {
  const others = rules.filter((each) => !isAbout(each, rule) || !covers(rule, each));
  return [...withoutEnded(others, nowSeconds), rule];
}

/** Whether a rule makes another one about the same caller superfluous. A block and a time do not replace each other. */
function covers(rule: RevocationRule, other: RevocationRule): boolean {
  const hasEffectUntil = ({ beforeSeconds, untilSeconds }: RevocationRule) =>
    Math.min(untilSeconds, endOf(beforeSeconds));
  return (
    isBlock(rule) === isBlock(other) &&
    rule.beforeSeconds >= other.beforeSeconds &&
    hasEffectUntil(rule) >= hasEffectUntil(other)
  );
}

/** Removes the rules about a caller, and those that have ended. */
export function removeRules(
  rules: readonly RevocationRule[],
  subject: RuleSubject,
  nowSeconds: number,
): readonly RevocationRule[] {
  return withoutEnded(
    rules.filter((each) => !isAbout(each, subject)),
    nowSeconds,
  );
}

function withoutEnded(rules: readonly RevocationRule[], nowSeconds: number): readonly RevocationRule[] {
  return rules.filter(({ untilSeconds }) => untilSeconds > nowSeconds);
}

/** Writes a document with one rule in each line. */
export function writeDocument(rules: readonly RevocationRule[], nowSeconds: number): string {
  const lines = rules.map((rule) => JSON.stringify(toMembers(rule))).join(",\n");
  const head = `{"schema":${JSON.stringify(schema)},"written":"${writeTime(nowSeconds)}","rules":[`;
  return lines === "" ? `${head}]}\n` : `${head}\n${lines}\n]}\n`;
}

function toMembers(rule: RevocationRule) {
  const { kind, subject, authority, beforeSeconds, untilSeconds, reason } = rule;
  return {
    [kind]: subject,
    ...(authority !== undefined && { authority }),
    ...(isBlock(rule) ? { block: true } : { before: writeTime(beforeSeconds) }),
    ...(untilSeconds !== Number.POSITIVE_INFINITY && { until: writeTime(untilSeconds) }),
    ...(reason !== undefined && { reason }),
  };
}

export function writeTime(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replace(".000Z", "Z");
}

/** Describes a rule in one line. */
export function describe(rule: RevocationRule, nowSeconds: number): string {
  const { kind, subject, authority, beforeSeconds, untilSeconds, reason } = rule;
  const whose = authority === undefined ? "" : ` of ${authority}`;
  const which = isBlock(rule) ? "every token" : `tokens issued before ${writeTime(beforeSeconds)}`;
  const end = untilSeconds === Number.POSITIVE_INFINITY ? "" : `, until ${writeTime(untilSeconds)}`;
  const ended = untilSeconds <= nowSeconds ? " (ended)" : "";
  return `${kind} ${subject}${whose}: ${which}${end}${ended}${reason === undefined ? "" : `, ${JSON.stringify(reason)}`}`;
}

/** The rules that a change removes and adds, one in each line. */
export function describeDifference(
  before: readonly RevocationRule[],
  after: readonly RevocationRule[],
  nowSeconds: number,
): readonly string[] {
  const lines = (rules: readonly RevocationRule[]) => rules.map((rule) => describe(rule, nowSeconds));
  const [old, young] = [lines(before), lines(after)];
  const [oldSet, youngSet] = [new Set(old), new Set(young)];
  return [
    ...old.filter((line) => !youngSet.has(line)).map((line) => `- ${line}`),
    ...young.filter((line) => !oldSet.has(line)).map((line) => `+ ${line}`),
  ];
}

/**
 * Whether rules name every caller that the configuration admits: all of its tenants, or all of its clients. A tenant
 * counts as everyone if the tenants are unknown.
 */
export function stopsEveryone(rules: readonly RevocationRule[], environment: Environment): boolean {
  const named = (kind: string) => new Set(rules.filter((rule) => rule.kind === kind).map(({ subject }) => subject));
  const own = listGuids(environment.ENTRA_TENANT_ID).filter((tenant) => tenant !== "organizations");
  const tenants = listGuids(environment.ENTRA_ALLOWED_TENANTS);
  const clients = listGuids(environment.ENTRA_ALLOWED_CLIENTS);
  const areIn = (list: readonly string[], subjects: ReadonlySet<string>) => list.every((each) => subjects.has(each));
  const ofTenants = named("tenant");
  return (
    (ofTenants.size > 0 && areIn(tenants.length > 0 ? tenants : own, ofTenants)) ||
    (clients.length > 0 && areIn(clients, named("client")))
  );
}

function listGuids(value: unknown): readonly string[] {
  return typeof value === "string"
    ? value
        .toLowerCase()
        .split(/[\s,]+/)
        .filter((item) => item !== "")
    : [];
}
