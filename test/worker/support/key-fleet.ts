import { api, tenants } from "../../../entra/directory/directory.ts";
import { type Fleet, startFleetOf } from "../../support/fleet.ts";
import type { GateDefinition } from "../../support/gates.ts";
import { type PublicationName, publications } from "../../support/publications.ts";
import type { Refusal } from "../../support/refusal.ts";

/** Gates by the names of `publications.ts`, each with its authority. */
export type KeyFleet = Fleet<PublicationName>;

/** Gates with a clock that the test sets, because their key set changes with time. */
const driven = /-then-/;

export function startKeyFleet(isWanted: (name: PublicationName) => boolean): Promise<KeyFleet> {
  const names = (Object.keys(publications) as PublicationName[]).filter(isWanted);
  const definitions = Object.fromEntries(names.map((name) => [name, defineGate(name)]));
  return startFleetOf(definitions as Record<PublicationName, GateDefinition>);
}

function defineGate(name: PublicationName): GateDefinition {
  // Only a local Entra over http issues v1.0 tokens at its own address.
  const isLocal = name === "k26-version" || name === "k29-then-not-vouched";
  const authority = isLocal ? `http://${name}.localhost` : `https://${name}.ciamlogin.com`;
  return {
    issuer: authority,
    ...(driven.test(name) && { entry: "test/gates/driven.ts" }),
    vars: {
      ENTRA_AUTHORITY: authority,
      ENTRA_TENANT_ID: "organizations",
      ENTRA_ALLOWED_TENANTS: `${tenants.contoso.id}, ${tenants.fabrikam.id}`,
      ...(isLocal && { ENTRA_ACCEPT_V1: "true" }),
      ENTRA_API_AUDIENCE: `${api.clientId} ${api.appIdUri}`,
    },
  };
}

/** Counts a gate's requests to its authority for documents with this end of the URL. */
export async function countAsked(fleet: KeyFleet, gate: PublicationName, ending: string): Promise<number> {
  return (await fleet.ledger()).calls.filter((call) => call.gate === gate && call.url.endsWith(ending)).length;
}

export const keysUnavailable: Refusal = {
  status: 503,
  title: "Service Unavailable",
  detail: "Access tokens cannot be verified at the moment. Retry later.",
  retryAfter: true,
  log: { reason: "keys_unavailable" },
};
