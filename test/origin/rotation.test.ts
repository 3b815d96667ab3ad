import { expect, it } from "vitest";
import { issuer } from "../../src/extensions/issuer/issuer.ts";
import { createGate } from "../../src/gate.ts";
import { type AssertionError, createAssertionVerifier } from "../../src/origin/origin.ts";
import { environmentWith } from "../support/environment.ts";
import { bearer, entra } from "../support/gate-world.ts";
import { createFakeIo } from "../support/io.ts";
import { makeIssuerKey } from "../support/issuer-keys.ts";

const gateUrl = "https://api.contoso.example";
const old = await makeIssuerKey("ES256");
const next = await makeIssuerKey("ES256");
const token = await bearer();

/** A gate and its origin, which verifies each request, on one clock. */
function createPair() {
  let environment: Readonly<Record<string, unknown>> = {};
  const refused: string[] = [];
  const io = createFakeIo({
    async fetch(request) {
      if (request.url.startsWith("https://login.")) return entra.fetch(request);
      const { status } = await verifier.verify(request).then(
        () => ({ status: 200 }),
        (error: AssertionError) => {
          refused.push(error.reason);
          return error;
        },
      );
      return new Response(null, { status });
    },
  });
  const gate = createGate({ issuer: issuer() }, io);
  const verifier = createAssertionVerifier(
    {
      issuer: `${gateUrl}/.well-known/entra-gate/origin`,
      audience: "https://origin.contoso.example",
      fetch: async (url) => gate.fetch(new Request(url), environment),
    },
    io,
  );
  return {
    refused,
    deploy(keys: Readonly<Record<string, string | undefined>>) {
      const origin = { ORIGIN_URL: "https://origin.contoso.example", ORIGIN_ASSERTION: "jwt", GATE_URL: gateUrl };
      environment = environmentWith({ ...origin, ...keys });
    },
    /** Sends a request every three seconds, as long as that. */
    async load(seconds: number) {
      for (let second = 0; second < seconds; second += 3) {
        const headers = { authorization: token };
        const response = await gate.fetch(new Request(`${gateUrl}/orders?${second % 7}`, { headers }), environment);
        if (response.status !== 200) refused.push(`status ${response.status}`);
        await io.advance(3_000);
      }
    },
  };
}

it("a rotation as the documentation describes it refuses no request in ten minutes of load at each step", async () => {
  const { refused, deploy, load } = createPair();
  deploy({ GATE_SIGNING_KEY: old.pem });
  await load(60);
  deploy({ GATE_SIGNING_KEY: old.pem, GATE_SIGNING_KEY_OTHER: next.publicJwk });
  await load(600);
  deploy({ GATE_SIGNING_KEY: next.pem, GATE_SIGNING_KEY_OTHER: old.publicJwk });
  await load(600);
  deploy({ GATE_SIGNING_KEY: next.pem });
  await load(600);
  expect(refused).toEqual([]);
});

it("a rotation without the step before it refuses requests for 30 seconds at most", async () => {
  const { refused, deploy, load } = createPair();
  deploy({ GATE_SIGNING_KEY: old.pem });
  await load(5);
  deploy({ GATE_SIGNING_KEY: next.pem });
  await load(60);
  expect(refused.length).toBeLessThanOrEqual(2 * 11);
});
