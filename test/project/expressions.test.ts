import { expect, it } from "vitest";
import { bundleWorker } from "../support/bundle.ts";
import { type Expression, findSlowness, listExpressions, listExpressionsBelow } from "./support/expressions.ts";

const folders = ["src", "cli", "entra"];

/** Expressions that no text of a caller reaches, and why. */
const exceptions: Readonly<Record<string, string>> = {
  'new RegExp(`^${escaped.replaceAll("*", ".*")}$`)': "The command doctor compares routes of the operator's own zone.",
  'new RegExp(`^${source.join("/")}$`)': "The command explain compares a path with routes of the operator's own app.",
  "/\\\\(?:x[\\da-f]{2}|u[\\da-f]{4}|[0-3][0-7]{2}|[0-7]{2}|.)|\\[(?:\\\\.|[^\\]\\\\])*\\]|./gis":
    "The command diff reads short expressions of the operator's own app with it.",
  "new RegExp(`^${consumer}$`)": "The command diff asks whether one character of such a pattern matches a slash.",
  "new RegExp(`^(?:${source})$`)": "The same.",
  "new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\\\s\\\\\\\\]+?)-----END ${label}-----`)":
    "It reads a certificate of the operator.",
};

it("every regular expression of the source, and of a worker with its packages, takes linear time", async () => {
  const { code } = await bundleWorker("test/gates/mcp.ts");
  const expressions = [...folders.flatMap(listExpressionsBelow), ...listExpressions("the worker", code)];
  expect(expressions.length).toBeGreaterThan(300);
  const slow = findSlow(expressions);
  const others = slow.filter(({ text }) => !Object.hasOwn(exceptions, text));
  expect(others.map(({ place, text, problem }) => `${place} ${text} ${problem}`)).toEqual([]);
  const texts = new Set(slow.map(({ text }) => text));
  expect(Object.keys(exceptions).filter((text) => !texts.has(text))).toEqual([]);
});

it.each([
  ["text.replace(/^ +| +$/g, '')", '1 is slow for many " "'],
  ["const blank =\n  /^[ \\t]+|[ \\t]+$/g;", '2 is slow for many " "'],
  ["path.replace(/[/.]+$/, '')", '1 is slow for many "."'],
  ["text.replace(/[^\\x20-\\x24\\x26-\\x7e]+|^ +| +$/g, encode)", '1 is slow for many " "'],
  ["new RegExp('(a+)+$')", '1 is slow for many "a"'],
  ["RegExp(['x+', 'x+y'].join(''))", '1 is slow for many "x"'],
  ["/\\n+(?!\\n|$)/g", '1 is slow for many "\\n"'],
  ["new RegExp(text)", "1 is composed at run time"],
  ["/^ +/; / *;/y; new RegExp('^a+$')", ""],
])("the analysis of %s finds %s", (code, found) => {
  const problems = findSlow(listExpressions("", code)).map(({ place, problem }) => `${place.slice(1)} ${problem}`);
  expect(problems.join()).toBe(found);
});

function findSlow(expressions: readonly Expression[]) {
  return expressions.flatMap((expression) => {
    const problem = findSlowness(expression);
    return problem === undefined ? [] : [{ ...expression, problem }];
  });
}
