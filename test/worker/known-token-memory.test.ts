import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, expect, it } from "vitest";
import { measureHeapAfter } from "../../bench/heap.ts";
import { issueMany, sendEach, serve } from "../../bench/tokens.ts";
import { api, tenants } from "../../dev/entra/directory.ts";
import { createEntra } from "../../dev/entra/entra.ts";
import * as limits from "../../src/limits.ts";

/** Code, keys and connections of a gate: less than 3 MB when it was measured. */
const otherBytes = 4 * 1024 * 1024;

const entra = createEntra();
// Its keys are made once, and not by each of many that ask at once.
await entra.keys();
const entraUrl = await serve(entra);
const origin = createServer({ maxHeaderSize: 128 * 1024 }, (_, response) => response.end("{}"));
await new Promise<void>((resolve) => origin.listen(0, "127.0.0.1", resolve));
afterAll(() => origin.close());

it("1,800 known tokens of users with 200 groups, forwarded, keep no more than the bounds of both caches", async () => {
  const tokens = await issueMany(1_800, () =>
    entra.issueAccessToken({
      authority: entraUrl,
      persona: "member",
      claims: { groups: Array.from({ length: 200 }, () => crypto.randomUUID()) },
    }),
  );
  const vars = {
    ENTRA_TENANT_ID: tenants.contoso.id,
    ENTRA_API_AUDIENCE: api.clientId,
    ENTRA_AUTHORITY: entraUrl,
    ENTRA_REQUIRED_SCOPE: "access_as_user",
    ORIGIN_URL: `http://127.0.0.1:${(origin.address() as AddressInfo).port}`,
  };
  const send = (gate: string) => sendEach(`${gate}/orders`, tokens);
  const wake = (gate: string) => sendEach(`${gate}/orders`, tokens.slice(-1));
  const keptBytes = await measureHeapAfter("gate", vars, send, wake);
  expect(keptBytes).toBeLessThan(limits.verifiedTokenBytes + limits.identityCacheBytes + otherBytes);
  // Or it would measure a gate that remembers nothing.
  expect(keptBytes).toBeGreaterThan(limits.verifiedTokenBytes / 2);
});
