// Refusals with a claims request, which the client sends with the next sign-in.
import { type EntraRefusal, refuse } from "../common/error.ts";

/** @param resource client ID of the API */
export function refuseContext(context: string, resource: string): EntraRefusal {
  const claims = { access_token: { acrs: { essential: true, value: context } } };
  return refuse("multifactorNeeded", { resource }, claims);
}

/** @param resource client ID of the API */
export function refuseWithoutMultifactor(resource: string): EntraRefusal {
  const claims = { access_token: { capolids: { essential: true, values: ["multifactor-policy"] } } };
  return refuse("multifactorNeeded", { resource }, claims);
}

export function refuseAccess(): EntraRefusal {
  return refuse("accessBlocked", {}, { access_token: { capolids: { essential: true, values: ["blocking-policy"] } } });
}
