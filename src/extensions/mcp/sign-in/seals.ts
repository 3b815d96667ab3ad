import { decodeProtectedHeader } from "jose";
import { keepPerSetup, type RequestContext } from "../../../app/part.ts";
import { isShallowJose, parseJson } from "../../../base/common/json.ts";
import { fail, type Result, succeed } from "../../../base/common/result.ts";
import { readSecret } from "../../../core/config/secret.ts";
import type { Secret } from "../../../core/config/variables.ts";
import type { GateSetup } from "../../../core/guard/setup.ts";
import { createSessionCipher, sessionKeyOf } from "../../sealing/session-key.ts";
import { gateAddress } from "../discovery/document.ts";
import type { Clients } from "../facade/clients.ts";

/** What a sealed value is for. A value of one purpose cannot be used for another. */
export type Purpose = "Consent" | "State" | "Code" | "Client" | "RefreshToken";

/**
 * Why a sealed value is not accepted: it is not a sealed value, its key is unknown, it was changed, it is of another
 * purpose, gate or facade, or it is too old.
 */
export type SealProblem = "Malformed" | "KeyUnknown" | "Changed" | "Misplaced" | "Expired";

/**
 * Encrypts what browsers and clients keep for the gate, because the gate stores nothing. A value is valid only for its
 * purpose, the first address of GATE_URL, and the authority and the client ID of the facade.
 */
export interface Seals {
  /**
   * @param untilMs when the value expires, in milliseconds since the epoch; without it, it does not
   * @returns `undefined` if GATE_SESSION_KEY cannot be used
   */
  seal(context: RequestContext, purpose: Purpose, value: object, untilMs?: number): Promise<string | undefined>;
  /** @returns the value, or what is wrong with it */
  open<Value>(context: RequestContext, purpose: Purpose, sealed: string): Promise<Result<Value, SealProblem>>;
}

/** Distinguishes the values from those of MCP sessions. */
const encryptionContext = "facade";

/** In place of the time when a value expires, if it does not. */
const never = "never";

/**
 * @param authority where the users of the facade sign in
 * @param clientId of the facade's registration there
 */
export function createSeals({ authority, clientId }: Pick<Clients, "authority" | "clientId">): Seals {
  const cipherOf = keepPerSetup(({ setup, services: { io } }) => createSessionCipher(io, requiredKeyOf(setup)));

  /** Whom a value is for. */
  const placeOf = ({ setup }: RequestContext, purpose: Purpose) =>
    [purpose, gateAddress(setup), authority, clientId].join(" ");

  return {
    seal: (context, purpose, value, untilMs) =>
      cipherOf(context).encrypt(
        JSON.stringify([placeOf(context, purpose), untilMs ?? never, value]),
        encryptionContext,
      ),
    async open<Value>(context: RequestContext, purpose: Purpose, sealed: string) {
      const text = await cipherOf(context).decrypt(sealed, encryptionContext);
      if (text === undefined) return fail(await findProblem(context, sealed));
      const [place, untilMs, value] = parseJson(text) as [string, number | typeof never, Value];
      if (place !== placeOf(context, purpose)) return fail("Misplaced");
      // The condition also refuses if the clock is broken, or was: JSON then has null.
      if (untilMs !== never && !(context.services.io.now() < untilMs)) return fail("Expired");
      return succeed(value);
    },
  };
}

/** A configuration without the key is faulty, so no request gets here. */
const requiredKeyOf = (setup: GateSetup) => sessionKeyOf(setup) as Secret;

/** Says why a value cannot be decrypted, for the log. */
async function findProblem({ setup, services: { io } }: RequestContext, sealed: string): Promise<SealProblem> {
  if (!isShallowJose(sealed)) return "Malformed";
  try {
    const { kid } = decodeProtectedHeader(sealed);
    const keys = (await readSecret(io, requiredKeyOf(setup))) ?? "";
    return keys.split(/[\s,]+/).some((key) => key.split(":")[0] === kid) ? "Changed" : "KeyUnknown";
  } catch {
    return "Malformed";
  }
}
