import { clients } from "../../entra/directory/clients.ts";
import { personas } from "../../entra/directory/personas.ts";
import { createGate } from "../../src/index.ts";
import { revokedAtSeconds } from "../support/gates.ts";

const answers = new Map<string, () => number | undefined>([
  [personas.admin.oid, () => revokedAtSeconds],
  [clients.daemon.servicePrincipalId, () => revokedAtSeconds],
  // Revoked long before this token was issued.
  [personas.guest.oid, () => 1],
  [
    personas["many-groups"].oid,
    () => {
      throw new Error("the list of revocations is out of reach");
    },
  ],
  [clients["daemon-without-roles"].servicePrincipalId, () => Number.NaN],
  // In the second in which the token was issued, or later.
  [personas.newcomer.oid, () => Math.floor(Date.now() / 1_000) + 0.5],
  [personas.cautious.oid, () => Date.now()],
]);

export default createGate({ revokedAtSeconds: async ({ oid }) => answers.get(oid)?.() });
