import { createGate, type RevocationsProvider, revocations } from "entra-gate";
import { entra } from "entra-gate/hono";

const list: RevocationsProvider = revocations();
export default createGate({ revocations: list });
export const middleware = entra(
  { ENTRA_TENANT_ID: "a", GATE_REVOCATIONS_URL: "https://a.example" },
  { revocations: list },
);
