import type { Config, ConfigContext } from "../../../core/config/config.ts";
import type { VariableReader } from "../../../core/config/variables.ts";

/**
 * Checks that the gate has a credential of the facade's registration. The option `downstream` checks the credential
 * itself.
 *
 * @param clientId of the facade
 */
export function checkCredential(
  reader: VariableReader,
  clientId: string,
  { credentials }: Pick<Config, "credentials">,
  { downstream }: Pick<ConfigContext, "downstream">,
): void {
  if (reader.isFaulty("ENTRA_CLIENT_ID")) return;
  if (credentials?.clientId !== clientId) {
    reader.fault(
      "ENTRA_CLIENT_ID",
      "must be the clientId of the facade, because it redeems codes with the gate's credential",
      `ENTRA_CLIENT_ID=${clientId}`,
    );
  }
  if (downstream === undefined) {
    reader.fault(
      "ENTRA_CLIENT_ID",
      "requires the option downstream, because the facade redeems codes with its credential",
      "createGate({ downstream: downstream() })",
    );
  }
}
