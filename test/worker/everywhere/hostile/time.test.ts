// Runtimes: workerd
import { afterAll, describe } from "vitest";
import type { TimeClaim } from "../../../../src/base/common/denial.ts";
import { startFleet } from "../../../support/fleet.ts";
import { badToken, type Refusal } from "../../../support/refusal.ts";
import { itAccepts, itRefuses, itSendsNoRequests, type Recipe, type RefusedRow } from "../../../support/rows.ts";

const fleet = await startFleet("delegated", "both", "no-skew");
afterAll(() => fleet.stop());

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const yearTenThousand = 253_402_300_800;

const invalid = (claim: TimeClaim) => badToken("time_invalid", { claim });
const expired = badToken("expired");
const early = badToken("not_yet_valid");
const disordered = badToken("times_out_of_order");
const tooLong = badToken("lifetime_too_long");

/** Seconds from now. Unit tests with a frozen clock check the exact boundaries. */
const times =
  (offsets: Partial<Record<TimeClaim, number>>): Recipe =>
  ({ issue }) => {
    const now = Math.floor(Date.now() / 1_000);
    const entries = Object.entries({ nbf: -minute, iat: -minute, exp: hour, ...offsets });
    return issue({ claims: Object.fromEntries(entries.map(([claim, offset]) => [claim, now + offset])) });
  };

/** Replaces the number of a claim in the JSON text with another spelling. */
const written =
  (claim: TimeClaim, text: string): Recipe =>
  ({ sign, header, claims }) =>
    sign(header, JSON.stringify(claims).replace(`"${claim}":${claims[claim]}`, `"${claim}":${text}`));

const unfit: readonly unknown[] = [
  "1795608000",
  "",
  "never",
  "2030-01-01T00:00:00Z",
  null,
  true,
  false,
  [],
  [9_999_999_999],
  {},
  { $numberLong: "9999999999" },
  -1,
  -9_999_999_999,
  9_999_999_999.5,
];

const numbers: readonly (readonly [text: string, refusal: (claim: TimeClaim) => Refusal])[] = [
  ["1e999", invalid],
  ["-1e999", invalid],
  ["1e21", invalid],
  ["1e308", invalid],
  ["9007199254740993", invalid],
  ["99999999999999999999", invalid],
  ["NaN", () => badToken("token_not_json", { part: "payload" })],
  ["Infinity", () => badToken("token_not_json", { part: "payload" })],
  ["-Infinity", () => badToken("token_not_json", { part: "payload" })],
  ["0x7fffffff", () => badToken("token_not_json", { part: "payload" })],
  ["1_795_608_000", () => badToken("token_not_json", { part: "payload" })],
];

const claims = ["exp", "nbf", "iat"] as const;
const groups: Readonly<Record<TimeClaim, string>> = { exp: "X02", nbf: "X08", iat: "X08" };

const types: readonly RefusedRow[] = claims.flatMap((claim): RefusedRow[] => [
  [`${claim === "exp" ? "X01" : "X08"} no ${claim}`, { without: [claim] }, invalid(claim)],
  ...unfit.map(
    (value): RefusedRow => [
      `${groups[claim]} ${claim} ${JSON.stringify(value)}`,
      { claims: { [claim]: value } },
      invalid(claim),
    ],
  ),
  ...numbers.map(([text, refusal]): RefusedRow => [`X03 ${claim} ${text}`, written(claim, text), refusal(claim)]),
  [
    `X05 ${claim} with a fraction`,
    ({ issue, claims: { [claim]: value } }) => issue({ claims: { [claim]: (value as number) + 0.5 } }),
    invalid(claim),
  ],
]);

const now = Math.floor(Date.now() / 1_000);
const moments: readonly RefusedRow[] = [
  ["X01 expired for a day", times({ nbf: -2 * day, iat: -2 * day, exp: -day - hour }), expired],
  ["X01 expired two minutes ago", times({ nbf: -hour, iat: -hour, exp: -2 * minute }), expired],
  ["X01 expired in 1970", { claims: { iat: 0, nbf: 0, exp: 1 } }, expired],
  ["X03 after the year 9999", { claims: { exp: yearTenThousand } }, tooLong],
  ["X03 the greatest safe integer", { claims: { exp: Number.MAX_SAFE_INTEGER } }, tooLong],
  ["X04 exp in milliseconds", { claims: { exp: (now + hour) * 1_000 } }, tooLong],
  [
    "X04 all three in milliseconds",
    { claims: { iat: now * 1_000, nbf: now * 1_000, exp: (now + hour) * 1_000 } },
    tooLong,
  ],
  [
    "X04 all three in milliseconds, a short lifetime",
    { claims: { iat: now * 1_000, nbf: now * 1_000, exp: now * 1_000 + hour } },
    early,
  ],
  ["X04 valid for a year", times({ exp: 365 * day }), tooLong],
  ["X04 valid for thirty hours", times({ exp: 30 * hour }), tooLong],
  ["X04 valid for thirty hours from nbf, an hour from iat", times({ nbf: -29 * hour, exp: hour }), tooLong],
  ["X04 valid for thirty hours from iat, an hour from nbf", times({ iat: -29 * hour, exp: hour }), tooLong],
  ["X08 nbf in an hour", times({ nbf: hour, exp: 2 * hour }), early],
  ["X08 nbf in two minutes", times({ nbf: 2 * minute }), early],
  ["X08 iat in an hour", times({ iat: hour, exp: 2 * hour }), early],
  ["X08 iat in two minutes", times({ iat: 2 * minute }), early],
  ["X10 exp before nbf", times({ nbf: hour, exp: minute }), disordered],
  ["X10 exp before iat", times({ iat: hour, exp: minute }), disordered],
  ["X10 exp before both, all in the past", times({ nbf: -hour, iat: -hour, exp: -2 * hour }), disordered],
  ["X10 exp equal to nbf", times({ nbf: minute, iat: 0, exp: minute }), disordered],
  ["X10 exp equal to iat", times({ nbf: 0, iat: minute, exp: minute }), disordered],
];

describe("numbers", () => itRefuses(fleet, "delegated", types));
describe("moments", () => itRefuses(fleet, "delegated", moments));
describe("the network", () => itSendsNoRequests(fleet, "delegated"));

describe("clock skew", () => {
  const behind = times({ nbf: -hour, iat: -hour, exp: -minute / 2 });
  const ahead = times({ nbf: minute / 2, iat: minute / 2 });
  itAccepts(fleet, "both", [
    ["X01 expired half a minute ago", behind],
    ["X08 valid in half a minute", ahead],
    ["X08 iat before nbf", times({ iat: -hour, nbf: -minute })],
    ["X08 nbf before iat", times({ iat: -minute, nbf: -hour })],
    ["X04 twenty-eight hours, of continuous access evaluation", times({ nbf: -hour, iat: -hour, exp: 27 * hour })],
    [
      "X03 exp written with an exponent",
      ({ sign, header, claims }) =>
        sign(header, JSON.stringify(claims).replace(`"exp":${claims.exp}`, `"exp":${claims.exp}0e-1`)),
    ],
  ]);
  itRefuses(fleet, "no-skew", [
    ["X11 no skew allowed: expired half a minute ago", behind, expired],
    ["X11 no skew allowed: valid in half a minute", ahead, early],
  ]);
});
