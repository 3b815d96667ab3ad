// Runtimes: workerd
import { afterAll, describe } from "vitest";
import { startFleet } from "../../../support/fleet.ts";
import type { Forge } from "../../../support/forge.ts";
import { badToken } from "../../../support/refusal.ts";
import { itAccepts, itRefuses, itSendsNoRequests, type Recipe, type RefusedRow } from "../../../support/rows.ts";

const fleet = await startFleet("delegated", "both", "single-key");
afterAll(() => fleet.stop());

const kidInvalid = badToken("kid_invalid");
const keyUnknown = badToken("key_unknown");
const withHeader = (header: Record<string, unknown>): Recipe => ({ header });

const kids: readonly RefusedRow[] = [
  ["A16 no kid, several keys", ({ sign, header: { kid: _, ...header }, claims }) => sign(header, claims), kidInvalid],
  ...[1, 0, null, true, [], ["k"], {}, { kid: "k" }, "", "k".repeat(129), "k".repeat(10_000)].map(
    (kid): RefusedRow => [`A17 a kid of ${JSON.stringify(kid).slice(0, 20)}`, withHeader({ kid }), kidInvalid],
  ),
  ["A17 the kid in an array", ({ sign, header, claims }) => sign({ ...header, kid: [header.kid] }, claims), kidInvalid],
  [
    "A17 the kid under another name",
    ({ sign, header: { kid, ...header }, claims }) => sign({ ...header, KID: kid }, claims),
    kidInvalid,
  ],
  [
    "A17 x5t in place of the kid",
    ({ sign, header: { kid, ...header }, claims }) => sign({ ...header, x5t: kid }, claims),
    kidInvalid,
  ],
];

const unknown: readonly RefusedRow[] = [
  "../../cli/dev/null",
  "../../../../../../etc/passwd",
  "|whoami",
  "' OR 1=1--",
  "' UNION SELECT 'secret",
  "%00",
  "\u0000",
  '\r\n{"event":"refused","reason":"forged"}',
  "\r\nX-Injected: 1",
  "\u001b[2J",
  "https://keys.attacker.example/jwks.json",
  "file:///dev/null",
  "{tenantid}",
  "*",
  "k".repeat(128),
].map((kid): RefusedRow => [`A18 a kid of ${JSON.stringify(kid).slice(0, 40)}`, withHeader({ kid }), keyUnknown]);

const respelt: readonly RefusedRow[] = [
  ["A19 the kid in upper case", (forge) => underKid(forge, (kid) => kid.toUpperCase()), keyUnknown],
  ["A19 the kid in lower case", (forge) => underKid(forge, (kid) => kid.toLowerCase()), keyUnknown],
  ["A19 the kid and a space", (forge) => underKid(forge, (kid) => `${kid} `), keyUnknown],
  ["A19 the kid and a NUL", (forge) => underKid(forge, (kid) => `${kid}\u0000`), keyUnknown],
  ["A19 the kid without its end", (forge) => underKid(forge, (kid) => kid.slice(0, -1)), keyUnknown],
  ["A19 the kid with padding", (forge) => underKid(forge, (kid) => `${kid}=`), keyUnknown],
];

describe("invalid kids", () => itRefuses(fleet, "delegated", kids));
describe("the network", () => itSendsNoRequests(fleet, "delegated"));
describe("unknown kids", () => itRefuses(fleet, "both", [...unknown, ...respelt]));

describe("one key", () => {
  itRefuses(fleet, "single-key", [
    [
      "A16 no kid, one key",
      ({ own, ownHeader: { kid: _, ...header }, claims }) => own.sign(header, claims),
      kidInvalid,
    ],
  ]);
  itAccepts(fleet, "single-key", [["A16 its kid", ({ own, ownHeader, claims }) => own.sign(ownHeader, claims)]]);
});

function underKid({ sign, header, claims }: Forge, respell: (kid: string) => string): Promise<string> {
  return sign({ ...header, kid: respell(header.kid as string) }, claims);
}
