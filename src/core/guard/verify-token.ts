import type { Background } from "../../base/common/io.ts";
import { attempt } from "../../base/common/result.ts";
import type { Call } from "../../base/http/call.ts";
import type { Principal } from "../token/principal.ts";
import { describeException } from "./exception.ts";
import type { Admission, Guard, Refused } from "./guard.ts";
import type { GateSetup } from "./setup.ts";

/**
 * Authenticates the caller of a token that is not in the `Authorization` header of a request. It does not check scopes
 * or roles.
 *
 * @param token the text after `Bearer `
 * @returns a promise that rejects with an Error without the cause, which is only logged
 */
export async function verifyToken(
  token: string,
  { guard, setup, background }: { readonly guard: Guard; readonly setup: GateSetup; readonly background: Background },
): Promise<Principal> {
  const call = createTokenCall(token, background);
  const found = await attempt<Admission | Refused>(
    () => guard(call, setup, { kind: "authenticated" }),
    (error) => ({ denial: describeException(error), caller: undefined }),
  );
  if (found.denial !== undefined) setup.record({ event: "refused", ...found, call });
  else if (found.caller !== undefined) return found.caller.principal;
  throw new Error("the access token is refused");
}

/** A call without a request, so that there is no transport to check. */
function createTokenCall(token: string, background: Background): Call {
  // If a header cannot contain the text, it is not a token. The guard then refuses the scheme alone as malformed.
  const authorization = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(token) ? `Bearer ${token}` : "Bearer";
  const headers = new Headers({ authorization });
  const request = new Request("https://verifier.invalid/", { headers });
  const target = { method: "", url: request.url, path: "/", fault: undefined };
  // A result cannot show that only report mode admitted the caller, so a verifier always enforces.
  const route = { name: "verify", mode: "enforce" } as const;
  return { request, env: undefined, platform: undefined, background, target, route };
}
