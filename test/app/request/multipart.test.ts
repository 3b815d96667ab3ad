import { describe, expect, it } from "vitest";
import { parseMultipart } from "../../../src/app/request/multipart.ts";
import * as limits from "../../../src/base/common/limits.ts";
import { readMediaType } from "../../../src/base/http/media-type.ts";
import { form, formType, part } from "../../support/forms.ts";

const read = (body: string, type = formType) =>
  parseMultipart(new Uint8Array(new TextEncoder().encode(body)), readMediaType(type)!).map(([name, value]) =>
    typeof value === "string" ? [name, value] : [name, value.name, value.type, value.size],
  );
const disposition = (rest: string) => `Content-Disposition: form-data; ${rest}`;

describe("a form of several parts", () => {
  it.each([
    ["a field", [disposition('name="a"')], ["a", "1"]],
    ["a field without quotes", [disposition("name=a")], ["a", "1"]],
    ["a name that a browser escaped", [disposition('name="a%22%0D%0a%25"')], ['a"\r\n%25', "1"]],
    ["a name beyond ASCII", [disposition('name="größe"')], ["größe", "1"]],
    [
      "a file",
      [disposition('name="f"; filename="a.pdf"'), "Content-Type: application/pdf"],
      ["f", "a.pdf", "application/pdf", 1],
    ],
    ["a file without a type", [disposition('name="f"; filename="a%22.txt"')], ["f", 'a".txt', "text/plain", 1]],
    [
      "a file whose name .NET encoded",
      [disposition(`name=f; filename="=?utf-8?B?w6QudHh0?="; filename*=utf-8''%C3%A4.txt`)],
      ["f", "ä.txt", "text/plain", 1],
    ],
    [
      "a field in Latin-1 that is ASCII",
      [disposition('name="a"'), "Content-Type: text/plain; charset=ISO-8859-1"],
      ["a", "1"],
    ],
  ])("has %s", (_, headers, entry) => {
    expect(read(form(part(headers, "1")))).toEqual([entry]);
  });

  it("keeps the bytes of its parts, line ends included", () => {
    const content = "\r\n\r\na\n\rb\r\n";
    expect(read(form(part([disposition('name="a"')], content), part([disposition('name="a"')], "")))).toEqual([
      ["a", content],
      ["a", ""],
    ]);
  });

  it.each([
    ["a field", 'name="a"', limits.fieldHeaderBytes],
    ["a file", 'name="a"; filename="a.txt"', limits.fileHeaderBytes],
  ])("may have headers up to the limit before %s, and no more", (_, rest, limit) => {
    const bodyOf = (bytes: number) => {
      const own = disposition(rest);
      return form(part([own, `X: ${"x".repeat(bytes - own.length - "\r\nX: ".length)}`], "1"));
    };
    expect(read(bodyOf(limit))).toHaveLength(1);
    expect(() => read(bodyOf(limit + 1))).toThrow("Invalid form: the headers of a part are too long.");
  });

  it("may have headers that cannot be read only up to the limit", () => {
    const bodyOf = (bytes: number) => form(part(["x".repeat(bytes)], "1"));
    expect(() => read(bodyOf(limits.fileHeaderBytes))).toThrow("a header of a part must be one line");
    expect(() => read(bodyOf(limits.fileHeaderBytes + 1))).toThrow("the headers of a part are too long");
  });

  it("is refused if Latin-1 is not ASCII", () => {
    const headers = [disposition('name="a"'), "Content-Type: text/plain; charset=ISO-8859-1"];
    expect(() => read(form(part(headers, "ä")))).toThrow("a field is not in UTF-8");
  });
});
