import { createBoundedMap } from "../common/bounded-map.ts";
import { maxRevocations } from "../common/limits.ts";

/** Whose sessions and refresh tokens end. */
export interface Revocation {
  /** Short name of the user; every user if absent. */
  readonly persona?: string;
  /** Client ID; every client, and the sessions, if absent. */
  readonly client?: string;
}

export interface Revocations {
  /** Ends what was issued until now. */
  add(revocation: Revocation): void;
  /** The present, as sign-ins and refresh tokens keep it. A clock would not tell apart what happens in one second. */
  epoch(): number;
  isRevoked(persona: string, clientId: string, epoch: number): boolean;
  /** Number of revocations that are kept. */
  size(): number;
}

const all = "*";

/** Keeps one time for each user and client. */
export function createRevocations(): Revocations {
  const times = createBoundedMap<number>(maxRevocations);
  let epoch = 0;
  /** What was issued before it is revoked, whoever has it. */
  let floor = 0;
  return {
    add({ persona = all, client = all }) {
      epoch += 1;
      if (times.size() >= maxRevocations) floor = epoch;
      else times.set(`${persona} ${client}`, epoch);
    },
    epoch: () => epoch,
    isRevoked(persona, clientId, issuedAt) {
      const keys = [`${persona} ${clientId}`, `${persona} ${all}`, `${all} ${clientId}`, `${all} ${all}`];
      return [floor, ...keys.map((key) => times.get(key) ?? 0)].some((revokedAt) => issuedAt < revokedAt);
    },
    size: times.size,
  };
}
