import { expect, it } from "vitest";
import { createLocalVariables } from "../../cli/project/local-variables.ts";

const addresses = { gateUrl: "http://127.0.0.1:8787", entraUrl: "http://127.0.0.1:8788" };

it("a project behind a proxy that ends TLS runs without it on this machine", () => {
  const present = { GATE_URL: "https://api.contoso.com", GATE_TLS_PROXY: "true", GATE_TLS_PROXY_HOPS: "2" };
  expect(createLocalVariables(addresses, present, { options: {} }, false)).toMatchObject({
    GATE_URL: expect.stringContaining(addresses.gateUrl),
    GATE_TLS_PROXY: "false",
  });
  expect(createLocalVariables(addresses, {}, { options: {} }, false)).not.toHaveProperty("GATE_TLS_PROXY");
});
