// Runtimes: workerd, deno
import { afterAll, describe, expect, it } from "vitest";
import { field, form, formType } from "../../../support/forms.ts";
import { parseAnswer } from "../../../support/origin-stack.ts";
import { startReadingOrigin } from "../../support/reading-origin.ts";

const { origin, stack, stop } = await startReadingOrigin("test/gates/names.ts");
afterAll(stop);

/** The status, and the targets of the requests that reached the origin. */
async function send(path: string, init?: RequestInit): Promise<[number, string[]]> {
  const before = origin.requests.length;
  const answer = await stack.send(path, init);
  await answer.body?.cancel();
  return [answer.status, origin.requests.slice(before).map(({ target }) => target)];
}

async function sendHeader(line: string): Promise<[number, number]> {
  const before = origin.requests.length;
  const answer = parseAnswer(await stack.sendRaw("GET", "/headers", [line]));
  return [answer.status, origin.requests.length - before];
}

const urlEncoded = "application/x-www-form-urlencoded";
const post = (body: string, type: string) =>
  send("/forms", { method: "POST", body, headers: { "content-type": type } });

const schemas = ["zod", "loose", "mini", "valibot", "arktype"];

/** Names in a query, and a program that reads each as `limit` or `user_id`. */
const spellings = [
  ["Limit", "ASP.NET"],
  ["LIMIT", "ASP.NET"],
  ["l%C4%B1m%C4%B1t", "Java, ignoring letter case"],
  ["limit[]", "PHP, qs, Rails"],
  ["limit%5B%5D", "PHP, qs, Rails"],
  ["limit[x]", "PHP, qs, Rails"],
  ["limit[x][y]", "PHP, qs, Rails"],
  ["limit.x", "qs with allowDots, ASP.NET"],
  ["[limit]", "qs, Rails"],
  ["paging.limit", "ASP.NET"],
  ["paging[limit]", "ASP.NET"],
  ["[0].Limit", "ASP.NET"],
  ["%20limit", "PHP"],
  ["+limit", "PHP"],
  ["limit%00", "PHP"],
  ["limit%00x", "PHP"],
  ["?limit", "new URLSearchParams"],
  ["_limit", "Spring"],
  ["!limit", "Spring"],
  ["%u006cimit", "ASP.NET on .NET Framework"],
  ["%U006Cimit", "ASP.NET on .NET Framework"],
  ["user.id", "PHP"],
  ["user%20id", "PHP"],
  ["user[id", "PHP"],
] as const;

describe("a name that an origin could read as a declared one is refused", () => {
  for (const [spelling, reader] of spellings) {
    it(`in a query: ${spelling}, which ${reader} may read`, { tags: "declared-names" }, async () => {
      for (const schema of schemas) {
        expect([schema, ...(await send(`/${schema}?${spelling}=1000000`))]).toEqual([schema, 400, []]);
        expect([schema, ...(await send(`/${schema}?limit=5&user_id=a&${spelling}=1000000`))]).toEqual([
          schema,
          400,
          [],
        ]);
      }
      expect(await send(`/union?kind=a&${spelling}=1000000`)).toEqual([400, []]);
    });
  }

  it.each(spellings.filter(([spelling]) => !spelling.startsWith("user")))(
    "in a form: %s",
    { tags: "declared-names" },
    async (spelling) => {
      expect(await post(`${spelling}=1000000`, urlEncoded)).toEqual([400, []]);
      expect(await post(`limit=5&note=a&${spelling}=1000000`, urlEncoded)).toEqual([400, []]);
    },
  );

  it.each(["Limit", "limit[]", "paging.limit", " limit", "limit "])(
    "in a form of several parts: %j",
    { tags: "declared-names" },
    async (name) => {
      expect(await post(form(field(name, "1000000")), formType)).toEqual([400, []]);
      expect(await post(form(field("limit", "5"), field(name, "1000000")), formType)).toEqual([400, []]);
    },
  );

  it.each(["X_Limit", "x.limit", "X_LIMIT", "x!limit"])("in headers: %s", { tags: "declared-names" }, async (name) => {
    expect(await sendHeader(`${name}: 1000000`)).toEqual([400, 0]);
    expect(await sendHeader(`X-Limit: 5\r\n${name}: 1000000`)).toEqual([400, 0]);
  });

  it("with a problem that names only it", async () => {
    const answer = await stack.send("/zod?a=1&Limit=5");
    expect(await answer.json()).toMatchObject({
      title: "Bad Request",
      detail: "Invalid query",
      errors: [{ path: "/Limit", message: "is ambiguous: an origin could read another name" }],
    });
  });
});

describe("a name is allowed", () => {
  it.each([
    "limit=5",
    "limit=5&limits=1000&limit-x=1&unlimited=1",
    "limit=5&sort[dir]=up&utm_source=mail",
    "limit=5&_=1732000000",
    "Kind=5&offset=7",
  ])("if no origin reads it as a declared one: %s", async (query) => {
    for (const schema of schemas) expect(await send(`/${schema}?${query}`)).toEqual([200, [`/${schema}?${query}`]]);
  });

  it.each(["zod", "loose"])(
    "if it is declared, even if an origin could read another one as it: by %s",
    async (schema) => {
      for (const query of ["name=a", "filter[name]=a", "name=a&filter[name]=b&page[size]=7&limit=5"]) {
        expect(await send(`/${schema}?${query}`)).toEqual([200, [`/${schema}?${query}`]]);
      }
      expect((await send(`/${schema}?name=abcdef`))[0]).toBe(422);
    },
  );

  it("in headers that reach the origin, unless Connection removes them", async () => {
    const path = "/required-headers";
    const sendLines = async (...lines: readonly string[]) =>
      parseAnswer(await stack.sendRaw("GET", path, lines)).status;
    expect(await sendLines("X-Limit: 5", "X-Forwarded-User: a")).toBe(200);
    const before = origin.requests.length;
    expect(await sendLines("X-Limit: 5", "Connection: close, x-LIMIT")).toBe(422);
    expect(await sendLines("X-Limit: 5", "Connection: X-Limit", "Connection: close")).toBe(422);
    expect(origin.requests).toHaveLength(before);
  });

  it("in forms and headers", async () => {
    expect(await post("limit=5&notes=abcdefg", urlEncoded)).toEqual([200, ["/forms"]]);
    expect(await post(form(field("limit", "5"), field("other", "abcdefg")), formType)).toEqual([200, ["/forms"]]);
    expect(await sendHeader("X-Limit: 5\r\nX-Limits: 1000000")).toEqual([200, 1]);
    expect((await sendHeader("X-Limit: 500"))[0]).toBe(422);
  });
});
