import { afterAll, describe } from "vitest";
import { startFleet } from "../../../support/fleet.ts";
import type { Forge } from "../../../support/forge.ts";
import { assemble, createOwnKey, encodePart, rsa } from "../../../support/own-key.ts";
import { badToken } from "../../../support/refusal.ts";
import { itAccepts, itRefuses, itSendsNoRequests, type Recipe, type RefusedRow } from "../../../support/rows.ts";

const fleet = await startFleet("delegated", "both");
afterAll(() => fleet.stop());

const notAllowed = (parameter: string) => badToken("header_not_allowed", { parameter });

const withHeader = (header: Record<string, unknown>): Recipe => ({ header });
const without =
  (name: string): Recipe =>
  ({ sign, header, claims }) =>
    sign(Object.fromEntries(Object.entries(header).filter(([member]) => member !== name)), claims);

const attacker = createOwnKey("attackers-key-of-27-letters");
const attackerUrl = "https://keys.attacker.example/jwks.json";
/** Signed with the attacker's key, which the header contains or refers to. */
const offered =
  (members: Record<string, unknown>): Recipe =>
  ({ header, claims }) =>
    attacker.sign({ ...header, ...members }, claims);

const offers: readonly RefusedRow[] = [
  [
    "A11 x5c of an attacker",
    (forge) => attacker.sign({ ...forge.header, x5c: forge.publicJwk.x5c }, forge.claims),
    notAllowed("x5c"),
  ],
  [
    "A11 x5c of the right key, signed by it",
    (forge) => forge.sign({ ...forge.header, x5c: forge.publicJwk.x5c }, forge.claims),
    notAllowed("x5c"),
  ],
  ["A11 an empty x5c", withHeader({ x5c: [] }), notAllowed("x5c")],
  ["A11 x5c null", withHeader({ x5c: null }), notAllowed("x5c")],
  ["A11 x5u", offered({ x5u: attackerUrl }), notAllowed("x5u")],
  ["A11 jku", offered({ jku: attackerUrl }), notAllowed("jku")],
  [
    "A11 jku of the authority, signed by the right key",
    withHeader({ jku: "https://login.microsoftonline.com/common/discovery/v2.0/keys" }),
    notAllowed("jku"),
  ],
  ["A11 jwk", offered({ jwk: attacker.jwk }), notAllowed("jwk")],
  [
    "A11 jwk of the right key, signed by it",
    ({ sign, header, claims, publicJwk: { n, e } }) => sign({ ...header, jwk: { kty: "RSA", n, e } }, claims),
    notAllowed("jwk"),
  ],
  ["A11 jwk of a symmetric key", withHeader({ jwk: { kty: "oct", k: "AAAA" } }), notAllowed("jwk")],
  ["A11 another x5t", withHeader({ x5t: "AAAAAAAAAAAAAAAAAAAAAAAAAAA" }), notAllowed("x5t")],
  [
    "A11 x5t of another key",
    ({ own, ownHeader, claims, header }) => own.sign({ ...ownHeader, x5t: header.kid }, claims),
    notAllowed("x5t"),
  ],
  ["A11 x5t null", withHeader({ x5t: null }), notAllowed("x5t")],
  [
    "A11 x5t in an array",
    ({ sign, header, claims }) => sign({ ...header, x5t: [header.kid] }, claims),
    notAllowed("x5t"),
  ],
  ["A11 x5t#S256", withHeader({ "x5t#S256": "AAAA" }), notAllowed("x5t#S256")],
];

const critical: readonly RefusedRow[] = [
  ["an unknown name", ["x"]],
  ["no name", []],
  ["a name twice", ["x", "x"]],
  ["a registered name", ["alg"]],
  ["registered names", ["typ", "kid"]],
  ["exp", ["exp"]],
  ["text", "exp"],
  ["null", null],
  ["false", false],
  ["an object", {}],
  ["a number in a list", [1]],
].map(([name, crit]): RefusedRow => [`A12 crit of ${name}`, withHeader({ crit, x: 1, exp: 0 }), notAllowed("crit")]);

const processing: readonly RefusedRow[] = [
  ["A13 crit of b64, b64 true", withHeader({ crit: ["b64"], b64: true }), notAllowed("crit")],
  [
    "A14 crit of b64, b64 false, payload not encoded",
    (forge) => unencoded(forge, { crit: ["b64"], b64: false }),
    notAllowed("crit"),
  ],
  ["A14 b64 false, payload not encoded", (forge) => unencoded(forge, { b64: false }), notAllowed("b64")],
  ["A14 b64 false, payload encoded", withHeader({ b64: false }), notAllowed("b64")],
  ["A14 b64 true", withHeader({ b64: true }), notAllowed("b64")],
  ["A14 b64 null", withHeader({ b64: null }), notAllowed("b64")],
  ["A14 zip", withHeader({ zip: "DEF" }), notAllowed("zip")],
  ["A14 enc", withHeader({ enc: "A256GCM" }), notAllowed("enc")],
];

const types: readonly RefusedRow[] = [
  ["A21 no typ", without("typ"), badToken("type_not_jwt")],
  ...[
    "at+jwt",
    "application/at+jwt",
    "JWS",
    "JOSE",
    "JWE",
    "dpop+jwt",
    "secevent+jwt",
    "logout+jwt",
    "id_token",
    "",
    "JWT ",
    "application/jwt",
    "ＪＷＴ",
    1,
    null,
    ["JWT"],
    { typ: "JWT" },
  ].map((typ): RefusedRow => [`A21 typ ${JSON.stringify(typ)}`, withHeader({ typ }), badToken("type_not_jwt")]),
  ["A22 a nonce", withHeader({ nonce: "AQABAAAAAAD" }), badToken("graph_token")],
  ["A22 a nonce that is null", withHeader({ nonce: null }), badToken("graph_token")],
  ["A22 a token of Microsoft Graph", graphToken, badToken("graph_token")],
];

describe("keys in the header", { tags: "algorithm" }, () => itRefuses(fleet, "delegated", offers));
describe("critical parameters", () => itRefuses(fleet, "delegated", critical));
describe("processing", () => itRefuses(fleet, "delegated", processing));
describe("types", () => itRefuses(fleet, "delegated", types));
describe("the network", () => itSendsNoRequests(fleet, "delegated"));

describe("valid headers", () => {
  itAccepts(fleet, "both", [
    ["A11 x5t equal to the kid", ({ sign, header, claims }) => sign({ ...header, x5t: header.kid }, claims)],
    ["A21 typ in lower case", withHeader({ typ: "jwt" })],
    ["A12 an unknown parameter", withHeader({ xms: "1" })],
  ]);
});

/** Signs the unencoded payload (RFC 7797). */
function unencoded({ own, ownHeader, claims }: Forge, members: object): string {
  const header = { ...ownHeader, ...members };
  const payload = JSON.stringify(claims);
  const signature = rsa(own.privateKey)(Buffer.from(`${encodePart(header)}.${payload}`));
  return assemble(header, payload, () => signature);
}

function graphToken({ sign, header: { kid }, claims }: Forge): Promise<string> {
  const aud = "https://graph.microsoft.com";
  return sign({ typ: "JWT", nonce: "AQABAAAAAAD", alg: "RS256", x5t: kid, kid }, { ...claims, aud });
}
