// Runtimes: workerd
import { afterAll, describe } from "vitest";
import { clients } from "../../../../entra/directory/clients.ts";
import { api } from "../../../../entra/directory/directory.ts";
import { startFleet } from "../../../support/fleet.ts";
import { badCredential, badToken } from "../../../support/refusal.ts";
import { itRefuses, itSendsNoRequests, type Recipe, type RefusedRow } from "../../../support/rows.ts";

const fleet = await startFleet("delegated", "both", "app-only");
afterAll(() => fleet.stop());

const idToken = badToken("id_token");
const kindUnknown = badToken("kind_unknown");
const notCompact = badToken("token_not_compact");
const notBase64url = badToken("token_not_base64url", { part: "header" });

/** Issued to a client with the API's registration, so that signer, issuer and audience are the same. */
const idTokenWith =
  (claims: Record<string, unknown>): Recipe =>
  ({ issueIdToken }) =>
    issueIdToken({ persona: "admin", claims });
const azp = clients.spa.clientId;

const idTokens: readonly RefusedRow[] = [
  ["I13 an ID token", idTokenWith({}), badToken("claim_invalid", { claim: "azp" })],
  ["I13 with a nonce", idTokenWith({ nonce: "n-0S6_WzA2Mj" }), idToken],
  ["I13 with c_hash", idTokenWith({ c_hash: "LDktKdoQak3Pk0cnXxCltA" }), idToken],
  ["I13 with at_hash", idTokenWith({ at_hash: "MTIzNDU2Nzg5MDEyMzQ1Ng" }), idToken],
  ["I13 with an empty nonce", idTokenWith({ nonce: "", azp }), idToken],
  ["I13 with azp, as OpenID Connect has it", idTokenWith({ azp, azpacr: "0" }), kindUnknown],
  ["I13 with azp and roles", idTokenWith({ azp, roles: [...api.appRoles] }), kindUnknown],
  ["I13 with azp, groups and wids", idTokenWith({ azp, groups: [], wids: [] }), kindUnknown],
  [
    "I13 with azp, sid and login_hint",
    idTokenWith({ azp, sid: "s", login_hint: "h", email: "member@contoso.example" }),
    kindUnknown,
  ],
  ["I13 with azp and an empty scp", idTokenWith({ azp, scp: "" }), kindUnknown],
  ["I13 with azp and idtyp of a user", idTokenWith({ azp, idtyp: "user" }), kindUnknown],
  ["I13 an access token with a nonce", { claims: { nonce: "n-0S6_WzA2Mj" } }, idToken],
  ["I13 an access token with c_hash", { claims: { c_hash: null } }, idToken],
  ["I13 an access token with at_hash", { claims: { at_hash: "x" } }, idToken],
  [
    "I13 a bound token",
    { claims: { cnf: { jkt: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" } } },
    badToken("bound_token"),
  ],
  ["I13 a bound token, confirmation null", { claims: { cnf: null } }, badToken("bound_token")],
];

/** Other credentials that Microsoft's clients store and may send by mistake. */
const opaque: readonly RefusedRow[] = [
  ["I14 a compact ticket", () => `EwB4A8l6BAAU${"BkXZ+/q".repeat(100)}==`, notCompact],
  ["I14 a compact ticket without padding", () => `EwBwA8l6BAAU${"BkXZq".repeat(100)}`, notCompact],
  ["I14 a compact ticket that begins as a JSON object does", () => `eyJ${"BkXZq".repeat(100)}`, notCompact],
  [
    "I14 an authorization code of a personal account",
    () => "M.C507_BAY.2.U.00000000-0000",
    badToken("token_encrypted"),
  ],
  ["I14 the same, of three parts", () => "M.C5_BAY.2", notBase64url],
  [
    "I14 a refresh token of a personal account, with characters that no bearer token has",
    () => `M.C507_BAY.0.U.-Cq!${"x*A".repeat(40)}$$`,
    badCredential("credential_malformed"),
  ],
  ["I14 an authorization code", () => `0.AXYAEEEEEEEEEEEEEEEEEEEEEAAA.${"AgABBAIAAADn".repeat(40)}`, notBase64url],
  [
    "I14 an authorization code, newer",
    () => `1.AXYAEEEEEEEEEEEEEEEEEEEEEAAA.${"AgABBAIAAADn".repeat(40)}`,
    notBase64url,
  ],
  ["I14 a refresh token", () => `0.AXYAEEEEEEEEEEEE.${"AgABAwEAAAAm".repeat(40)}.AAAA`, notCompact],
  ["I14 a GUID", () => "0b1ec700-0000-4000-8000-000000000031", notCompact],
  ["I14 a client secret", () => clients.daemon.secret, notCompact],
  ["I14 the word null", () => "null", notCompact],
  ["I14 the word undefined", () => "undefined", notCompact],
];

describe("ID tokens", { tags: "token-kinds" }, () => itRefuses(fleet, "delegated", idTokens));
describe("text that is not a token", () => itRefuses(fleet, "delegated", opaque));
describe("the network", () => itSendsNoRequests(fleet, "delegated"));
describe("ID tokens on a route for apps", { tags: "token-kinds" }, () => itRefuses(fleet, "both", idTokens));
describe("ID tokens on a route only for apps", () => itRefuses(fleet, "app-only", idTokens));
