/** A form as one client writes it, byte for byte in UTF-8. */
export interface ClientForm {
  readonly client: string;
  readonly type: string;
  readonly body: string;
}

const lines = (...texts: readonly string[]) => texts.join("\r\n");

/** A part with some header lines. */
export const part = (headers: readonly string[], content: string, boundary = "b") =>
  `${lines(`--${boundary}`, ...headers, "", content)}\r\n`;

/** A form of some parts. */
export const form = (...parts: readonly string[]) => `${parts.join("")}--b--\r\n`;

export const formType = "multipart/form-data; boundary=b";

/** One field, as most clients write it. */
export const field = (name: string, value: string) => part([`Content-Disposition: form-data; name="${name}"`], value);

interface Boundary {
  readonly boundary: string;
  /** The value of Content-Type. */
  readonly written?: string;
}

const clientForm = (
  client: string,
  parts: readonly string[],
  { boundary, written = boundary }: Boundary = { boundary: "b" },
) => ({
  client,
  type: `multipart/form-data; boundary=${written}`,
  body: `${parts.join("").replaceAll("--b\r\n", `--${boundary}\r\n`)}--${boundary}--\r\n`,
});

/** An amount of 5, and mostly a file with the content `x`, written as in the clients' sources. */
export const clientForms: readonly ClientForm[] = [
  clientForm(
    ".NET, MultipartFormDataContent",
    [
      part(["Content-Type: text/plain; charset=utf-8", "Content-Disposition: form-data; name=amount"], "5"),
      part(["Content-Disposition: form-data; name=file; filename=a.txt; filename*=utf-8''a.txt"], "x"),
    ],
    { boundary: "7cf3ad18-6a5a-4a0e-8a7f-6f1f6a3b1c55", written: '"7cf3ad18-6a5a-4a0e-8a7f-6f1f6a3b1c55"' },
  ),
  clientForm(".NET, with a file name that is not ASCII", [
    part(["Content-Type: text/plain; charset=utf-8", "Content-Disposition: form-data; name=amount"], "5"),
    part(
      [
        "Content-Type: text/plain",
        `Content-Disposition: form-data; name=file; filename="=?utf-8?B?w6QudHh0?="; filename*=utf-8''%C3%A4.txt`,
      ],
      "x",
    ),
  ]),
  clientForm("OkHttp 3", [
    part(['Content-Disposition: form-data; name="amount"', "Content-Length: 1"], "5"),
    part(
      [
        'Content-Disposition: form-data; name="file"; filename="a.txt"',
        "Content-Type: text/plain",
        "Content-Length: 1",
      ],
      "x",
    ),
  ]),
  clientForm("Retrofit", [
    part(
      [
        'Content-Disposition: form-data; name="amount"',
        "Content-Transfer-Encoding: binary",
        "Content-Type: text/plain; charset=UTF-8",
        "Content-Length: 1",
      ],
      "5",
    ),
  ]),
  clientForm("Guzzle 7", [
    part(['Content-Disposition: form-data; name="amount"', "Content-Length: 1"], "5"),
    part(
      [
        'Content-Disposition: form-data; name="file"; filename="a.txt"',
        "Content-Length: 1",
        "Content-Type: text/plain",
      ],
      "x",
    ),
  ]),
  clientForm("Spring, RestTemplate", [
    part(
      ['Content-Disposition: form-data; name="amount"', "Content-Type: text/plain;charset=UTF-8", "Content-Length: 1"],
      "5",
    ),
  ]),
  clientForm("Apache HttpClient 4", [
    part(
      [
        'Content-Disposition: form-data; name="amount"',
        "Content-Type: text/plain; charset=ISO-8859-1",
        "Content-Transfer-Encoding: 8bit",
      ],
      "5",
    ),
    part(
      [
        'Content-Disposition: form-data; name="file"; filename="a.txt"',
        "Content-Type: application/octet-stream",
        "Content-Transfer-Encoding: binary",
      ],
      "x",
    ),
  ]),
  clientForm("requests", [
    field("amount", "5"),
    part(['Content-Disposition: form-data; name="file"; filename="ä.txt"'], "x"),
  ]),
  clientForm("aiohttp", [
    part(["Content-Type: text/plain; charset=utf-8", 'Content-Disposition: form-data; name="amount"'], "5"),
    part(["Content-Type: text/plain", `Content-Disposition: form-data; name="file"; filename="a.txt"`], "x"),
  ]),
  clientForm(
    "curl",
    [
      field("amount", "5"),
      part(['Content-Disposition: form-data; name="file"; filename="a.txt"', "Content-Type: text/plain"], "x"),
    ],
    { boundary: "------------------------d74496d66958873e" },
  ),
  clientForm("Go, mime/multipart", [
    field("amount", "5"),
    part(
      ['Content-Disposition: form-data; name="file"; filename="a.txt"', "Content-Type: application/octet-stream"],
      "x",
    ),
  ]),
  clientForm(
    "Chromium, with quotes in a file name",
    [
      field("amount", "5"),
      part(['Content-Disposition: form-data; name="file"; filename="my %22a%22.txt"', "Content-Type: text/plain"], "x"),
    ],
    { boundary: "----WebKitFormBoundary7MA4YWxkTrZu0gW" },
  ),
  clientForm("a browser, without a file", [
    field("amount", "5"),
    part(['Content-Disposition: form-data; name="file"; filename=""', "Content-Type: application/octet-stream"], ""),
  ]),
  clientForm("a client with headers of its own", [
    part(['Content-Disposition: form-data; name="amount"', "X-Trace: 1", "X-Trace: 2", "Content-ID: <amount>"], "5"),
  ]),
];
