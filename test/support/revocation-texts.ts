import { clients } from "../../entra/directory/clients.ts";
import { tenants } from "../../entra/directory/directory.ts";
import { personas } from "../../entra/directory/personas.ts";

/** The server in the world of a fleet that has lists of revoked callers, and the token that it requires. */
export const revocationsHost = "config.contoso.example";
export const listToken = "token-of-the-list";

/** Times after every token of a test, and before every one. */
export const laterSeconds = 4_102_444_800;
const later = "2100-01-01T00:00:00Z";
const earlier = "2001-01-01T00:00:00Z";

const contoso = tenants.contoso.id;

const rules = [
  { user: `${contoso}/${personas.admin.oid}`, before: later, reason: "laptop stolen" },
  { user: `${contoso}/${personas.newcomer.oid}`.toUpperCase(), block: true, until: later },
  { user: `${contoso}/${personas.cautious.oid}`, before: earlier },
  { user: `${contoso}/${clients.daemon.servicePrincipalId}`, before: later },
  { user: `${tenants.fabrikam.id}/${personas.member.oid}`, before: later },
  { client: clients["daemon-without-roles"].clientId, block: true, until: later },
  { client: clients.spa.clientId, block: true, until: earlier },
  { session: "session-of-a-thief", before: later },
  { token: "id-of-a-token", before: later },
];
const good = JSON.stringify({ schema: "entra-gate/revocations/1", rules });

/** Documents by the path at which the server has them. */
export const revocationTexts: Readonly<Record<string, string>> = {
  good,
  cut: good.slice(0, -2),
  "another-schema": good.replace("revocations/1", "revocations/2"),
  "names-twice": good.replace('"reason"', '"user":"x","reason"'),
  "contradicting-rule": good.replace('"block":true', '"block":true,"before":"2001-01-01T00:00:00Z"'),
  large: `${good}${" ".repeat(1024 * 1024)}`,
  deep: `{"schema":"entra-gate/revocations/1","rules":${"[".repeat(200_000)}`,
};
