import { publicEncrypt, randomBytes } from "node:crypto";
import { afterAll, describe } from "vitest";
import { startFleet } from "../../../support/fleet.ts";
import type { Forge } from "../../../support/forge.ts";
import { encodePart } from "../../../support/own-key.ts";
import { badCredential, badToken } from "../../../support/refusal.ts";
import { itRefuses, itSendsNoRequests, type Recipe, type RefusedRow } from "../../../support/rows.ts";

const fleet = await startFleet("delegated");
afterAll(() => fleet.stop());

const notCompact = badToken("token_not_compact");
const encrypted = badToken("token_encrypted");

/** A valid token with its segments combined differently. */
const rearranged =
  (arrange: (header: string, payload: string, signature: string) => string): Recipe =>
  ({ token }) => {
    const [header = "", payload = "", signature = ""] = token.split(".");
    return arrange(header, payload, signature);
  };

const segments: readonly RefusedRow[] = [
  ["F01 one segment", rearranged((h) => h), notCompact],
  ["F01 two segments", rearranged((h, p) => `${h}.${p}`), notCompact],
  ["F01 two segments and a dot", rearranged((h, p) => `${h}.${p}.`), notCompact],
  ["F01 four segments", rearranged((h, p, s) => `${h}.${p}.${s}.${s}`), notCompact],
  ["F01 a dot at the end", rearranged((h, p, s) => `${h}.${p}.${s}.`), notCompact],
  ["F01 a dot at the start", rearranged((h, p, s) => `.${h}.${p}.${s}`), notCompact],
  ["F01 five segments", rearranged((h, p, s) => `${h}.${p}.${s}.${s}.${s}`), encrypted],
  ["F01 five segments, three of them empty", rearranged((h, p) => `${h}....${p}`), notCompact],
  ["F01 six segments", rearranged((h, p, s) => `${h}.${p}.${s}.${h}.${p}.${s}`), notCompact],
  ["F01 an encrypted token", (forge) => encrypt(forge), encrypted],
  ["F01 only two dots", () => "..", notCompact],
  ["F01 only one dot", () => ".", notCompact],
  ["F01 an empty header", rearranged((_, p, s) => `.${p}.${s}`), notCompact],
  ["F01 an empty payload", rearranged((h, _, s) => `${h}..${s}`), notCompact],
  ["F01 detached content", rearranged((h, _p, s) => `${h}..${s}`), notCompact],
  ["F01 a token after a token", ({ token }) => `${token}${token}`, encrypted],
  ["F02 flattened JSON", (forge) => JSON.stringify(flatten(forge)), notCompact],
  ["F02 general JSON", (forge) => JSON.stringify(generalize(forge)), notCompact],
  ["F02 general JSON, two signatures", (forge) => JSON.stringify(generalize(forge, 2)), notCompact],
  [
    "F02 flattened JSON with white space",
    (forge) => JSON.stringify(flatten(forge), null, 1).replace(/\n/g, ""),
    notCompact,
  ],
  ["F02 flattened JSON that holds a compact token", smuggle, notCompact],
  [
    "F02 JSON with unprotected header",
    (forge) => JSON.stringify({ ...flatten(forge), header: forge.header }),
    notCompact,
  ],
  ["F02 a JSON string", ({ token }) => JSON.stringify(token), badCredential("credential_malformed")],
  ["F02 JSON in an array", (forge) => JSON.stringify([flatten(forge)]), badCredential("credential_repeated")],
  ["F02 flattened JSON, in base64url", (forge) => encodePart(flatten(forge)), notCompact],
];

describe("segments", () => itRefuses(fleet, "delegated", segments));
describe("the network", () => itSendsNoRequests(fleet, "delegated"));

function encrypt({ own, token }: Forge): string {
  const header = { alg: "RSA-OAEP", enc: "A256GCM", cty: "JWT", kid: own.kid };
  const key = publicEncrypt(own.publicKey, randomBytes(32));
  return [encodePart(header), ...[key, randomBytes(12), token, randomBytes(16)].map(encodePart)].join(".");
}

function flatten({ token }: Forge): object {
  const [header, payload, signature] = token.split(".");
  return { payload, protected: header, signature };
}

function generalize({ token }: Forge, count = 1): object {
  const [header, payload, signature] = token.split(".");
  return { payload, signatures: Array.from({ length: count }, () => ({ protected: header, signature })) };
}

/** Text that one parser reads as JSON, and another one, which splits at dots, as a compact token (CVE-2022-39227). */
function smuggle(forge: Forge): string {
  const [header, , signature] = forge.token.split(".");
  return `{"  ${header}.${encodePart({ ...forge.claims, scp: "admin" })}.${signature}":"",${JSON.stringify(flatten(forge)).slice(1)}`;
}
