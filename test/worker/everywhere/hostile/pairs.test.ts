// Runtimes: workerd, deno
import { afterAll, describe, expect, it } from "vitest";
import { field, form, formType, part } from "../../../support/forms.ts";
import { parseAnswer } from "../../../support/origin-stack.ts";
import { startReadingOrigin } from "../../support/reading-origin.ts";

const urlEncoded = "application/x-www-form-urlencoded";
const upToLast = "&".repeat(999);

const { origin, stack, stop } = await startReadingOrigin("test/gates/names.ts");
afterAll(stop);

/** The status, and the number of requests that reached the origin. */
async function send(method: string, path: string, headers: readonly string[] = [], body = ""): Promise<number[]> {
  const before = origin.requests.length;
  const { status } = parseAnswer(await stack.sendRaw(method, path, headers, body));
  return [status, origin.requests.length - before];
}
const get = (query: string, ...headers: readonly string[]) => send("GET", `/zod?${query}`, headers);
const post = (body: string, type = urlEncoded) => send("POST", "/forms", [`Content-Type: ${type}`], body);

/** Pairs, each with an origin that reads other values. */
const otherwise = [
  ["a thousand pairs before it", `${"a&".repeat(1_000)}limit=5`, "Express, qs and PHP"],
  ["a thousand empty pairs before it", `${"&".repeat(1_000)}limit=5`, "Express and qs"],
  ["a semicolon", "limit=5&x;limit=1000000", "Rack 2 and Go"],
  ["a semicolon in a value", "limit=5&name=a;b", "Go"],
  ["an invalid percent sign", "limit=5&name=a%zz", "Go"],
  ["a truncated encoding", "limit=5&name=a%4", "Go"],
  ["bytes that are not UTF-8", "limit=5&name=%ff", "qs"],
  ["a character set", "limit=5&_charset_=utf-7", "Sling"],
] as const;
describe("pairs that an origin reads differently are refused:", () => {
  it.each(otherwise)("%s, in a query", async (_, query) => {
    expect(await get(query)).toEqual([400, 0]);
  });

  it.each(otherwise)("%s, in a form", async (_, body) => {
    expect(await post(body)).toEqual([400, 0]);
  });

  it("more than a thousand fields in parts", async () => {
    const fields = Array.from({ length: 1_000 }, () => field("a", ""));
    expect(await post(form(...fields, field("limit", "5")), formType)).toEqual([400, 0]);
  });
});

/** Django reads `limit=1000000` after the first pair. */
const inUtf7 = "limit=5&+AGwAaQBtAGkAdA-=1000000";
it.each([
  "text/plain; charset=utf-7",
  "text/plain; charset=utf-8; charset=utf-7",
  "text/plain; charset*=utf-8''utf-7",
  'text/plain; x=" charset=utf-7"',
])(
  "a query that Django decodes with the charset of Content-Type is refused: %s",
  { tags: "declared-names" },
  async (type) => {
    expect(await get(inUtf7, `Content-Type: ${type}`)).toEqual([400, 0]);
  },
);

it.each([
  ["us-ascii", `${urlEncoded}; charset=us-ascii`],
  ["a character set in another parameter, which .NET Framework finds", `${urlEncoded}; x=" charset=ibm500 "`],
])("a form in another character set is refused: %s", async (_, type) => {
  expect(await post("limit=5&note=%c3%a9", type)).toEqual([415, 0]);
});

it("a part in us-ascii contains only ASCII", async () => {
  const ascii = (text: string) =>
    form(
      field("limit", "5"),
      part(['Content-Disposition: form-data; name="note"', "Content-Type: text/plain; charset=us-ascii"], text),
    );
  expect(await post(ascii("abc"), formType)).toEqual([200, 1]);
  expect(await post(ascii("\xc3\xa9"), formType)).toEqual([400, 0]);
});

it("no forwarded header declares another character set for .NET Framework", async () => {
  expect(await get("limit=5", "User-Agent: UP.Browser", "X-UP-DevCap-Post-Charset: ibm500")).toEqual([200, 1]);
  const names = origin.requests.at(-1)!.headers.map(([name]) => name.toLowerCase());
  expect(names).toContain("user-agent");
  expect(names).not.toContain("x-up-devcap-post-charset");
});

it("other pairs are allowed: up to a thousand, with encodings and UTF-8", async () => {
  for (const pairs of [`${upToLast}limit=5`, "limit=5&name=%C3%A9%3B+%25", "limit=5&a=*!'()$,:@/?"]) {
    expect(await get(pairs, "Content-Type: text/plain; charset=UTF-8")).toEqual([200, 1]);
    expect(await post(pairs)).toEqual([200, 1]);
  }
});
