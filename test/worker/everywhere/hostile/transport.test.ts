import { afterAll, describe, expect, it } from "vitest";
import { startFleet } from "../../../support/fleet.ts";
import { type HeaderField, type HttpRequest, readHeader } from "../../../support/http.ts";
import {
  badCredential,
  badToken,
  expectRefusal,
  expectRefused,
  expectRefusedByServer,
  type Refusal,
  unauthenticated,
} from "../../../support/refusal.ts";
import { expectForwarded } from "../../../support/rows.ts";

const fleet = await startFleet("delegated", "cors", "routes");
afterAll(() => fleet.stop());

const { token } = await fleet.forge("delegated");
const form = "application/x-www-form-urlencoded";

const authorization = (...values: readonly string[]): HttpRequest => ({
  headers: values.map((value): HeaderField => ["Authorization", value]),
});
const missing = unauthenticated("credential_missing");
const otherScheme = unauthenticated("credential_other_scheme");
const malformed = badCredential("credential_malformed");
const repeated = badCredential("credential_repeated");

const rows: readonly (readonly [name: string, request: HttpRequest, refusal: Refusal])[] = [
  ["T01 no Authorization header", {}, missing],
  ["T01 no Authorization header on POST", { method: "POST" }, missing],
  ["T01 an empty Authorization header", authorization(""), missing],
  ["T01 Proxy-Authorization instead", { headers: [["Proxy-Authorization", `Bearer ${token}`]] }, missing],
  ["T02 Basic", authorization("Basic YTpi"), otherScheme],
  ["T02 DPoP", authorization(`DPoP ${token}`), otherScheme],
  ["T02 Negotiate", authorization(`Negotiate ${token}`), otherScheme],
  ["T02 Digest with its commas", authorization('Digest username="a", realm="b", nonce="c"'), otherScheme],
  ["T02 a scheme that begins with Bearer", authorization(`BearerX ${token}`), otherScheme],
  ["T02 a scheme that ends in Bearer", authorization(`XBearer ${token}`), otherScheme],
  ["T02 Token", authorization(`Token ${token}`), otherScheme],
  ["T02 PoP, as bound tokens are sent", authorization(`PoP ${token}`), otherScheme],
  ["T03 a token without a scheme", authorization(token), otherScheme],
  ["T03 Bearer and the token without a space", authorization(`Bearer${token}`), otherScheme],
  ["T03 a colon after the scheme", authorization(`Bearer: ${token}`), malformed],
  ["T03 an equal sign after the scheme", authorization(`Bearer=${token}`), malformed],
  ["T03 a quoted scheme", authorization(`"Bearer" ${token}`), otherScheme],
  ["T04 Bearer alone", authorization("Bearer"), malformed],
  ["T04 Bearer and a space", authorization("Bearer "), malformed],
  ["T04 Bearer and many spaces", authorization(`Bearer${" ".repeat(50)}`), malformed],
  ["T06 a TAB after Bearer", authorization(`Bearer\t${token}`), malformed],
  ["T06 a space and a TAB after Bearer", authorization(`Bearer \t${token}`), malformed],
  ["T06 a no-break space after Bearer, in Latin-1", authorization(`Bearer\u00a0${token}`), malformed],
  ["T06 a no-break space after Bearer, in UTF-8", authorization(`Bearer\u00c2\u00a0${token}`), malformed],
  ["T06 a vertical TAB after Bearer", authorization(`Bearer\u000b${token}`), malformed],
  ["T06 a form feed after Bearer", authorization(`Bearer\u000c${token}`), malformed],
  ["T06 a next-line character after Bearer", authorization(`Bearer\u0085${token}`), malformed],
  ["T06 an ideographic space after Bearer, in UTF-8", authorization(`Bearer\u00e3\u0080\u0080${token}`), malformed],
  ["T09 two headers, the first good", authorization(`Bearer ${token}`, "Bearer abc"), repeated],
  ["T09 two headers, the second good", authorization("Bearer abc", `Bearer ${token}`), repeated],
  ["T09 two headers, the same token", authorization(`Bearer ${token}`, `Bearer ${token}`), repeated],
  ["T09 two headers, Basic first", authorization("Basic YTpi", `Bearer ${token}`), repeated],
  ["T09 two headers, Basic second", authorization(`Bearer ${token}`, "Basic YTpi"), repeated],
  ["T09 two headers, the second empty", authorization(`Bearer ${token}`, ""), repeated],
  ["T09 two headers, the second in lower case", authorization(`Bearer ${token}`, `bearer ${token}`), repeated],
  ["T09 one header, two credentials", authorization(`Bearer ${token}, Bearer ${token}`), repeated],
  ["T09 one header, two credentials without a space", authorization(`Bearer ${token},Bearer ${token}`), repeated],
  ["T10 two tokens after a space", authorization(`Bearer ${token} ${token}`), malformed],
  ["T10 a token and a word", authorization(`Bearer ${token} b`), malformed],
  ["T10 two tokens after a comma", authorization(`Bearer ${token},${token}`), repeated],
  ["T10 a comma at the end", authorization(`Bearer ${token},`), repeated],
  ["T10 a parameter after the token", authorization(`Bearer ${token}; x=y`), malformed],
  ["T10 the token as a parameter", authorization(`Bearer token="${token}"`), malformed],
  ["T10 the token in quotes", authorization(`Bearer "${token}"`), malformed],
  ["T10 the token in angle brackets", authorization(`Bearer <${token}>`), malformed],
  ["T10 Bearer twice", authorization(`Bearer Bearer ${token}`), malformed],
  ["T10 a byte of Latin-1 in the token", authorization(`Bearer ${token}\u00e9`), malformed],
  ["T10 a percent-encoded dot", authorization(`Bearer ${token.replace(".", "%2E")}`), malformed],
  ["T11 the token in the query", { path: `/orders?access_token=${token}` }, missing],
  [
    "T11 the token in the query under other names",
    { path: `/orders?token=${token}&Authorization=Bearer+${token}` },
    missing,
  ],
  [
    "T11 one token in Basic, one in the query",
    { path: `/orders?access_token=${token}`, ...authorization("Basic YTpi") },
    otherScheme,
  ],
  ...[
    `access_token=${token}`,
    "access_token=",
    "limit=1&access_token=a&access_token=b",
    "access%5Ftoken=a",
    "Access_Token=a",
    "access+token=a",
    "access_token[]=a",
    "a=1;access_token=a",
    "?access_token=a",
  ].map(
    (query) =>
      [
        `T11 one token in the header, one in the query: ${query.slice(0, 38)}`,
        { path: `/orders?${query}`, ...authorization(`Bearer ${token}`) },
        badCredential("credential_also_in_query"),
      ] as const,
  ),
  [
    "T11 a bad token in the header, a good one in the query",
    { path: `/orders?access_token=${token}`, ...authorization("Bearer a.b.c") },
    badCredential("credential_also_in_query"),
  ],
  [
    "T12 the token in a form",
    { method: "POST", headers: [["Content-Type", form]], body: `access_token=${token}` },
    missing,
  ],
  [
    "T12 the token in JSON",
    { method: "POST", headers: [["Content-Type", "application/json"]], body: `{"access_token":"${token}"}` },
    missing,
  ],
  [
    "T14 the token in a cookie",
    { headers: [["Cookie", `access_token=${token}; Authorization=Bearer ${token}`]] },
    missing,
  ],
  ["T14 the token in X-Access-Token", { headers: [["X-Access-Token", token]] }, missing],
  ["T14 the token in X-Authorization", { headers: [["X-Authorization", `Bearer ${token}`]] }, missing],
  ["T14 the token in X-Forwarded-Access-Token", { headers: [["X-Forwarded-Access-Token", token]] }, missing],
  ["T14 the token in X-MS-Token-AAD-Access-Token", { headers: [["X-MS-Token-AAD-Access-Token", token]] }, missing],
  [
    "T14 the token in Sec-WebSocket-Protocol",
    {
      path: "/ws",
      headers: [
        ["Upgrade", "websocket"],
        ["Sec-WebSocket-Version", "13"],
        ["Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="],
        ["Sec-WebSocket-Protocol", `bearer, ${token}`],
      ],
    },
    missing,
  ],
  ["T16 a token above the limit", authorization(`Bearer ${"a".repeat(32 * 1024 + 1)}`), badToken("token_too_large")],
  ["T16 a token far above the limit", authorization(`Bearer ${"a".repeat(250 * 1024)}`), badToken("token_too_large")],
  ["T16 words above the limit", authorization(`Bearer ${" a".repeat(32 * 1024)}`), badToken("token_too_large")],
  ["T16 only dots", authorization(`Bearer ${".".repeat(32 * 1024)}`), badToken("token_not_compact")],
  ["T16 dots above the limit", authorization(`Bearer ${".".repeat(60_000)}`), badToken("token_too_large")],
  [
    "T16 a good token and padding above the limit",
    authorization(`Bearer ${token}${"=".repeat(33_000)}`),
    badToken("token_too_large"),
  ],
];

describe("the credential in transport", { tags: ["second-token", "one-reading"] }, () => {
  for (const [name, request, refusal] of rows) {
    it(name, () => expectRefusal(fleet, "delegated", request, refusal));
  }

  it("T16 a header that the server itself refuses", () =>
    expectRefusedByServer(fleet, "delegated", authorization(`Bearer ${"a".repeat(1024 * 1024)}`)));

  it("T01 HEAD is refused like GET, without a body", async () => {
    const answer = await fleet.send("delegated", { method: "HEAD" });
    expect(answer).toMatchObject({ status: 401, body: "" });
    expect(readHeader(answer, "www-authenticate")).toHaveLength(1);
    expect(readHeader(answer, "cache-control")).toEqual(["no-store"]);
  });

  it("T01 OPTIONS that is not a preflight is refused", async () => {
    await expectRefusal(fleet, "delegated", { method: "OPTIONS" }, missing);
    await expectRefusal(
      fleet,
      "cors",
      { method: "OPTIONS", headers: [["Origin", "https://app.contoso.example"]] },
      missing,
    );
  });

  it("T01 a preflight is answered, and not forwarded", async () => {
    const before = await fleet.ledger();
    const headers: readonly HeaderField[] = [
      ["Origin", "https://app.contoso.example"],
      ["Access-Control-Request-Method", "DELETE"],
    ];
    const closed = await fleet.send("delegated", { method: "OPTIONS", headers });
    const open = await fleet.send("cors", { method: "OPTIONS", headers });
    expect([closed.status, open.status]).toEqual([204, 204]);
    expect(readHeader(closed, "access-control-allow-origin")).toEqual([]);
    expect(readHeader(open, "access-control-allow-origin")).toEqual(["https://app.contoso.example"]);
    expect((await fleet.ledger()).origin.count).toBe(before.origin.count);
  });

  it("T01 a browser app that the policy allows can read the challenge", async () => {
    const answer = await fleet.send("cors", { headers: [["Origin", "https://app.contoso.example"]] });
    expect(readHeader(answer, "access-control-allow-origin")).toEqual(["https://app.contoso.example"]);
    expect(readHeader(answer, "access-control-expose-headers").join().toLowerCase()).toContain("www-authenticate");
    await expectRefused(fleet, "cors", answer, missing);
  });
});

describe("a token in the header and in the query parameter access_token", () => {
  const path = (route: string) => `${route}?access_token=${token}`;
  const both = (route: string) => ({ path: path(route), ...authorization(`Bearer ${token}`) });

  it("T11 changes nothing on a public route", () => expectForwarded(fleet, "routes", both("/public")));

  it("T11 is allowed if the parameter belongs to the route, and the origin gets it", async () => {
    await expectForwarded(fleet, "routes", both("/own-parameter"));
    expect((await fleet.ledger()).origin.last?.url).toMatch(/\/own-parameter\?access_token=/);
    await expectRefusal(fleet, "routes", { path: path("/own-parameter") }, missing);
  });

  it("T11 is refused on every other route, and on missing ones", { tags: "second-token" }, async () => {
    for (const route of ["/bare", "/scope", "/none"]) {
      await expectRefusal(fleet, "routes", both(route), badCredential("credential_also_in_query"));
    }
  });

  it("T11 is refused for a known token too", { tags: "second-token" }, async () => {
    await expectForwarded(fleet, "delegated", authorization(`Bearer ${token}`));
    await expectRefusal(fleet, "delegated", both("/orders"), badCredential("credential_also_in_query"));
  });
});

describe("the valid credential", () => {
  const values = ["bearer", "BEARER", "bEaReR"].map((scheme) => `${scheme} ${token}`);
  for (const value of [...values, `Bearer    ${token}`, `bearer${" ".repeat(5_000)}${token}`, `  Bearer ${token}  `]) {
    it(`T07 ${JSON.stringify(value.slice(0, 12))}`, () => expectForwarded(fleet, "delegated", authorization(value)));
  }

  it("T16 a token of two hundred groups, the most that Entra lists", async () => {
    const groups = Array.from(
      { length: 200 },
      (_, index) => `96000000-0000-4000-8001-${String(index).padStart(12, "0")}`,
    );
    const large = await (await fleet.forge("delegated")).issue({ claims: { groups } });
    expect(large.length).toBeGreaterThan(10_000);
    await expectForwarded(fleet, "delegated", authorization(`Bearer ${large}`));
  });
});
