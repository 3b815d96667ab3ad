import type { Denial } from "../../base/common/denial.ts";
import type { Background, Io } from "../../base/common/io.ts";
import { isLeased, type Leased, underLease } from "../../base/common/lease.ts";
import * as limits from "../../base/common/limits.ts";
import { isWithin, secondsUntil } from "../../base/common/period.ts";
import { fail, type Result, succeed } from "../../base/common/result.ts";
import { type Waiting, waitForFetch } from "../../base/common/waiting.ts";
import type { RevocationList } from "../../core/guard/revocations.ts";
import type { Identity } from "../../core/token/identity.ts";
import { readDocument } from "./document.ts";
import { type CompiledRules, compileRules, describeRule, findRule } from "./rules.ts";
import type { DocumentText } from "./source.ts";

/** The last good document. */
interface Held {
  readonly text: string;
  readonly rules: CompiledRules;
  /** When its reading began, so that its age counts the time that reading took. */
  readonly readAtMs: number;
}

/**
 * Creates the list of an environment. Requests share settled values only: one of them reads the document under a lease.
 *
 * @param read reads the document; never rejects
 * @param authorities names of the gate's authorities
 */
export function createRevocationList(
  io: Pick<Io, "now" | "after" | "log">,
  read: () => Promise<DocumentText>,
  authorities: readonly string[],
): RevocationList {
  const renewal: Leased = { lease: undefined };
  let held: Held | undefined;
  let invalid: { readonly text: string; readonly problem: string } | undefined;
  let failure: { readonly problem: string; readonly failedAtMs: number; readonly retryAtMs: number } | undefined;

  /** Compiles a document, unless it is the one that was read last. */
  function compile(text: string): Result<CompiledRules, string> {
    if (text === held?.text) return succeed(held.rules);
    if (text === invalid?.text) return fail(invalid.problem);
    const document = readDocument(text);
    if (document.ok) return succeed(compileRules(document.value, authorities));
    invalid = { text, problem: document.error };
    return document;
  }

  async function renew(): Promise<void> {
    const readAtMs = io.now();
    const text = await read();
    const compiled = text.ok ? compile(text.value) : text;
    if (text.ok && compiled.ok) {
      const isNew = compiled.value !== held?.rules;
      held = { text: text.value, rules: compiled.value, readAtMs };
      failure = undefined;
      if (isNew) io.log({ event: "revocations", level: "info", rules: held.rules.count });
    } else if (!compiled.ok) {
      const failedAtMs = io.now();
      failure = { problem: compiled.error, failedAtMs, retryAtMs: failedAtMs + limits.revocationsRetryMilliseconds };
      const ageSeconds = held && Math.round((failedAtMs - held.readAtMs) / 1_000);
      const stale = held && !isYounger(limits.revocationsStaleMilliseconds, failedAtMs);
      io.log({
        event: "revocations_failed",
        level: "error",
        problem: `the document ${compiled.error}`,
        ageSeconds,
        stale,
      });
    }
  }

  function isYounger(ageMs: number, nowMs: number): boolean {
    return held !== undefined && isWithin(held.readAtMs, held.readAtMs + ageMs, nowMs);
  }

  function isBackingOff(nowMs: number): boolean {
    return failure !== undefined && isWithin(failure.failedAtMs, failure.retryAtMs, nowMs);
  }

  function answer(identity: Identity, nowMs: number): Denial | undefined {
    if (held === undefined) {
      const retryAfterSeconds = secondsUntil(failure?.retryAtMs ?? nowMs, nowMs);
      return { reason: "revocations_unavailable", retryAfterSeconds };
    }
    const rule = findRule(held.rules, identity, nowMs / 1_000);
    return rule && describeRule(rule, identity);
  }

  async function wait(identity: Identity, background: Background): Promise<Denial | undefined> {
    const waiting: Waiting<number> = {
      holder: renewal,
      leaseMs: limits.revocationsLeaseMilliseconds,
      pollMs: limits.revocationsPollMilliseconds,
      waitMs: limits.revocationsWaitMilliseconds,
      read: (nowMs) =>
        isYounger(limits.revocationsStaleMilliseconds, nowMs) || isBackingOff(nowMs) ? nowMs : undefined,
      fetch: renew,
      giveUp: (nowMs) => nowMs,
    };
    return answer(identity, await waitForFetch(io, waiting, background));
  }

  return {
    get edition() {
      return held?.rules;
    },
    isCurrent: (edition, nowMs) => edition === held?.rules && isYounger(limits.revocationsRefreshMilliseconds, nowMs),
    check(identity, background) {
      const nowMs = io.now();
      if (isYounger(limits.revocationsRefreshMilliseconds, nowMs)) return answer(identity, nowMs);
      if (isBackingOff(nowMs)) return answer(identity, nowMs);
      if (!isYounger(limits.revocationsStaleMilliseconds, nowMs)) return wait(identity, background);
      if (!isLeased(renewal, nowMs)) {
        background(underLease(io, renewal, limits.revocationsLeaseMilliseconds, renew));
      }
      return answer(identity, nowMs);
    },
  };
}
