import type { Io } from "../../base/common/io.ts";
import * as limits from "../../base/common/limits.ts";
import { trim } from "../../base/http/trim.ts";

/** The place of a request in a trace (W3C Trace Context level 2). */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** ID of the span that sends the request: 16 hexadecimal digits. */
  readonly spanId: string;
  /** Whether the sender records the trace. */
  readonly sampled: boolean;
  /** Whether the last 14 digits of the trace ID are random. */
  readonly random: boolean;
}

/** Bits of the flags (section 3.2.2.5). The others are reserved, and no request gets them. */
const sampledBit = 1;
const randomBit = 2;

const parentForm = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:$|-)/;
/** Length in version 00, which ends there. Later versions may add members. */
const parentLength = 55;

/**
 * Reads `traceparent` (W3C Trace Context level 2, section 3.2). Several headers, which the platform joins with a comma,
 * are not one.
 *
 * @returns `undefined` if the value is absent or malformed
 */
export function readTraceParent(value: string | null): TraceContext | undefined {
  if (value === null || value.length > limits.traceParentCharacters || value.includes(",")) return undefined;
  const [, version, traceId, spanId, flags] = parentForm.exec(value) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === "00" && value.length !== parentLength) return undefined;
  const bits = Number.parseInt(flags, 16);
  return { traceId, spanId, sampled: (bits & sampledBit) !== 0, random: hasRandomBit(bits) };
}

/** Whether flags say that the trace ID is random. */
export function hasRandomBit(flags: number): boolean {
  return (flags & randomBit) !== 0;
}

/** Writes `traceparent` in version 00. */
export function writeTraceParent({ traceId, spanId, sampled, random }: TraceContext): string {
  return `00-${traceId}-${spanId}-0${(sampled ? sampledBit : 0) + (random ? randomBit : 0)}`;
}

/** A member of the list, without white space around it. */
const stateMember = /^([a-z0-9][a-z0-9_*/@-]{0,255})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{1,256}$/;

/**
 * Reads `tracestate` (W3C Trace Context level 2, section 3.3). Several headers count as one list.
 *
 * @returns the value, without all but the first member of each key; `undefined` if it is absent, malformed or too long
 */
export function readTraceState(value: string | null): string | undefined {
  if (value === null || value.length > limits.traceStateCharacters) return undefined;
  const members = value
    .split(",")
    .map((member) => trim(member, /[ \t]/))
    .filter((member) => member !== "");
  const keys = members.map((member) => stateMember.exec(member)?.[1]);
  if (members.length === 0 || members.length > limits.traceStateMembers || keys.includes(undefined)) return undefined;
  const first = members.filter((_, index) => keys.indexOf(keys[index]) === index);
  return first.length === members.length ? value : first.join(",");
}

/** Creates the IDs of a new trace. */
export function createTrace(io: Pick<Io, "random">, sampled: boolean): TraceContext {
  return { traceId: drawDigits(io, 1) + drawDigits(io, 0), spanId: drawDigits(io, 1), sampled, random: true };
}

/**
 * Draws 16 random hexadecimal digits.
 *
 * @param lowest with 1, not all digits are zero; with 0, every value is equally likely, as the random flag requires
 */
export function drawDigits(io: Pick<Io, "random">, lowest: 0 | 1): string {
  const [high, low] = [Math.floor(io.random() * 2 ** 32), lowest + Math.floor(io.random() * (2 ** 32 - lowest))];
  return [high, low].map((part) => part.toString(16).padStart(8, "0")).join("");
}
