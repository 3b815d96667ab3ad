// Runtimes: workerd
import { afterAll, describe, expect, it } from "vitest";
import { tenants } from "../../../../entra/directory/directory.ts";
import * as limits from "../../../../src/base/common/limits.ts";
import { startFleetOf } from "../../../support/fleet.ts";
import { type HttpAnswer, readHeader } from "../../../support/http.ts";
import { badToken, expectRefusal } from "../../../support/refusal.ts";
import { present } from "../../../support/rows.ts";

const anyTenant = {
  entry: "test/gates/any-tenant.ts",
  vars: { ENTRA_TENANT_ID: "organizations", GATE_HEALTH: "public" },
};
const fleet = await startFleetOf({
  /** The gate that gets a flood of invented tenants. */
  flooded: anyTenant,
  /** A gate that looks up tenants while Entra is down. */
  unreachable: { ...anyTenant, perMinute: 5 },
  /** The same, with a health page that names tenants. */
  guarded: { ...anyTenant, vars: { ...anyTenant.vars, GATE_HEALTH: "guarded" } },
  /** A gate that counts failed authentications. */
  counted: { ...anyTenant, perMinute: 5 },
  /** A gate whose code allows one tenant. */
  "in-code": { entry: "test/gates/in-code.ts", vars: { ENTRA_TENANT_ID: "organizations" } },
});
afterAll(() => fleet.stop());

type Gate = Parameters<typeof fleet.send>[0];
const health = "/.well-known/entra-gate/health";
const { own, ownHeader, claims, issue } = await fleet.forge("flooded");

const ofTenant = (tid: string) =>
  own.sign(ownHeader, { ...claims, tid, iss: `https://login.microsoftonline.com/${tid}/v2.0` });
const bearer = (token: string, path = "/orders") => ({
  path,
  headers: [
    ["Authorization", `Bearer ${token}`],
    ["CF-Connecting-IP", "192.0.2.7"],
  ] as const,
});
const fetches = async (gate: Gate) =>
  (await fleet.ledger()).calls.filter((call) => call.gate === gate && call.to === "authority").length;
const reasonOf = async ({ body }: HttpAnswer) => (await fleet.lineOf(JSON.parse(body).instance)).reason;

/** Sends tokens of invented tenants, each of another one, and returns the responses in order. */
async function sendInvented(gate: Gate, count: number): Promise<readonly HttpAnswer[]> {
  const tokens = Array.from({ length: count }, () => ofTenant(crypto.randomUUID()));
  const answers: HttpAnswer[] = [];
  for (let at = 0; at < count; at += 50) {
    const batch = tokens.slice(at, at + 50).map((token) => fleet.send(gate, bearer(token)));
    answers.push(...(await Promise.all(batch)));
  }
  return answers;
}

describe("400 tokens of invented tenants, if code allows any tenant", () => {
  it("cause a limited number of fetches; above it, unseen tenants get 503 with Retry-After", {
    tags: "invented-tenants",
  }, async () => {
    const good = await issue({});
    expect((await fleet.send("flooded", bearer(good))).status).toBe(200);
    const before = await fetches("flooded");
    const startedAtMs = Date.now();
    const answers = await sendInvented("flooded", 400);
    const allowed = limits.unseenTenantFetches + (Date.now() - startedAtMs) / limits.unseenTenantFetchMilliseconds + 1;
    expect((await fetches("flooded")) - before).toBeLessThanOrEqual(allowed);
    const late = answers.filter(({ status }) => status === 503);
    expect(late.length).toBeGreaterThanOrEqual(400 - allowed);
    for (const answer of late) {
      expect(Number(readHeader(answer, "retry-after").join())).toBeGreaterThan(0);
      expect(readHeader(answer, "www-authenticate")).toEqual([]);
      expect(await reasonOf(answer)).toBe("keys_unavailable");
    }
    for (const answer of answers) {
      if (answer.status !== 503) expect([answer.status, await reasonOf(answer)]).toEqual([401, "tenant_unknown"]);
    }
    // The known token from before the flood, and a new one.
    expect((await fleet.send("flooded", bearer(good))).status).toBe(200);
    expect((await fleet.send("flooded", bearer(await issue({ persona: "admin" })))).status).toBe(200);
  });

  it("do not affect the health page, or valid key sets", async () => {
    const { status, body } = await fleet.send("flooded", { path: health });
    expect(status).toBe(200);
    const { keys, ...rest } = JSON.parse(body);
    expect(rest).toMatchObject({ status: "ok", configuration: "ok" });
    expect(keys).toHaveLength(1);
    expect(keys[0].keys).toBeGreaterThan(0);
    expect(body).not.toContain("login.microsoftonline.com");
  });

  it("delay another tenant until the next fetch is possible, and no longer", async () => {
    await sendInvented("flooded", 40);
    const token = await issue({ persona: "outsider" });
    const deadlineMs = Date.now() + 10 * limits.unseenTenantFetchMilliseconds;
    let answer = await fleet.send("flooded", bearer(token));
    while (answer.status === 503 && Date.now() < deadlineMs) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      answer = await fleet.send("flooded", bearer(token));
    }
    expect(answer.status).toBe(200);
    const { keys } = JSON.parse((await fleet.send("flooded", { path: health })).body);
    expect(keys).toHaveLength(2);
  });
});

describe("a tenant that does not exist in Entra", () => {
  it("is looked up once: its next token causes no fetch", async () => {
    const tid = crypto.randomUUID();
    const before = await fetches("guarded");
    for (let count = 0; count < 3; count += 1) {
      await expectRefusal(fleet, "guarded", bearer(ofTenant(tid)), badToken("tenant_unknown"));
    }
    expect((await fetches("guarded")) - before).toBe(1);
  });

  it("counts as a failed authentication of its sender", async () => {
    const statuses = new Set<number>();
    for (let count = 0; count < 60 && !statuses.has(429); count += 1) {
      statuses.add((await fleet.send("counted", bearer(ofTenant(crypto.randomUUID())))).status);
    }
    expect([...statuses]).toEqual([401, 429]);
  });
});

// No cache has the keys of the tenant in these tests, because no fetch of them succeeds.
describe("a tenant about which Entra gives no information", () => {
  it("is counted in the guarded health page, but does not affect its verdict", async () => {
    await fleet.tellEntra("/local/faults/startOutage", { kind: "down" });
    const down = await fleet.send("guarded", bearer(ofTenant(tenants.msa.id)));
    await fleet.tellEntra("/local/faults/endOutage", {});
    expect(down.status).toBe(503);
    const { status, body } = await fleet.send("guarded", bearer(await issue({}), health));
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ status: "ok", keys: [{}], unseenTenants: 1 });
  });

  it("is not a failed authentication if the tenant could not be checked", async () => {
    for (const kind of ["down", "error", "not-found", "html", "throttled"]) {
      await fleet.tellEntra("/local/faults/startOutage", { kind });
      for (let count = 0; count < 8; count += 1) {
        const answer = await fleet.send("unreachable", bearer(ofTenant(tenants.msa.id)));
        expect(answer.status).toBe(503);
      }
    }
    await fleet.tellEntra("/local/faults/endOutage", {});
    expect((await fleet.send("unreachable", bearer(await issue({})))).status).toBe(200);
  });
});

it("a tenant that code refuses causes no fetch", async () => {
  const before = await fetches("in-code");
  for (const { status } of await sendInvented("in-code", 20)) expect(status).toBe(500);
  await expectRefusal(
    fleet,
    "in-code",
    await present(fleet, "in-code", { persona: "outsider" }),
    badToken("tenant_not_allowed"),
  );
  expect(await fetches("in-code")).toBe(before);
});
