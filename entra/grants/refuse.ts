import { type EntraRefusal, refuse } from "../common/error.ts";

/**
 * Creates the refusal for a control of Conditional Access that the sign-in does not satisfy, with a claims request for
 * the next sign-in of the client.
 *
 * @param control `block`, `mfa`, or an authentication context
 * @param resource client ID of the API
 */
export function refuseControl(control: string, resource: string): EntraRefusal {
  const ask = (claim: object) => ({ access_token: claim });
  const values = [`${control}-policy`];
  if (control === "block") return refuse("accessBlocked", {}, ask({ capolids: { essential: true, values } }));
  if (control === "mfa")
    return refuse("multifactorNeeded", { resource }, ask({ capolids: { essential: true, values } }));
  return refuse("multifactorNeeded", { resource }, ask({ acrs: { essential: true, value: control } }));
}
