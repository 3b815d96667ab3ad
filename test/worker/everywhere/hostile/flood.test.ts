// Runtimes: workerd, deno
import { afterAll, describe, expect, it } from "vitest";
import { startFleet } from "../../../support/fleet.ts";
import {
  badCredential,
  badToken,
  expectRefusal,
  forbidden,
  notFound,
  unauthenticated,
} from "../../../support/refusal.ts";
import { expectForwarded, present } from "../../../support/rows.ts";

const fleet = await startFleet("delegated");
afterAll(() => fleet.stop());

const gate = "delegated";
const forge = await fleet.forge(gate);
const { own, ownHeader, claims, token } = forge;
const [header, payload, signature] = token.split(".") as [string, string, string];

const withToken = (credential: string) => ({ headers: [["Authorization", `Bearer ${credential}`]] as const });
const fetches = async () => (await fleet.ledger()).calls.filter(({ to }) => to === "authority").length;

/** Sends all at once, and counts each status and reason. */
async function flood(tokens: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (let at = 0; at < tokens.length; at += 50) {
    const batch = tokens.slice(at, at + 50);
    const answers = await Promise.all(batch.map((credential) => fleet.send(gate, withToken(credential))));
    for (const { status, body } of answers) {
      const { instance } = JSON.parse(body);
      const name = `${status} ${(await fleet.lineOf(instance)).reason}`;
      counts[name] = (counts[name] ?? 0) + 1;
    }
  }
  return counts;
}

describe("a flood", () => {
  it("D01 of random signatures with a known kid is refused, without a fetch and without refusing a valid token", {
    tags: "token-flood",
  }, async () => {
    await expectForwarded(fleet, gate, withToken(token));
    const before = await fetches();
    const tokens = Array.from({ length: 300 }, () => {
      const bytes = crypto.getRandomValues(new Uint8Array(256));
      return `${header}.${payload}.${Buffer.from(bytes).toString("base64url")}`;
    });
    expect(await flood(tokens)).toEqual({ "401 signature_invalid": 300 });
    expect(await fetches()).toBe(before);
    await expectForwarded(fleet, gate, withToken(token));
  });

  it("D02 of invented kids, tenants and issuers causes at most one fetch, and refuses no valid token", {
    tags: "token-flood",
  }, async () => {
    const before = await fetches();
    const kids = Array.from({ length: 300 }, (_, index) => own.sign({ ...ownHeader, kid: `kid-${index}` }, claims));
    expect(await flood(kids)).toEqual({ "401 key_unknown": 300 });
    const tenants = Array.from({ length: 100 }, () => {
      const tid = crypto.randomUUID();
      return own.sign(ownHeader, { ...claims, tid, iss: `https://login.microsoftonline.com/${tid}/v2.0` });
    });
    expect(await flood(tenants)).toEqual({ "401 tenant_not_allowed": 100 });
    expect((await fetches()) - before).toBeLessThanOrEqual(1);
    await expectForwarded(fleet, gate, withToken(token));
    await expectForwarded(fleet, gate, await present(fleet, gate, { persona: "guest" }));
  });
});

describe("D03 a known token", () => {
  it("admits no similar token", { tags: "known-token-caller" }, async () => {
    await expectForwarded(fleet, gate, withToken(token));
    const other = await forge.issue({ persona: "guest" });
    const [otherHeader, otherPayload, otherSignature] = other.split(".");
    const last = signature.at(-5) === "A" ? "B" : "A";
    const rows = [
      [`${header}.${payload}.${signature.slice(0, -5)}${last}${signature.slice(-4)}`, badToken("signature_invalid")],
      [`${header}.${payload}.${otherSignature}`, badToken("signature_invalid")],
      [`${header}.${otherPayload}.${signature}`, badToken("signature_invalid")],
      [`${otherHeader}.${payload}.${otherSignature}`, badToken("signature_invalid")],
      [`${token}.`, badToken("token_not_compact")],
      [token.slice(0, -1), badToken("token_not_base64url", { part: "signature" })],
      [`${token}=`, badToken("token_not_base64url", { part: "signature" })],
    ] as const;
    for (const [credential, refusal] of rows) await expectRefusal(fleet, gate, withToken(credential), refusal);
  });

  it("belongs to one caller; every other caller has its own identity, in any order", {
    tags: "known-token-caller",
  }, async () => {
    const callers = await Promise.all(
      (["member", "guest", "admin"] as const).map((persona) => forge.issue({ persona })),
    );
    const oidOf = (credential: string) =>
      JSON.parse(Buffer.from(credential.split(".")[1]!, "base64url").toString()).oid;
    for (const credential of [...callers, ...callers.toReversed(), ...callers]) {
      await expectForwarded(fleet, gate, withToken(credential));
      const { headers } = (await fleet.ledger()).origin.last!;
      expect(headers["x-ms-client-principal-id"]).toBe(oidOf(credential));
    }
  });
});

describe("D05 text that slows parsers down", () => {
  const size = 12_000;
  const invalid = badToken("token_not_compact");
  const rows = [
    ["dots", ".".repeat(size), invalid],
    ["short segments", "a.".repeat(size / 2), invalid],
    ["equal signs", "=".repeat(size), invalid],
    [
      "a token with an invalid last character",
      `${header}.${payload}.${"A".repeat(size)}!`,
      badCredential("credential_malformed"),
    ],
    ["commas", `a${",".repeat(size)}`, badCredential("credential_repeated")],
    ["second credentials", "a, Bearer ".repeat(size / 10), badCredential("credential_repeated")],
    ["spaces", `a${" ".repeat(size)}a`, badCredential("credential_malformed")],
    [
      "backslashes in a name",
      own.sign(ownHeader, `{"${"\\\\".repeat(size / 2)}":1,"a":2,"a":3}`),
      badToken("token_not_json"),
    ],
    ["quotes in a name", own.sign(ownHeader, `{"${'\\"'.repeat(size / 2)}":1`), badToken("token_not_json")],
    ["many names", own.sign(ownHeader, `{${'"a":1,'.repeat(size / 8)}"b":1}`), badToken("token_not_json")],
    [
      "scopes",
      own.sign(ownHeader, { ...claims, scp: "a ".repeat(size / 2) }),
      forbidden("scope_missing", "access_as_user"),
    ],
  ] as const;
  it.each(rows)("%s", async (_, credential, refusal) => {
    await expectRefusal(fleet, gate, withToken(credential), refusal);
  });

  it.each([
    ["another scheme with commas", `Basic ${"a, ".repeat(size / 3)}`, unauthenticated("credential_other_scheme")],
    ["a scheme of one letter", "B".repeat(size), unauthenticated("credential_other_scheme")],
  ])("%s", async (_, value, refusal) => {
    await expectRefusal(fleet, gate, { headers: [["Authorization", value]] }, refusal);
  });

  it.each([
    ["a path of encoded dots", `/${"%2e".repeat(size / 3)}`],
    ["a path of slashes", "/".repeat(size)],
    ["a path of dots before a semicolon", `/${".".repeat(size)};`],
    ["a path of double encodings", `/${"%25".repeat(size / 3)}2e`],
  ])("%s", async (_, path) => {
    await expectRefusal(fleet, gate, { path }, notFound("path_ambiguous"));
  });
});
