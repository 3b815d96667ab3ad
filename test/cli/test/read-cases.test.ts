import { describe, expect, it } from "vitest";
import { readCases } from "../../../cli/test/read-cases.ts";

const faultsOf = (text: string) => {
  const read = readCases(text);
  return "faults" in read ? read.faults.map(({ line, problem }) => `${line}: ${problem}`) : [];
};
const good = "{ name: a, method: GET, path: /a, caller: none, expect: { status: 401 } }";

describe("a file of cases", () => {
  it("is a list, or has named callers, also by alias and in JSON", () => {
    expect(readCases(`- ${good}`)).toMatchObject({
      cases: [{ name: "a", line: 1, caller: { label: "none" } }],
      callers: [],
    });
    const text = `callers:
  reader: &reader { scopes: [orders.read] }
  twin: *reader
cases:
  - ${good}
  - name: b
    method: GET
    path: /a?b=c
    caller: twin
    expect: { status: 403, reason: scope_missing }
  - { name: c, method: GET, path: /a, claims: { azp: x }, expect: { status: 200 } }`;
    expect(readCases(text)).toMatchObject({
      cases: [
        { line: 5 },
        { line: 6, caller: { label: "twin", token: { scopes: ["orders.read"] } } },
        { line: 11, caller: { label: "{claims:{azp:x}}", token: { claims: { azp: "x" } } } },
      ],
      callers: [{ label: "reader" }, { label: "twin" }],
    });
    const json = '[\n{"name":"a","method":"GET","path":"/a","caller":"none","expect":{"status":401}}\n]';
    expect(readCases(json)).toMatchObject({ cases: [{ line: 2 }] });
  });

  it("gives all its faults, each with its line", () => {
    const text = `callers:
  none: {}
  reader:
    scopes: orders.read
    persona: nobody
    client: 5
  writer: x
other: 1
cases:
  - name: a
    method: get
    path: orders
    caller: nobody
    expect:
      status: "200"
      reason: no_scope
  - { name: a, method: GET, path: "/a#b", expect: 200 }
  - method: GET
    path: /a
    caller: { version: 3, tenant: here, claims: [], without: tid, scope: [a] }
    claims: {}
    extra: 1
    expect: { status: 99, body: {} }
  - { name: d, method: GET, path: /a, claims: 1, expect: { status: 200 } }
  - x`;
    expect(faultsOf(text)).toEqual([
      "2: callers.none is the caller without a token",
      "4: callers.reader.scopes is not a list of names",
      "5: callers.reader.persona is no persona of the test authority",
      "6: callers.reader.client is no client of the test authority",
      "7: callers.writer is not an object",
      "8: other is not a member that is known here",
      "11: method is not a method of a route",
      "12: path is not the path of a request",
      '13: caller is "nobody", which callers does not have',
      "15: expect.status is not a status from 200 to 599",
      "16: expect.reason is not a reason code",
      "17: name repeats the name of the case in line 10",
      "17: path is not the path of a request",
      "17: the case has no caller",
      "17: expect is missing",
      "18: name is missing",
      "18: the case has both a caller and claims",
      "22: extra is not a member that is known here",
      "23: expect.body is not a member that is known here",
      "23: expect.status is not a status from 200 to 599",
      "24: claims is not an object of claims",
      "25: the case is not an object",
    ]);
    const inline = "- { name: a, method: GET, path: /a, caller: { version: 3, scope: [a] }, expect: { status: 200 } }";
    expect(faultsOf(inline)).toEqual([
      "1: caller.scope is not a member that is known here",
      "1: caller.version is neither 1 nor 2",
    ]);
  });

  it("names the origin of an allowed request", () => {
    const of = (expected: string) => `- { name: a, method: GET, path: /a, caller: none, expect: { ${expected} } }`;
    for (const name of ["billing", "zone", "ORIGIN"]) expect(faultsOf(of(`status: 200, origin: ${name}`))).toEqual([]);
    for (const name of ["Billing", "billing_url", "5", "[billing]"]) {
      expect(readCases(of(`status: 200, origin: ${name}`))).toEqual({
        faults: [
          {
            line: 1,
            problem: "expect.origin is not the name of an origin",
            repair: "Write billing for ORIGIN_BILLING_URL, zone, or ORIGIN for the origin without a name.",
          },
        ],
      });
    }
    expect(readCases(of("status: 403, origin: billing"))).toEqual({
      faults: [
        {
          line: 1,
          problem: "expect.origin is for a request that the gate must allow",
          repair: "Write status: 200, or remove origin.",
        },
      ],
    });
  });

  it("shows the object ID of a group as the repair of groups", () => {
    const read = readCases("- { name: a, method: GET, path: /a, caller: { groups: admins }, expect: { status: 200 } }");
    expect(read).toEqual({
      faults: [
        {
          line: 1,
          problem: "caller.groups is not a list of names",
          repair: "Write groups: [44444444-5555-6666-7777-888888888888], the object IDs.",
        },
      ],
    });
  });

  it.each([
    ["nothing", "", "1: is not YAML 1.2: expected a document, but the input is empty"],
    ["a text", "a", "1: the file is neither a list of cases nor an object"],
    ["no cases", "callers: {}", "1: the file has neither cases nor rules"],
    ["an empty list", "[]", "1: the file has neither cases nor rules"],
    ["broken YAML", "- a\n- [b", /^\d: is not YAML 1\.2/],
    ["a repeated name", `- ${good}\n- { name: a, name: b }`, "2: repeats a name of an object in line 2"],
    [
      "aliases that multiply",
      `a: &a [1]\n${Array.from({ length: 1_100 }, (_, at) => `b${at}: *a`).join("\n")}`,
      /^\d+: has more than 1000 aliases/,
    ],
    ["deep nesting", "[".repeat(300), /^1: is nested deeper than 200 levels/],
    [
      "__proto__",
      `- ${good}\n- { __proto__: 1, name: b, method: GET, path: /a, caller: none, expect: { status: 401 } }`,
      "2: __proto__ is not a member that is known here",
    ],
    ["callers that are no object", `callers: []\ncases: [${good}]`, "1: callers is not an object"],
    ["five megabytes", "a".repeat(5_000_000), "1: is larger than 4 MB"],
  ])("can have %s", (_what, text, fault) => {
    expect(faultsOf(text)).toEqual([typeof fault === "string" ? fault : expect.stringMatching(fault)]);
  });
});
