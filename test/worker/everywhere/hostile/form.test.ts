// Runtimes: workerd, deno
import { afterAll, describe, expect, it } from "vitest";
import { clientForms, field, form, formType, part } from "../../../support/forms.ts";
import { startReadingOrigin } from "../../support/reading-origin.ts";

const { origin, stack, stop } = await startReadingOrigin("test/gates/forms.ts");
afterAll(stop);

async function post(body: string | Uint8Array<ArrayBuffer>, type = formType) {
  const before = origin.requests.length;
  const answer = await stack.send("/payments", { method: "POST", body, headers: { "content-type": type } });
  return { answer, forwarded: origin.requests.slice(before) };
}

async function expectRefused(body: string | Uint8Array<ArrayBuffer>, type?: string): Promise<void> {
  const { answer, forwarded } = await post(body, type);
  expect(await answer.json()).toMatchObject({ title: "Bad Request", status: 400 });
  expect([answer.status, forwarded.length]).toEqual([400, 0]);
}

const disposition = (rest: string) => `Content-Disposition: form-data; ${rest}`;
const good = field("amount", "5");
/** A valid part, and a part that some parser reads as an amount, which the gate did not check. */
const sneaky = (...headers: readonly string[]) => form(good, part(headers, "1000000"));

describe("a form that parsers read in different ways is refused: it has", { tags: "one-reading" }, () => {
  it.each([
    ["a name twice", sneaky(disposition('name="note"; name="amount"'))],
    ["a name twice, in another letter case", sneaky(disposition('name="note"; NAME="amount"'))],
    ["a file name twice", sneaky(disposition('name="file"; filename="a"; filename="b"'))],
    ["name*", sneaky(disposition(`name="note"; name*=utf-8''amount`))],
    ["name* alone", sneaky(disposition(`name*=utf-8''amount`))],
    ["a name in pieces", sneaky(disposition('name="note"; name*0="amo"; name*1="unt"'))],
    ["two Content-Dispositions", sneaky(disposition('name="note"'), disposition('name="amount"'))],
    [
      "two Content-Dispositions, one in another letter case",
      sneaky(disposition('name="note"'), 'CONTENT-DISPOSITION: form-data; name="amount"'),
    ],
    ["two Content-Types", sneaky(disposition('name="note"'), "Content-Type: text/plain", "Content-Type: image/png")],
    ["a folded line", sneaky('Content-Disposition: form-data; name="note";\r\n name="amount"')],
    ["a folded header of another name", sneaky(disposition('name="note"'), "X-A: b\r\n c")],
    ["a line that ends in LF", sneaky(`X-A: b\n${disposition('name="amount"')}\r\nX-B: c`, disposition('name="note"'))],
    ["a line that ends in CR", sneaky(`X-A: b\r${disposition('name="amount"')}`, disposition('name="note"'))],
    ["a line without a colon", sneaky(disposition('name="note"'), "amount")],
    ["a space before a colon", form(good, part(['Content-Disposition : form-data; name="note"'], "x"))],
    ["_charset_", form(good, field("_charset_", "utf-7"))],
    ["_charset_ in another letter case", form(good, field("_CharSet_", "utf-7"))],
    ["base64", sneaky(disposition('name="note"'), "Content-Transfer-Encoding: base64")],
    ["quoted-printable", sneaky(disposition('name="note"'), "Content-Transfer-Encoding: quoted-printable")],
    ["another character set", sneaky(disposition('name="note"'), "Content-Type: text/plain; charset=utf-16le")],
    ["compression", sneaky(disposition('name="note"'), "Content-Encoding: gzip")],
    ["a form in a part", sneaky(disposition('name="note"'), "Content-Type: multipart/mixed; boundary=c")],
    ["a file without a name", sneaky(disposition('name="note"'), "Content-Type: application/octet-stream")],
    ["content with an empty file name", sneaky(disposition('name="file"; filename=""'))],
    ["a wrong length", sneaky(disposition('name="note"'), "Content-Length: 1")],
    ["no name", sneaky("Content-Disposition: form-data")],
    ["a name with an open bracket", sneaky(disposition('name="x["; filename="a"'))],
    ["a name with an unopened bracket", sneaky(disposition('name="x]"; filename="a"'))],
    ["a name with a bracket in brackets", sneaky(disposition('name="x[[]"; filename="a"'))],
    ["no Content-Disposition", sneaky("X-A: b")],
    ["no headers", form(good, "--b\r\n\r\n1000000\r\n")],
    ["another disposition", sneaky('Content-Disposition: attachment; name="note"')],
    ["a name in apostrophes", sneaky(disposition("name='amount'"))],
    ["an escaped quote", sneaky(disposition('name="file"; filename="a\\"; name=\\"amount"'))],
    ["a parameter in a value", sneaky(disposition('filename="; name=amount"; name="note"'))],
    ["an encoded word for a name", sneaky(disposition('name="=?utf-8?B?YW1vdW50?="'))],
    ["filename* alone", sneaky(disposition(`name="file"; filename*=utf-8''a.txt`))],
    ["two names for a file", sneaky(disposition(`name="file"; filename="a.txt"; filename*=utf-8''a.php`))],
    [
      "a header line of 5 KiB",
      sneaky(`X-A: ${"a".repeat(5 * 1024 - 5)}${disposition('name="amount"')}`, disposition('name="note"')),
    ],
    ["a field with headers of 1 KiB", sneaky(disposition('name="note"'), `X-A: ${"a".repeat(1024)}`)],
  ])("%s", (_, body) => expectRefused(body));

  it("a name that is not UTF-8", async () => {
    await expectRefused(Uint8Array.from(sneaky(disposition('name="note\xff"')), (each) => each.charCodeAt(0)));
  });

  it("a second parameter whose name ends in boundary", () =>
    expectRefused(form(good), "multipart/form-data; xboundary=c; boundary=b"));

  it("a boundary with an unusual character", () =>
    expectRefused(form(good).replaceAll("--b", "--b{"), "multipart/form-data; boundary=b{"));

  it("_charset_ among pairs", () => expectRefused("amount=5&_charset_=utf-7", "application/x-www-form-urlencoded"));
});

describe("a form of a real client reaches the origin byte for byte:", () => {
  it.each(clientForms.map(({ client, ...rest }) => [client, rest] as const))("%s", async (_, { type, body }) => {
    const { answer, forwarded } = await post(body, type);
    expect([answer.status, forwarded.length]).toEqual([200, 1]);
    expect(Buffer.from(forwarded[0]!.text(), "latin1").toString()).toBe(body);
  });

  it("of the platform", async () => {
    const own = new FormData();
    own.append("amount", "5");
    own.append("file", new Blob(["x"]), "ä.txt");
    const { answer, forwarded } = await post(...(await serialize(own)));
    expect([answer.status, forwarded.length]).toEqual([200, 1]);
  });

  it("with a check of its declared content", async () => {
    for (const { type, body } of clientForms) {
      const { answer, forwarded } = await post(
        body.replace("\r\n\r\n5\r\n", "\r\n\r\n500\r\n").replace("Length: 1", "Length: 3"),
        type,
      );
      expect([answer.status, forwarded.length]).toEqual([422, 0]);
    }
  });
});

async function serialize(data: FormData): Promise<[Uint8Array<ArrayBuffer>, string]> {
  const response = new Response(data);
  return [new Uint8Array(await response.arrayBuffer()), response.headers.get("content-type") ?? ""];
}
