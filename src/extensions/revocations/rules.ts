import type { Denial } from "../../base/common/denial.ts";
import { isChallengeable } from "../../core/policy/decision.ts";
import type { Identity } from "../../core/token/identity.ts";
import type { RevocationRule } from "./document.ts";

/** Rules by what they name, so that a caller costs a few look-ups, however many rules there are. */
export interface CompiledRules {
  /** Number of rules. */
  readonly count: number;
  readonly tenants: Rules;
  /** Users by tenant, because joining the two names of a caller would take longer than a second look-up. */
  readonly users: ReadonlyMap<string, Rules>;
  readonly clients: Rules;
  readonly sessions: Rules;
  readonly tokens: Rules;
}

/** Several rules can name the same caller, and all of them apply. */
type Rules = ReadonlyMap<string, readonly RevocationRule[]>;

/**
 * Compiles the rules of a document.
 *
 * @param authorities names of the gate's authorities. A rule for another one stops callers of all: its name is most
 *   likely a slip.
 */
export function compileRules(rules: readonly RevocationRule[], authorities: readonly string[]): CompiledRules {
  const [tenants, clients, sessions, tokens] = [newRules(), newRules(), newRules(), newRules()];
  const users = new Map<string, ReturnType<typeof newRules>>();
  const maps = { tenant: tenants, client: clients, session: sessions, token: tokens };
  for (const each of rules) {
    const isForAll = each.authority !== undefined && !authorities.includes(each.authority);
    const rule = isForAll ? { ...each, authority: undefined } : each;
    if (rule.kind !== "user") add(maps[rule.kind], rule.subject, rule);
    else {
      const [tenant = "", oid = ""] = rule.subject.split("/");
      const ofTenant = users.get(tenant) ?? newRules();
      users.set(tenant, ofTenant);
      add(ofTenant, oid, rule);
    }
  }
  return { count: rules.length, tenants, users, clients, sessions, tokens };
}

const newRules = () => new Map<string, RevocationRule[]>();

function add(map: Map<string, RevocationRule[]>, name: string, rule: RevocationRule): void {
  const others = map.get(name);
  if (others === undefined) map.set(name, [rule]);
  else others.push(rule);
}

/**
 * Finds the rule that refuses a token. If there are several, it is the one with the latest time, so that a token that
 * its challenge asks for is accepted; a block comes before all others.
 *
 * @param nowSeconds since the epoch
 */
export function findRule(rules: CompiledRules, identity: Identity, nowSeconds: number): RevocationRule | undefined {
  const { tid, oid, azp, sid, uti } = identity;
  let found: RevocationRule | undefined;
  function search(named: readonly RevocationRule[] | undefined): void {
    if (named === undefined) return;
    for (const rule of named) {
      if (rule.authority !== undefined && rule.authority !== identity.authority) continue;
      if (nowSeconds >= rule.untilSeconds || identity.issuedAtSeconds >= rule.beforeSeconds) continue;
      if (found === undefined || rule.beforeSeconds > found.beforeSeconds) found = rule;
    }
  }
  search(rules.users.get(tid)?.get(oid));
  search(rules.clients.get(azp));
  search(rules.tenants.get(tid));
  if (sid !== undefined) search(rules.sessions.get(sid));
  if (uti !== undefined) search(rules.tokens.get(uti));
  return found;
}

/** Describes the refusal of a token by a rule. A new token is no help against a block, so it gets no challenge. */
export function describeRule(
  { kind, beforeSeconds, untilSeconds, reason }: RevocationRule,
  identity: Identity,
): Denial {
  const named = { rule: kind, ...(reason !== undefined && { ruleReason: reason }) };
  return beforeSeconds === Number.POSITIVE_INFINITY
    ? { reason: "caller_blocked", ...named, blockedUntilSeconds: untilSeconds }
    : { reason: "token_revoked", ...named, revokedAtSeconds: beforeSeconds, challengeable: isChallengeable(identity) };
}
