import type { Io } from "../../base/common/io.ts";
import { mcpVariables } from "../../core/config/table.ts";
import type { Environment, Secret, VariableReader } from "../../core/config/variables.ts";
import { type Cipher, createCipher } from "./cipher.ts";
import { isKeyList, keyListProblem } from "./key-list.ts";

const variable = "GATE_SESSION_KEY";

/**
 * Checks GATE_SESSION_KEY. It gets only one fault, even if several parts of an app check it.
 *
 * @param whyRequired fault of a missing key; without it, the key may be missing
 */
export function checkSessionKey(ofGate: VariableReader, whyRequired?: string): void {
  const reader = ofGate.with(mcpVariables);
  if (reader.isFaulty(variable)) return;
  const key = reader.secret(variable);
  const isMissing = key === undefined && !reader.isFaulty(variable);
  const problem = isMissing ? whyRequired : typeof key === "string" && !isKeyList(key) ? keyListProblem : undefined;
  if (problem !== undefined) reader.fault(variable, problem, `${variable}=k1:<32 bytes in base64url>`);
}

/** Returns GATE_SESSION_KEY; `undefined` if it is missing. */
export function sessionKeyOf({ environment }: { readonly environment?: Environment | undefined }): Secret | undefined {
  return environment?.[variable] as Secret | undefined;
}

/** Creates the cipher of GATE_SESSION_KEY. It logs why a key cannot be used. */
export function createSessionCipher(io: Io, key: Secret): Cipher {
  return createCipher(io, key, (problem) =>
    io.log({ event: "session_key_failed", level: "error", problem: `${variable} ${problem}` }),
  );
}
