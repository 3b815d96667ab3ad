import { revocations } from "../../src/extensions/revocations/revocations.ts";
import { createGate } from "../../src/index.ts";

/** A gate with a list of revoked callers. */
export default createGate({ revocations: revocations() });
