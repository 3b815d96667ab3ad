import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { bearer, createGateWorld } from "../support/gate-world.ts";
import { tries } from "../support/property.ts";

let token: string;
beforeAll(async () => {
  token = await bearer();
});

const printable = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) });
const authorization = fc.oneof(
  printable,
  printable.map((text) => `Bearer ${text}`),
  fc.base64String().map((text) => `bearer ${text.replace(/=/g, ".")}`),
  fc.json().map((json) => `Bearer ${btoa(encodeURIComponent(json))}.${btoa(encodeURIComponent(json))}.AA`),
  fc.constantFrom("own", "Basic eDp5", "Bearer", "", "Bearer ,", "DPoP x"),
);
const anyPath = fc.oneof(
  fc.webPath(),
  printable.map((text) => `/${text}`),
  fc.constantFrom("/", "//", "/a;b", "/%00"),
);
const names = [
  "Origin",
  "Access-Control-Request-Method",
  "Upgrade",
  "X-Forwarded-Host",
  "Cookie",
  "Content-Length",
  "Expect",
  "X-Entra-Roles",
];
const headers = fc.dictionary(fc.constantFrom(...names), printable, { maxKeys: 4 });
const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "PURGE"];

const documented = [400, 401, 403, 404, 501];
const members = ["detail", "instance", "status", "title", "type"];

it("every input leads to the origin's answer, a preflight's answer or an RFC 9457 answer", {
  tags: "answers",
}, async () => {
  const world = createGateWorld();
  const counts = { problem: 0, origin: 0, preflight: 0 };
  const request = fc.record({ method: fc.constantFrom(...methods), path: anyPath, authorization, headers });
  await fc.assert(
    fc.asyncProperty(request, async ({ method, path, authorization: sent, headers: more }) => {
      const forwarded = world.forwarded.length;
      const answer = await world.ask(`https://api.contoso.example${path}`, {
        method,
        token: sent === "own" ? token : sent,
        headers: more,
      });
      if (world.forwarded.length > forwarded) {
        expect([answer.status, sent]).toEqual([200, "own"]);
        counts.origin += 1;
      } else if (answer.status === 204) {
        expect([method, answer.body]).toEqual(["OPTIONS", null]);
        counts.preflight += 1;
      } else {
        expect(documented).toContain(answer.status);
        expect(answer.headers.get("content-type")).toBe("application/problem+json");
        expect(answer.headers.get("cache-control")).toBe("no-store");
        counts.problem += 1;
        if (method === "HEAD") return;
        const problem = (await answer.json()) as Record<string, unknown>;
        expect(Object.keys(problem).sort()).toEqual(members);
        expect([problem.type, problem.status]).toEqual(["about:blank", answer.status]);
      }
    }),
    tries(1_000),
  );
  expect(counts.problem).toBeGreaterThan(500);
  expect(counts.origin).toBeGreaterThan(5);
  expect(counts.preflight).toBeGreaterThan(0);
});
