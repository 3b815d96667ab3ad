import { createGate } from "../../src/index.ts";
import { revocations } from "../../src/revocations/revocations.ts";

/** A gate with a list of revoked callers. */
export default createGate({ revocations: revocations() });
