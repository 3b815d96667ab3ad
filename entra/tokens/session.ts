import { createBoundedMap } from "../common/bounded-map.ts";
import { maxKept, sessionSeconds } from "../common/limits.ts";
import { createOpaque, type RandomBytes } from "../directory/subject.ts";
import type { Revocations } from "./revocation.ts";
import type { SignIn } from "./sign-in.ts";

/** The users who are signed in with one browser. */
export interface Session {
  /** Secret of the browser's cookie. */
  readonly id: string;
  /** GUID that clients learn: `session_state`, and `sid` of a front-channel logout. */
  readonly sid: string;
  readonly signIns: readonly SignIn[];
  /** Client IDs that got tokens, for front-channel logout. */
  readonly clientIds: ReadonlySet<string>;
}

export interface Sessions {
  /** Sign-ins that have expired or were revoked are absent. */
  find(id: string | undefined): Session | undefined;
  /** Adds a sign-in, and replaces an earlier one of the same user. Returns the session, a new one if none was found. */
  add(id: string | undefined, signIn: SignIn, clientId: string): Session;
  /** Ends the session of one user, or of all. */
  end(id: string | undefined, persona?: string): void;
  /** Number of sessions that are kept. */
  size(): number;
}

export function createSessions(
  nowSeconds: () => number,
  randomBytes: RandomBytes,
  revocations: Pick<Revocations, "isRevoked">,
): Sessions {
  const sessions = createBoundedMap<Session>(maxKept);

  function isValid({ persona, epoch, signedInAtSeconds }: SignIn): boolean {
    // A revocation for one client leaves the session alone: no client has an empty ID.
    return nowSeconds() < signedInAtSeconds + sessionSeconds && !revocations.isRevoked(persona, "", epoch);
  }

  function find(id: string | undefined): Session | undefined {
    const found = sessions.get(id ?? "");
    return found && { ...found, signIns: found.signIns.filter(isValid) };
  }

  return {
    find,
    add(id, signIn, clientId) {
      const found = find(id);
      const others = (found?.signIns ?? []).filter(({ persona }) => persona !== signIn.persona);
      const clientIds = new Set([...(found?.clientIds ?? []), clientId]);
      const names = found ?? { id: createOpaque(randomBytes, 32), sid: crypto.randomUUID() };
      const session: Session = { ...names, signIns: [...others, signIn], clientIds };
      sessions.set(session.id, session);
      return session;
    },
    end(id, persona) {
      const found = find(id);
      if (!found) return;
      const signIns = found.signIns.filter((signIn) => persona !== undefined && signIn.persona !== persona);
      if (signIns.length > 0) sessions.set(found.id, { ...found, signIns });
      else sessions.delete(found.id);
    },
    size: sessions.size,
  };
}
