import { defaultObservation, type ObservationConfig } from "../config/observation.ts";
import type { Secret } from "../config/variables.ts";
import { toHex } from "../http/hex.ts";
import type { Background, Io } from "../io.ts";
import type { KeyLatency } from "../keys/key-store.ts";
import type { Principal } from "../token/principal.ts";

/** What became of one request. */
export interface Decision {
  /** `reported` was let through in report mode, in spite of its denial. */
  readonly event: "allowed" | "refused" | "reported";
  /** Names the request, where its caller is told it too; else the log makes one. */
  readonly id?: string;
  /** Of the gate's own answer; absent where somebody else answers. */
  readonly status?: number;
  readonly method: string;
  /** The route as it was declared, or what the request met instead; `undefined` where none was reached. */
  readonly route: string | undefined;
  /** Reason code, and what else the log says of it. */
  readonly denial: { readonly reason: string; readonly [member: string]: unknown } | undefined;
  readonly principal: Principal | undefined;
  /** What the request had to wait for. */
  readonly keys: KeyLatency | undefined;
}

/** Tells operators of a decision: one line in the log, and one data point where DECISIONS is bound. Never throws. */
export type RecordDecision = (decision: Decision, background: Background) => void;

/**
 * Makes the log of decisions. Refusals are always logged, allowed requests by their share, and all are counted.
 *
 * @param io log, clock, and the random number that chooses which allowed requests are logged
 */
export function createDecisionLog(io: Pick<Io, "log" | "now" | "random">, config: ObservationConfig): RecordDecision {
  const { logAllowedShare, logSubject, decisions } = config;
  const pseudonyms = createPseudonyms(config.logKey);

  function write(decision: Decision, subject: string | undefined): void {
    const { event, id, status, method, route, denial, principal, keys } = decision;
    const caller = { tenant: principal?.tid, client: principal?.azp, agent: principal?.agent, subject };
    const said = { event, time: readTime(io), id: id ?? crypto.randomUUID(), status };
    io.log({ ...said, ...denial, method, route, ...caller, keys });
  }

  function writeNamed(decision: Decision, background: Background): void {
    const { principal } = decision;
    const subject = principal && subjectAtHand(principal);
    if (principal === undefined || logSubject !== "hash" || subject !== undefined) {
      write(decision, subject);
    } else {
      const named = pseudonyms.derive(principal).then((name) => write(decision, name));
      // A line without its subject is worth more than none.
      background(named.catch(() => write(decision, undefined)));
    }
  }

  function subjectAtHand(principal: Principal): string | undefined {
    if (logSubject === "none") return undefined;
    return logSubject === "plain" ? principal.oid : pseudonyms.recall(principal);
  }

  return (decision, background) => {
    count(decisions, decision);
    if (decision.event !== "allowed" || io.random() < logAllowedShare) writeNamed(decision, background);
  };
}

/** The log where no configuration says how it is kept: it names no user. */
export function createBareLog(io: Pick<Io, "log" | "now" | "random">): RecordDecision {
  return createDecisionLog(io, { ...defaultObservation, logSubject: "none" });
}

/** A refusal for a broken clock is logged all the same. */
function readTime(io: Pick<Io, "now">): string | undefined {
  try {
    return new Date(io.now()).toISOString();
  } catch {
    return undefined;
  }
}

/** Positions are documented in docs/reference/log.md: queries go by them. */
function count(decisions: ObservationConfig["decisions"], decision: Decision): void {
  const { event, denial, method, route, principal, keys, status } = decision;
  const { acts, blueprint } = principal?.agent ?? {};
  const caller = [principal?.tid, principal?.azp, keys, acts, blueprint].map((value) => value ?? "");
  try {
    decisions?.writeDataPoint({
      indexes: [principal?.tid ?? "none"],
      blobs: [event, denial?.reason ?? "", route ?? "", method, ...caller],
      doubles: [1, status ?? 0],
    });
  } catch {
    // A request is not refused because it cannot be counted.
  }
}

/** Names for users in the log, by which they can be told apart and not found. */
export interface Pseudonyms {
  /** The name, where it was made before. */
  recall(principal: Principal): string | undefined;
  /** Makes the name. Rejects where the key cannot be had. */
  derive(principal: Principal): Promise<string>;
}

const algorithm = { name: "HMAC", hash: "SHA-256" };
const encoder = new TextEncoder();

/**
 * Makes names by HMAC-SHA-256 (RFC 2104) of tenant and object id, 16 hexadecimal digits of it.
 *
 * @param secret the key; without, a random one that lives as long as the isolate
 */
export function createPseudonyms(secret: Secret | undefined): Pseudonyms {
  const names = new WeakMap<Principal, string>();
  let key: CryptoKey | undefined;

  async function importKey(): Promise<CryptoKey> {
    const text = typeof secret === "object" ? await secret.get() : secret;
    const bytes = text === undefined ? crypto.getRandomValues(new Uint8Array(32)) : encoder.encode(text);
    return crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
  }

  return {
    recall: (principal) => names.get(principal),
    async derive(principal) {
      const imported = key ?? (await importKey());
      // Of several that began at once the first stays: two random keys would give one user two names.
      key ??= imported;
      const digest = await crypto.subtle.sign(algorithm, key, encoder.encode(`${principal.tid}/${principal.oid}`));
      const name = toHex(new Uint8Array(digest, 0, 8));
      names.set(principal, name);
      return name;
    },
  };
}
