import { describe, expect, it } from "vitest";
import { applyEdits } from "../../../cli/init/edit/edits.ts";
import { findHonoSource } from "../../../cli/init/edit/hono-source.ts";
import { editJson } from "../../../cli/init/edit/json.ts";
import { editToml } from "../../../cli/init/edit/toml.ts";
import { listNamesAtOnce, parseScript } from "../../../cli/project/script.ts";

describe("edits of TOML", () => {
  it("keep comments, order and line breaks", () => {
    const text = 'main = "a" # entry\r\n\r\n[vars] # mine\r\nA = "1"\r\n';
    expect(editToml(text, { top: { main: "b" }, vars: { B: "2" } })).toBe(
      'main = "b" # entry\r\n\r\n[vars] # mine\r\nB = "2"\r\nA = "1"\r\n',
    );
  });

  it("are given up if the result is not what was wanted", () => {
    const text = 'note = """\nmain = "in a text"\n"""\nmain = "a"\n';
    expect(editToml(text, { top: { main: "b" } })).toBeUndefined();
    expect(editToml('vars = { A = "1" }\n', { vars: { B: "2" } })).toBeUndefined();
  });

  it("remove a list with all its lines", () => {
    expect(editToml('routes = [\n  "a/*", # [one]\n]\nname = "x"\n', { removed: ["routes"] })).toBe('name = "x"\n');
  });
});

describe("edits of JSON", () => {
  it("keep comments and indentation, and put a dependency in the order of names", () => {
    const text = '{\n\t// mine\n\t"dependencies": {\n\t\t"a": "1",\n\t\t"z": "1"\n\t}\n}\n';
    expect(editJson(text, [{ path: ["dependencies", "b"], value: "2" }])).toBe(
      '{\n\t// mine\n\t"dependencies": {\n\t\t"a": "1",\n\t\t"b": "2",\n\t\t"z": "1"\n\t}\n}\n',
    );
  });
});

describe("a script", () => {
  it("has the positions of its text, with types and characters of any length", () => {
    const text = 'const a: Record<"ü→𝒳", string> = {}; const found = 1 satisfies number;\n';
    const [, statement] = parseScript(text)?.program.body ?? [];
    expect(text.slice(statement?.start, statement?.end)).toMatch(/^const found = 1 /);
    expect(applyEdits(text, [{ start: statement!.start, end: statement!.start, text: "export " }])).toContain(
      "export const found",
    );
  });

  it("is not read if it is no module, or needs more than the removal of types", () => {
    for (const text of ["const = 1;", "enum A { B }", "export default <p />;"])
      expect(parseScript(text)).toBeUndefined();
  });

  it("names what runs at once, and not what functions do later", () => {
    const [statement] = parseScript("app.get(path, (c) => later(c), now());")?.program.body ?? [];
    expect(listNamesAtOnce(statement!)).toEqual(["app", "get", "path", "now"]);
  });
});

describe("the Hono app of a script", () => {
  it.each([
    ['import { Hono } from "npm:hono@4";', true],
    ['import { Hono } from "jsr:@hono/hono@^4.6";', true],
    ['import { Hono } from "hono/tiny";', true],
    ['import { OpenAPIHono as Hono } from "@hono/zod-openapi";', true],
    ['import { Hono } from "honolulu";', false],
    ["class Hono {}", false],
  ])("is that of Hono itself: %s", (head, isFound) => {
    const script = parseScript(`${head}\nexport default new Hono();\n`);
    expect(script && findHonoSource(script) !== undefined).toBe(isFound);
  });
});
