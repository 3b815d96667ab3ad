import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { runCommand } from "../../../cli/main.ts";
import { documentOf, operationOf, variables, withFiles } from "./support.ts";

const good = { security: [{ entra: ["orders.write"] }] };

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** Runs the command in this process, as if it was in the folder of a document. */
async function run(folder: string, args: readonly string[], env: Record<string, string> = variables): Promise<Run> {
  const written = { stdout: "", stderr: "" };
  vi.spyOn(process, "cwd").mockReturnValue(folder);
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  for (const name of ["stdout", "stderr"] as const) {
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      written[name] += text;
      return true;
    });
  }
  vi.spyOn(console, "log").mockImplementation((text) => process.stdout.write(`${text}\n`));
  vi.spyOn(console, "error").mockImplementation((text) => process.stderr.write(`${text}\n`));
  const code = await runCommand(["compile", ...args]);
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  return { code, ...written };
}

describe("entra-gate compile", () => {
  const args = ["openapi.json", "--out", "src/routes.openapi.ts"];

  it("writes the module, and finds it current until the document changes", async () => {
    await withFiles({ "openapi.json": operationOf(good) }, async (folder) => {
      const out = path.join(folder, "src/routes.openapi.ts");
      const missing = await run(folder, [...args, "--check"]);
      expect([missing.code, missing.stdout]).toEqual([
        1,
        "src/routes.openapi.ts is stale. Run the command without --check.\n",
      ]);
      expect(existsSync(out)).toBe(false);
      const written = await run(folder, args);
      expect(written).toEqual({ code: 0, stdout: "Wrote 1 route to src/routes.openapi.ts.\n", stderr: "" });
      writeFileSync(out, readFileSync(out, "utf8").replaceAll("\n", "\r\n"));
      expect(await run(folder, [...args, "--check"])).toMatchObject({ code: 0 });
      writeFileSync(path.join(folder, "openapi.json"), JSON.stringify(operationOf({ ...good, summary: "" })));
      expect(await run(folder, [...args, "--check"])).toMatchObject({ code: 1 });
    });
  });

  it("reports all faults, and leaves the module as it is", async () => {
    await withFiles({ "api/openapi.json": operationOf(good) }, async (folder) => {
      const inner = ["api/openapi.json", "--out", "routes.ts"];
      await run(folder, inner);
      const before = readFileSync(path.join(folder, "routes.ts"), "utf8");
      const faulty = documentOf({ "/a\u001b[2J": { get: good }, "/b": { get: { security: [] } } });
      writeFileSync(path.join(folder, "api/openapi.json"), JSON.stringify(faulty));
      const refused = await run(folder, inner);
      expect([refused.code, refused.stdout]).toEqual([1, ""]);
      expect(refused.stderr.split("\n")).toEqual([
        "api/openapi.json#/paths/~1a\\u{1b}[2J",
        String.raw`  has the segment "a\u001b[2J", which no route of the gate can have`,
        "  fix: Use letters, digits and - . _ ~ ! $ & ' ( ) + , = @ in a segment.",
        "api/openapi.json#/paths/~1b/get",
        "  is public",
        '  fix: Require a scope or a role, or add --public "GET /b".',
        "2 faults. Nothing was written.",
        "",
      ]);
      const json = JSON.parse((await run(folder, [...inner, "--json"])).stdout);
      expect(json).toMatchObject({
        state: "refused",
        faults: [{ file: "openapi.json" }, { pointer: "/paths/~1b/get" }],
      });
      expect(readFileSync(path.join(folder, "routes.ts"), "utf8")).toBe(before);
    });
  });

  it("writes equal faults once, with their places", async () => {
    const paths = Object.fromEntries(Array.from({ length: 7 }, (_, at) => [`/p${at}`, { get: {} }]));
    await withFiles({ "openapi.json": documentOf({ ...paths, "/a{b}": { get: good } }) }, async (folder) => {
      const { stderr } = await run(folder, args);
      expect(stderr.split("\n")).toEqual([
        ...[0, 1, 2, 3, 4].map((at) => `openapi.json#/paths/~1p${at}/get`),
        "and 2 other places",
        "  has no security, and neither has the document",
        expect.stringMatching(/^ {2}fix: /),
        "openapi.json#/paths/~1a{b}",
        expect.stringContaining("a parameter of the gate is a whole segment"),
        expect.stringMatching(/^ {2}fix: /),
        "8 faults of 2 kinds. Nothing was written.",
        "",
      ]);
    });
  });

  it("leaves operations out, of which neither the path nor the security matters, and names them", async () => {
    const document = documentOf({
      "/orders": { get: good, trace: {} },
      "/compare/{base}...{head}": { get: {}, put: { security: "x" } },
      "/orders/{id}": { get: good },
      "/orders/{number}": { delete: good },
    });
    const skipped = [
      "TRACE /orders",
      "GET /compare/{base}...{head}",
      "PUT /compare/{base}...{head}",
      "DELETE /orders/{number}",
    ];
    await withFiles({ "openapi.json": document }, async (folder) => {
      expect(await run(folder, args)).toMatchObject({ code: 1 });
      const { code, stdout, stderr } = await run(folder, [...args, "--skip", ...skipped]);
      expect([code, stderr, stdout.split("\n")]).toEqual([
        0,
        "",
        [
          "Wrote 2 routes to src/routes.openapi.ts.",
          'Left out 4 operations. A gate with unlisted: "reject" refuses requests that no other operation describes:',
          ...skipped.map((name) => `  ${name}`),
          "",
        ],
      ]);
      const module = readFileSync(path.join(folder, "src/routes.openapi.ts"), "utf8");
      expect(module).toContain('// left out: "GET /compare/{base}...{head}"\n');
      expect(module.match(/routes\.route/g)).toHaveLength(2);
      expect(JSON.parse((await run(folder, [...args, "--skip", ...skipped, "--json"])).stdout)).toMatchObject({
        skipped,
      });
    });
  });

  it("leaves no operation out whose requests go to another origin", async () => {
    const [own, other] = [{ get: good }, { get: { ...good, "x-entra-origin": "books" } }];
    const skip = [...args, "--skip", "GET /orders/{a}-{b}"];
    const at = "openapi.json#/paths/~1orders~1{a}-{b}/get";
    for (const [path, item, more] of [
      ["/orders/{id}", other, {}],
      ["/orders/{id}", own, { "x-entra-origin": "A" }],
    ] as const) {
      const document = documentOf({ [path]: own, "/orders/{a}-{b}": { ...item, ...more } });
      await withFiles({ "openapi.json": document }, async (folder) => {
        const { code, stderr } = await run(folder, skip);
        expect([code, stderr]).toEqual([1, expect.stringContaining(at)]);
        expect(stderr).toContain(
          "is left out by --skip, but GET /orders/:id matches its requests, with another origin",
        );
        expect(stderr).toContain("fix: Leave that operation out too, or give both the same x-entra-origin.");
      });
    }
    const same = documentOf({ "/orders/{id}": other, "/orders/{a}-{b}": { ...own, "x-entra-origin": "books" } });
    await withFiles({ "openapi.json": same }, async (folder) => {
      expect(await run(folder, skip)).toMatchObject({ code: 0, stderr: "" });
    });
  });

  it("says how to write the name of an origin", async () => {
    const document = documentOf({ "/orders": { get: { ...good, "x-entra-origin": "Billing" } } });
    await withFiles({ "openapi.json": document }, async (folder) => {
      const { code, stderr } = await run(folder, args);
      expect([code, stderr.split("\n")]).toEqual([
        1,
        [
          "openapi.json#/paths/~1orders/get/x-entra-origin",
          '  is "Billing", which is not the name of an origin',
          "  fix: Write x-entra-origin: billing for ORIGIN_BILLING_URL, or zone. A name has lower-case letters, digits and _, and no end such as _url.",
          "1 fault. Nothing was written.",
          "",
        ],
      ]);
    });
  });

  it.each([
    [
      "an operation whose requests another one matches",
      ["GET /orders/{a}-{b}"],
      /GET \/orders\/:id matches its requests, with/,
    ],
    [
      "HEAD, which GET answers",
      ["HEAD /orders/{id}", "GET /orders/{a}-{b}"],
      /~1\{id\}\/head\n.*\n {2}is left out by --skip, but GET/,
    ],
    ["an operation that is not there", ["GET /nowhere"], /has no operation GET \/nowhere, which --skip names/],
    ["what is no operation", ["orders"], /--skip "orders" must look like/],
  ])("does not leave out %s", async (_, skipped, message) => {
    const document = documentOf({
      "/orders/{id}": { get: good, head: { security: [{ entra: ["orders.read"] }] } },
      "/orders/{a}-{b}": { get: { security: [] } },
    });
    await withFiles({ "openapi.json": document }, async (folder) => {
      const { code, stderr } = await run(folder, [...args, "--skip", ...skipped]);
      expect([code > 0, stderr]).toEqual([true, expect.stringMatching(message)]);
    });
  });

  it.each([
    ["no variable", args, {}, /no variable/i],
    ["a faulty variable", args, { ...variables, ENTRA_TENANT_ID: "x" }, /ENTRA_TENANT_ID is "x", not a tenant ID/],
    ["no document", ["none.json", "--out", "a.ts"], variables, /none\.json does not exist/],
    ["no --out", ["openapi.json"], variables, /--out/],
    [
      "a file of somebody else",
      ["openapi.json", "--out", "mine.ts"],
      variables,
      /mine\.ts: the file exists, and compile did not write it/,
    ],
    ["a folder", ["openapi.json", "--out", "."], variables, /--out "\." cannot be read: it is not a regular file/],
    [
      "a file as folder",
      ["openapi.json", "--out", "mine.ts/a.ts"],
      variables,
      /--out "mine\.ts\/a\.ts" cannot be written/,
    ],
    ["an empty name", ["openapi.json", "--out", ""], variables, /--out "" cannot be read: it is not a regular file/],
    ["a malformed operation", [...args, "--public", "/health"], variables, /must look like "GET \/health"/],
    [
      "a malformed tenant",
      [...args, "--tenant", "contoso.com"],
      variables,
      /must look like contoso\.onmicrosoft\.com=/,
    ],
  ])("stops at %s", async (_what, given, env, message) => {
    await withFiles({ "openapi.json": operationOf(good), "mine.ts": "export {};" }, async (folder) => {
      const { code, stderr } = await run(folder, given, env);
      expect([code, stderr]).toEqual([3, expect.stringMatching(message)]);
      expect(readFileSync(path.join(folder, "mine.ts"), "utf8")).toBe("export {};");
    });
  });

  it("requires the scope of --scope of a document with plain bearer tokens, and says how to if it is missing", async () => {
    const schemes = { jwt: { type: "http", scheme: "bearer" } };
    const document = operationOf({ security: [{ jwt: [] }] }, { openapi: "3.0.3", schemes });
    await withFiles({ "openapi.json": document }, async (folder) => {
      const required = { ...variables, ENTRA_REQUIRED_SCOPE: "orders.use" };
      const without = await run(folder, args, required);
      expect([without.code, without.stderr.split("\n")]).toEqual([
        1,
        [
          "openapi.json#/paths/~1orders/get/security/0/jwt",
          "  asks for a bearer token, but names no scope and no role",
          "  fix: Add --scope orders.use if users need this scope, or declare type oauth2 with its flows.",
          "1 fault. Nothing was written.",
          "",
        ],
      ]);
      expect((await run(folder, [...args, "--scope", "api://orders/orders.use"])).code).toBe(0);
      const module = readFileSync(path.join(folder, "src/routes.openapi.ts"), "utf8");
      expect(module).toContain('path: "/orders", hooks: requireAuth("orders.use"), handler');
      for (const scope of ["openid", "orders.*", "api://other/orders.use", ""]) {
        const { code, stderr } = await run(folder, [...args, "--scope", scope]);
        expect([code, stderr]).toEqual([3, expect.stringContaining(`--scope is ${JSON.stringify(scope)}, `)]);
      }
    });
  });

  it("says which app roles have the name of a required scope", async () => {
    const required = { ...variables, ENTRA_REQUIRED_SCOPE: "both orders.read" };
    await withFiles({ "openapi.json": operationOf({ security: [{ entra: ["both"] }] }) }, async (folder) => {
      const { code, stdout } = await run(folder, args, required);
      expect([code, stdout.split("\n").slice(1)]).toEqual([
        0,
        ["Apps need the app role both in 1 route. ENTRA_REQUIRED_SCOPE has a scope of that name.", ""],
      ]);
    });
  });

  it("passes its options on", async () => {
    const key = { type: "apiKey", in: "header", name: "x-key" };
    const document = documentOf(
      {
        "/a": { get: { security: [] } },
        "/b": { get: { security: [] } },
        "/c": { get: { security: [{ ...good.security[0], key: [] }] } },
      },
      { schemes: { key } },
    );
    await withFiles({ "openapi.json": document }, async (folder) => {
      const options = ["--public", "GET /a", "--public", "GET /b", "--origin-checks", "key"];
      expect(await run(folder, [...args, ...options])).toMatchObject({ code: 0 });
    });
  });
});

const many = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index));

/** Documents of a fuzzer, and what the command says. */
const hostile: readonly (readonly [what: string, name: string, says: RegExp, text: string])[] = [
  [
    "aliases that multiply",
    "a.yaml",
    /a\.yaml#\n {2}has aliases that repeat/,
    `a0: &a0 [1,1]\n${many(90, (index) => `a${index + 1}: &a${index + 1} [${`*a${index},`.repeat(9)}]\n`).join("")}openapi: 3.1.0\npaths: *a90\n`,
  ],
  [
    "an alias of itself",
    "a.yaml",
    /a\.yaml#\n {2}is nested deeper/,
    "openapi: 3.1.0\npaths: &a { /a: *a, /b: { get: *a } }\n",
  ],
  ["33 MB", "a.json", /makes the document larger than 32 MB/, " ".repeat(33 * 1024 * 1024)],
  ["bytes that are no JSON", "a.json", /is not JSON/, "\u0000\u0001{"],
];

describe("the command ends with", () => {
  it.each(hostile)("%s", async (_what, name, says, text) => {
    await withFiles({ [name]: text }, async (folder) => {
      const { code, stderr } = await run(folder, [name, "--out", "out.ts"]);
      expect([code, stderr.slice(-10_000)]).toEqual([1, expect.stringMatching(says)]);
      expect(existsSync(path.join(folder, "out.ts"))).toBe(false);
    });
  });
});
