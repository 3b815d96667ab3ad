import type { Config, ConfigContext } from "../../config/config.ts";
import { mcpVariables } from "../../config/table.ts";
import type { VariableReader } from "../../config/variables.ts";
import { isKeyList } from "../../sealing/key-list.ts";

/**
 * Checks that GATE_SESSION_KEY is configured.
 *
 * @param isChecked whether another part of the app checks the form of the key
 */
export function checkSessionKey(reader: VariableReader, isChecked: boolean): void {
  if (reader.isFaulty("GATE_SESSION_KEY")) return;
  const example = "GATE_SESSION_KEY=k1:<32 bytes in base64url>";
  const key = reader.with(mcpVariables).secret("GATE_SESSION_KEY");
  if (key === undefined && !reader.isFaulty("GATE_SESSION_KEY")) {
    reader.fault("GATE_SESSION_KEY", "is required, because ownCallback encrypts sign-ins with it", example);
  }
  if (typeof key === "string" && !isChecked && !isKeyList(key)) {
    reader.fault("GATE_SESSION_KEY", "is not a list of names and keys of 32 bytes", example);
  }
}

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
      "must be the clientId of the facade, because ownCallback redeems its codes with the gate's credential",
      `ENTRA_CLIENT_ID=${clientId}`,
    );
  }
  if (downstream === undefined) {
    reader.fault(
      "ENTRA_CLIENT_ID",
      "requires the option downstream, because ownCallback redeems codes with its credential",
      "createGate({ downstream: downstream() })",
    );
  }
}
