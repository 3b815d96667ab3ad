import { afterAll, expect, it } from "vitest";
import { createGateVars } from "../../../../cli/common/gate-vars.ts";
import { serve, serveFetch } from "../../../../cli/common/loopback.ts";
import { createEntra } from "../../../../entra/entra.ts";
import { measureHeapAfter } from "../../../../lab/heap.ts";
import { issueMany, sendEach } from "../../../../lab/tokens.ts";
import * as limits from "../../../../src/base/common/limits.ts";

/** Code, keys and connections of a gate: less than 3 MB when it was measured. */
const otherBytes = 4 * 1024 * 1024;

const entra = createEntra();
// Its keys are created once, before many simultaneous requests need them.
await entra.keys();
const { url: entraUrl } = await serveFetch(entra.fetch);
const origin = await serve((_, response) => response.end("{}"));
afterAll(() => origin.stop());

it("1,800 known tokens of users with 200 groups stay within the bounds of both caches", {
  tags: "known-token-memory",
}, async () => {
  const tokens = await issueMany(1_800, () =>
    entra.issueAccessToken({
      authority: entraUrl,
      persona: "member",
      claims: { groups: Array.from({ length: 200 }, () => crypto.randomUUID()) },
    }),
  );
  const vars = createGateVars(entraUrl, origin.url);
  const send = (gate: string) => sendEach(`${gate}/orders`, tokens);
  const wake = (gate: string) => sendEach(`${gate}/orders`, tokens.slice(-1));
  const keptBytes = await measureHeapAfter("gate", vars, send, wake);
  expect(keptBytes).toBeLessThan(limits.verifiedTokenBytes + limits.identityCacheBytes + otherBytes);
  // Without known tokens, the measurement would mean nothing.
  expect(keptBytes).toBeGreaterThan(limits.verifiedTokenBytes / 2);
});
