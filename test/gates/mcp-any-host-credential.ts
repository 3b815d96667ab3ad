import { downstream } from "../../src/extensions/downstream/downstream.ts";
import { createAnyHostGate } from "../support/mcp/any-host-gate.ts";

/** The client in Entra is a web application, whose secret the gate has. */
export default createAnyHostGate(
  "c11e0000-0000-4000-8000-000000000027",
  { credential: "gate" },
  { downstream: downstream() },
);
