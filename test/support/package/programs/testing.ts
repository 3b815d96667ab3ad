import { clients, createTestEntra, personas, type TestEntra, type TestTokenOptions } from "entra-gate/testing";

const entra: TestEntra = createTestEntra({ nowSeconds: () => 0 });
const options: TestTokenOptions = { persona: "guest", scopes: ["a"], claims: { exp: 1 }, client: clients.spa.clientId };
const token: Promise<string> = entra.token(options);
const oid: string = personas.guest.oid;
entra.startOutage({ kind: "slow", delayMs: 1 });

export { oid, token };
