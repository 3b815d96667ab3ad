import { expect, it } from "vitest";
import { importSigningKey } from "../../src/keys/signing-key.ts";
import { verifySignature } from "../../src/token/verify.ts";

/** Outside the project. This file fails if it is missing. */
const [text] = Object.values(
  import.meta.glob<string>("../../../shared/vectors/wycheproof/json_web_signature_test.json", {
    query: "?raw",
    import: "default",
    eager: true,
  }),
);

interface Group {
  readonly comment: string;
  readonly private?: object;
  readonly public?: object;
  readonly tests: readonly { readonly tcId: number; readonly result: "valid" | "invalid"; readonly jws: string }[];
}

const groups: readonly Group[] = JSON.parse(text ?? "{}").testGroups;
/** `{"alg":"RS256"`, as all of them begin. */
const rs256Header = "eyJhbGciOiJSUzI1NiI";
const rule = { instanceName: undefined, tenantSpecific: true };

/** The gate's decision about a signature whose key is published as in the vector. */
async function judge(group: Group, jws: string): Promise<string> {
  const key = await importSigningKey({ kid: "kid", ...(group.public ?? group.private) }, rule);
  if (key === undefined) return "key ignored";
  return (await verifySignature(jws, key)).ok ? "accepted" : "refused";
}

it("accepts only the valid RS256 vectors of Wycheproof for JSON Web Signature", async () => {
  const rows = [];
  for (const group of groups) {
    for (const { result, jws } of group.tests) {
      rows.push({ group: group.comment, result, jws, verdict: await judge(group, jws) });
    }
  }
  const accepted = rows.filter(({ verdict }) => verdict === "accepted");
  expect(accepted).toEqual(rows.filter(({ result, jws }) => result === "valid" && jws.startsWith(rs256Header)));
  expect([rows.length, accepted.length]).toEqual([401, 8]);
  // An ignored key would refuse the others as well.
  const refused = rows.filter(({ verdict }) => verdict === "refused");
  expect(refused).toEqual(rows.filter(({ group, result }) => group === "rs256" && result === "invalid"));
  expect(refused).toHaveLength(225);
});
