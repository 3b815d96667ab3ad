import { expect, it } from "vitest";
import { importSigningKey } from "../../../src/core/keys/signing-key.ts";
import { verifySignature } from "../../../src/core/token/verify.ts";

const [text] = Object.values(
  import.meta.glob<string>("../../vectors/wycheproof/signature.json", {
    query: "?raw",
    import: "default",
    eager: true,
  }),
);

interface Group {
  readonly title: string;
  readonly key: object;
  readonly tokens: readonly { readonly valid: boolean; readonly token: string }[];
}

const groups: readonly Group[] = JSON.parse(text!);
/** `{"alg":"RS256"`, as all of them begin. */
const rs256Header = "eyJhbGciOiJSUzI1NiI";
const rule = { instanceName: undefined, tenantSpecific: true };

/** The gate's decision about a signature whose key is published as in the vector. */
async function judge({ key: jwk }: Group, token: string): Promise<string> {
  const key = await importSigningKey({ kid: "kid", ...jwk }, rule);
  if (key === undefined) return "key ignored";
  return (await verifySignature(token, [{ key, voucher: undefined }])).ok ? "accepted" : "refused";
}

it("accepts only the valid RS256 vectors of Wycheproof for JSON Web Signature", async () => {
  const rows = [];
  for (const group of groups) {
    for (const { valid, token } of group.tokens) {
      rows.push({ group: group.title, valid, token, verdict: await judge(group, token) });
    }
  }
  const accepted = rows.filter(({ verdict }) => verdict === "accepted");
  expect(accepted).toEqual(rows.filter(({ valid, token }) => valid && token.startsWith(rs256Header)));
  expect([rows.length, accepted.length]).toEqual([401, 8]);
  // An ignored key would refuse the others as well.
  const refused = rows.filter(({ verdict }) => verdict === "refused");
  expect(refused).toEqual(rows.filter(({ group, valid }) => group === "RS256" && !valid));
  expect(refused).toHaveLength(225);
});
