import type { Principal } from "./principal.ts";

/**
 * Bytes of V8's objects, rounded up. `node bench/kept.ts` measures what tokens of several shapes keep: they weighed 1 to 11 %
 * more, and one that is all short lists weighed half as much again.
 */
const bytesOf = {
  /** The principal, the entry of the cache, and what hangs on them: all that does not grow with the token. */
  token: 128,
  string: 16,
  list: 24,
  item: 8,
  object: 32,
  member: 16,
  number: 12,
} as const;

/**
 * Estimates what a verified token keeps in memory as long as it is remembered: the text of its header and its claims. The
 * headers that tell an origin of it have a bound of their own.
 *
 * @param credential value of the `Authorization` header
 * @returns bytes
 */
export function weighToken(credential: string, { claims }: Principal): number {
  return bytesOf.token + weigh(credential) + weigh(claims);
}

function weigh(value: unknown): number {
  if (typeof value === "string") return bytesOf.string + value.length * (isOneByte(value) ? 1 : 2);
  if (Array.isArray(value)) return value.reduce((sum, item) => sum + bytesOf.item + weigh(item), bytesOf.list);
  if (typeof value !== "object" || value === null) return bytesOf.number;
  return Object.values(value).reduce((sum, member) => sum + bytesOf.member + weigh(member), bytesOf.object);
}

/** V8 keeps a string of Latin-1 in one byte for each character, any other in two. */
function isOneByte(text: string): boolean {
  return !/[\u0100-\uffff]/.test(text);
}
