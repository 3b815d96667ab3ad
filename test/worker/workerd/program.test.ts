import { afterAll, describe, expect, it } from "vitest";
import { tenants } from "../../../entra/directory/directory.ts";
import { personas } from "../../../entra/directory/personas.ts";
import { startFleetOf } from "../../support/fleet.ts";
import { type HttpRequest, readHeader } from "../../support/http.ts";
import {
  badCredential,
  badToken,
  expectRefused,
  forbidden,
  listSecrets,
  type Refusal,
  unauthenticated,
} from "../../support/refusal.ts";
import { present } from "../../support/rows.ts";

// The app needs neither ORIGIN_URL nor a default requirement.
const vars = { ORIGIN_URL: undefined, ENTRA_REQUIRED_SCOPE: undefined };
const fleet = await startFleetOf({
  middleware: { entry: "test/gates/program-middleware.ts", vars },
  hooks: { entry: "test/gates/program-hooks.ts", vars },
  unconfigured: { entry: "test/gates/program-hooks.ts", vars: { ...vars, ENTRA_API_AUDIENCE: undefined } },
});
afterAll(() => fleet.stop());

/** `explain` supports only gates. */
async function expectRefusal(form: "middleware" | "hooks", request: HttpRequest, refusal: Refusal): Promise<void> {
  await expectRefused(fleet, form, await fleet.send(form, request), refusal, listSecrets(request));
}

describe.each(["middleware", "hooks"] as const)("the documentation's program, with %s", (form) => {
  it("answers a valid token with the caller's identity", async () => {
    const answer = await fleet.send(form, await present(fleet, form, {}, "/me"));
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      200,
      { oid: personas.member.oid, tid: tenants.contoso.id },
    ]);
    expect(readHeader(answer, "x-content-type-options")).toEqual(["nosniff"]);
    expect(readHeader(answer, "cache-control")).toEqual(["no-store"]);
    expect(readHeader(answer, "ratelimit-policy")).toEqual(['"default";q=100;w=60']);
  });

  it("refuses requests without a valid token", async () => {
    await expectRefusal(form, { path: "/me" }, unauthenticated("credential_missing"));
    const foreign = await present(fleet, form, { claims: { aud: "another API" } }, "/me");
    await expectRefusal(form, foreign, badToken("audience_mismatch"));
  });

  it("refuses one token in the header and one in the query", async () => {
    const both = await present(fleet, form, {}, "/me?access_token=x");
    await expectRefusal(form, both, badCredential("credential_also_in_query"));
  });

  it("refuses a token that lacks the scope", async () => {
    const reader = await present(fleet, form, { scopes: ["orders.read"] }, "/me");
    await expectRefusal(form, reader, forbidden("scope_missing", "access_as_user"));
  });

  it("refuses a caller that sends too many requests, including refused ones", async () => {
    const request = await present(fleet, form, {}, "/me");
    let answer = await fleet.send(form, request);
    for (let times = 0; times < 100 && answer.status === 200; times += 1) answer = await fleet.send(form, request);
    expect(answer.status).toBe(429);
    expect(JSON.parse(answer.body)).toMatchObject({ title: "Too Many Requests", status: 429 });
    expect(Number(readHeader(answer, "retry-after")[0])).toBeGreaterThan(0);
    expect(readHeader(answer, "x-content-type-options")).toEqual(["nosniff"]);
    expect((await fleet.send(form, { path: "/me" })).status).toBe(429);
    expect(fleet.lines).toContainEqual({
      event: "rate_limit",
      level: "info",
      counter: "memory",
      windowMs: 60_000,
      max: 100,
    });
  });
});

it("refuses every caller if its configuration is faulty", async () => {
  const answer = await fleet.send("unconfigured", await present(fleet, "unconfigured", {}, "/me"));
  expect([answer.status, JSON.parse(answer.body).detail]).toEqual([
    500,
    "The server is misconfigured. Contact the operator.",
  ]);
});
