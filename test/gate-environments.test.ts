import { beforeAll, expect, it } from "vitest";
import * as limits from "../src/base/common/limits.ts";
import { createGate } from "../src/gate.ts";
import { tokenHeader, userClaims } from "./support/claims.ts";
import { environmentWith } from "./support/environment.ts";
import { bearer, entra } from "./support/gate-world.ts";
import { createFakeIo } from "./support/io.ts";

// The keys are created once, before many tokens need them at the same time.
beforeAll(async () => void (await entra.keys()));

/** One isolate with two environments: code decides about any tenant in one, and the other names its tenant. */
function createIsolate() {
  const io = createFakeIo({ fetch: (request) => entra.fetch(request) });
  const gate = createGate({ unlisted: "reject", isTenantAllowed: () => true }, io);
  const open = environmentWith({ ENTRA_TENANT_ID: "organizations" });
  const own = environmentWith({});
  const ask = async (environment: object, authorization: string) =>
    (await gate.fetch(new Request("https://api.contoso.example/", { headers: { authorization } }), environment)).status;
  return { ask, open, own };
}

async function inventTenant(): Promise<string> {
  const tid = crypto.randomUUID();
  const payload = { ...userClaims, tid, iss: `https://login.microsoftonline.com/${tid}/v2.0` };
  return `Bearer ${await entra.sign({ header: tokenHeader, payload })}`;
}

it("invented tenants of one environment do not cost another environment the keys of its own tenant", {
  tags: "invented-tenants",
}, async () => {
  const { ask, open, own } = createIsolate();
  const invented = await Promise.all(Array.from({ length: limits.unseenTenantFetches }, inventTenant));
  expect(new Set(await Promise.all(invented.map((token) => ask(open, token))))).toEqual(new Set([401]));
  // A token of the other environment's tenant, which no key signed.
  const forged = (await bearer()).replace(/\.[^.]*$/, `.${"A".repeat(342)}`);
  expect(await ask(open, forged)).toBe(503);
  expect(await ask(own, await bearer())).toBe(404);
});
