import { afterAll, expect, it } from "vitest";
import { startReadingOrigin } from "../../support/reading-origin.ts";

const { origin, stack, stop } = await startReadingOrigin("test/gates/bodies.ts");
afterAll(stop);

/** The status, and the bodies that reached the origin. */
async function post(body: string): Promise<[number, string[]]> {
  const before = origin.requests.length;
  const headers = { "content-type": "application/json" };
  const answer = await stack.send("/orders", { method: "POST", body, headers });
  await answer.body?.cancel();
  return [answer.status, origin.requests.slice(before).map((request) => request.text())];
}

it.each([
  ["a name twice", '{"note":"a","note":"b"}'],
  ["a name twice, once escaped", '{"note":"a","n\\u006fte":"b"}'],
  ["a name in another letter case, for .NET and Go", '{"note":"a","Note":"b"}'],
  ["a name with text after a NUL, for cJSON and json-c", '{"note":"a","note\\u0000x":"b"}'],
  ["a name with a lone surrogate, which ujson omits", '{"note":"a","note\\ud800":"b"}'],
  ["a lone surrogate before a letter, which Ruby joins", '{"note":"\\uD800\\u0041"}'],
  ["a lone low surrogate", '{"note":"\\udc00"}'],
  ["a surrogate pair in reverse", '{"note":"\\udc00\\ud800"}'],
  ["two high surrogates", '{"note":"\\ud83d\\ud83d\\ude00"}'],
])("JSON that origins read in different ways is refused: %s", { tags: "one-reading" }, async (_, body) => {
  expect(await post(body)).toEqual([400, []]);
});

it.each(['{"note":"\\ud83d\\ude00\\uD83D\\uDE00 \\\\ud800"}', '{"note":"a\\u0000b","other":{"note":"\\u00e9"}}'])(
  "JSON with one reading reaches the origin unchanged: %s",
  async (body) => {
    expect(await post(body)).toEqual([200, [body]]);
  },
);

it.each([
  ["an integer that a double rounds", "9007199254740993"],
  ["a decimal that a double rounds", "100.000000000000001"],
  ["a number above every double", "1e400"],
  ["a number below every double", "1e-400"],
  ["a number with a long exponent", `1e${"9".repeat(100_000)}`],
  ["a number of 100,000 digits", "7".repeat(100_000)],
])("a number that origins round in different ways is refused with its place: %s", async (_, number) => {
  const before = origin.requests.length;
  const headers = { "content-type": "application/json" };
  const body = `{"note":"a","lines":[{"id":1},{"a/b":${number}}]}`;
  const answer = await stack.send("/orders", { method: "POST", body, headers });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    detail: "Invalid body",
    errors: [
      {
        path: "/lines/1/a~1b",
        message: "is a number that other readers round differently. Send it as a string",
      },
    ],
  });
  expect(origin.requests.slice(before)).toEqual([]);
});

it("numbers with one reading reach the origin unchanged", async () => {
  const numbers = ["1.10", "5.0", "1e2", "0.10000000000000001", "-0.0", "0e999999999", "9007199254740992", "1E+21"];
  const body = `{"note":"9007199254740993","1e400":[${numbers.join()}]}`;
  expect(await post(body)).toEqual([200, [body]]);
});
