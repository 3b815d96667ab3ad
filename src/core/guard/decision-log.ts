import { defaultAuthority } from "../../base/common/authority-name.ts";
import type { Reason } from "../../base/common/denial.ts";
import type { Io } from "../../base/common/io.ts";
import { type Level, levelOfRefusal } from "../../base/common/refusal.ts";
import { encodeUtf8 } from "../../base/common/utf8.ts";
import type { Call } from "../../base/http/call.ts";
import { toHex } from "../../base/http/hex.ts";
import { nameMethod } from "../../base/http/method.ts";
import { type ObservationConfig, readDefaultObservation } from "../config/observation.ts";
import type { Secret } from "../config/variables.ts";
import type { Caller } from "../token/caller.ts";
import type { Identity } from "../token/identity.ts";

/** The part of a call that is logged. */
export type LoggedCall = Pick<Call, "background" | "target" | "route" | "names" | "trace">;

/** The decision about one request. */
export interface Decision {
  /** `reported`: policy denied the request, and report mode allowed it. */
  readonly event: "allowed" | "refused" | "reported";
  readonly call: LoggedCall;
  /** ID of the request, if the caller gets it too. Otherwise the log generates one. */
  readonly id?: string;
  /** Status of the gate's own response; absent if a handler or the origin responds. */
  readonly status?: number;
  /** Reason code, and the members that the log shows with it. */
  readonly denial: { readonly reason: string; readonly [member: string]: unknown } | undefined;
  /** Level of an error that code of the app threw; otherwise it follows from the reason. */
  readonly level?: Level;
  readonly caller: Caller | undefined;
}

/** Records a decision: one line in the log, and one data point if DECISIONS is bound. Never throws. */
export type RecordDecision = (decision: Decision) => void;

/**
 * Creates the log of decisions. It logs all refusals and a share of the allowed requests, and counts all of them.
 *
 * @param io log, clock, and the random number that selects which allowed requests are logged
 * @param clockSkewSeconds for which an expired token is accepted
 * @param namesAuthority whether the lines have the authority of the caller, which a gate with one does not need
 */
export function createDecisionLog(
  io: Pick<Io, "log" | "now" | "random">,
  config: ObservationConfig,
  clockSkewSeconds: number,
  namesAuthority = false,
): RecordDecision {
  const { logAllowedShare, logSubject, decisions } = config;
  const pseudonyms = createPseudonyms(config.logKey);

  function write(decision: Decision, subject: string | undefined): void {
    const { event, call, id = crypto.randomUUID(), status, denial, caller } = decision;
    const { level = denial === undefined ? "info" : levelOfRefusal(denial.reason as Reason) } = decision;
    const { tid: tenant, azp: client, agent, issuedAtSeconds, untilSeconds = Number.NaN } = caller?.identity ?? {};
    io.log({
      event,
      level,
      time: readTime(io),
      id,
      status,
      ...denial,
      method: nameMethod(call.target.method),
      route: call.route.name,
      names: call.names && [...call.names],
      ...call.trace?.logged,
      authority: namesAuthority ? caller?.identity.authority : undefined,
      tenant,
      client,
      agent,
      subject,
      issued: writeSeconds(issuedAtSeconds),
      expires: writeSeconds(untilSeconds - clockSkewSeconds),
      keys: caller?.keys,
    });
  }

  function writeNamed(decision: Decision): void {
    const identity = decision.caller?.identity;
    const subject = identity && subjectAtHand(identity);
    if (identity === undefined || logSubject !== "hash" || subject !== undefined) {
      write(decision, subject);
    } else {
      const named = pseudonyms.derive(identity).then((name) => write(decision, name));
      // If the hash fails, the line is written without its subject.
      decision.call.background(named.catch(() => write(decision, undefined)));
    }
  }

  function subjectAtHand(identity: Identity): string | undefined {
    if (logSubject === "none") return undefined;
    return logSubject === "plain" ? identity.oid : pseudonyms.recall(identity);
  }

  return (decision) => {
    count(decisions, decision);
    if (decision.event !== "allowed" || io.random() < logAllowedShare) writeNamed(decision);
  };
}

/** Creates the log for a gate without a valid configuration. It does not identify users. */
export function createBareLog(io: Pick<Io, "log" | "now" | "random">): RecordDecision {
  return createDecisionLog(io, { ...readDefaultObservation(), logSubject: "none" }, 0);
}

/** @returns `undefined` for a number that is not a time, which the verifier of another provider may accept */
function writeSeconds(seconds = Number.NaN): string | undefined {
  return new Date(seconds * 1_000).toJSON() ?? undefined;
}

/** A broken clock must not prevent the log line of a refusal. */
function readTime(io: Pick<Io, "now">): string | undefined {
  try {
    return new Date(io.now()).toISOString();
  } catch {
    return undefined;
  }
}

/** docs/reference/log.md documents the positions, because queries depend on them. */
function count(decisions: ObservationConfig["decisions"], decision: Decision): void {
  const { event, denial, call, caller, status } = decision;
  const { tid, azp, agent } = caller?.identity ?? {};
  const described = [tid, azp, caller?.keys, agent?.acts, agent?.blueprint].map((value) => value ?? "");
  try {
    decisions?.writeDataPoint({
      indexes: [tid ?? "none"],
      blobs: [event, denial?.reason ?? "", call.route.name ?? "", nameMethod(call.target.method), ...described],
      doubles: [1, status ?? 0],
    });
  } catch {
    // A failure to count must not refuse the request.
  }
}

/** Pseudonyms for users in the log. They distinguish users and do not identify them. */
export interface Pseudonyms {
  /** Returns the pseudonym if it was derived before. */
  recall(identity: Identity): string | undefined;
  /** Derives the pseudonym. Rejects if the key is unavailable. */
  derive(identity: Identity): Promise<string>;
}

const algorithm = { name: "HMAC", hash: "SHA-256" };

/**
 * Creates pseudonyms: the first 16 hexadecimal digits of an HMAC-SHA-256 (RFC 2104) over tenant and object ID. The name
 * of an authority precedes them.
 *
 * @param secret the key; without it, each isolate generates a random key
 */
function createPseudonyms(secret: Secret | undefined): Pseudonyms {
  const names = new WeakMap<Identity, string>();
  let key: CryptoKey | undefined;

  async function importKey(): Promise<CryptoKey> {
    const text = typeof secret === "object" ? await secret.get() : secret;
    const bytes = text === undefined ? crypto.getRandomValues(new Uint8Array(32)) : encodeUtf8(text);
    return crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
  }

  return {
    recall: (identity) => names.get(identity),
    async derive(identity) {
      const imported = key ?? (await importKey());
      // Several imports can run at the same time. The first key is kept, so that a user has only one pseudonym.
      key ??= imported;
      const digest = await crypto.subtle.sign(algorithm, key, encodeUtf8(nameUser(identity)));
      const name = toHex(new Uint8Array(digest, 0, 8));
      names.set(identity, name);
      return name;
    },
  };
}

function nameUser({ authority, tid, oid }: Identity): string {
  return `${authority === defaultAuthority ? "" : `${authority}/`}${tid}/${oid}`;
}
