import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { variables, withFiles } from "../support.ts";

const bin = path.resolve(import.meta.dirname, "../../../../cli/entra-gate.js");

interface Run {
  readonly code: number;
  readonly output: string;
}

/** Runs the command in a process with 512 MB. */
function runWithin512(folder: string, args: readonly string[]): Promise<Run> {
  const options = { cwd: folder, env: { PATH: process.env.PATH, ...variables }, maxBuffer: 1e9 };
  return new Promise((resolve) => {
    const all = ["--max-old-space-size=512", bin, "compile", ...args];
    execFile(process.execPath, all, options, (error, stdout, stderr) =>
      resolve({
        code: error === null ? 0 : typeof error.code === "number" ? error.code : -1,
        output: stdout + stderr.slice(-10_000),
      }),
    );
  });
}

const many = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index));
const json = (members: string) =>
  `{"openapi":"3.1.0","info":{"title":"a","version":"1"},${members},"components":{"securitySchemes":{"b":{"type":"http","scheme":"bearer"}}}}`;
const item = (role: string) => `{"get":{"security":[{"b":["${role}"]}]}}`;
/** A path of eleven segments, each of which is fixed or a parameter. */
const mixed = (index: number) =>
  Array.from({ length: 11 }, (_, bit) => ((index >> bit) & 1 ? "/a" : `/{p${bit}}`)).join("");

/** Documents of a fuzzer, and what the command says. */
const hostile: readonly (readonly [what: string, name: string, says: RegExp, text: () => string])[] = [
  [
    "10,000 operations",
    "a.json",
    /^Wrote 10000 routes/,
    () => json(`"paths":{${many(10_000, (index) => `"/a${index}":${item("A")}`)}}`),
  ],
  [
    "10 MB of operations in YAML",
    "a.yaml",
    /20000 faults/,
    () => {
      const line = (index: number) => `  /a${index}: { get: { summary: "${"a".repeat(460)}", security: [] } }\n`;
      return `openapi: 3.1.0\npaths:\n${many(20_000, line).join("")}`;
    },
  ],
  [
    "a large requirement that every operation inherits",
    "a.json",
    /has requirements that need more than 32 MB/,
    () => {
      const names = many(200, (index) => `"${"a".repeat(40_000)}${index}"`);
      return json(`"security":[{"b":[${names}]}],"paths":{${many(10_000, (index) => `"/a${index}":{"get":{}}`)}}`);
    },
  ],
  [
    "thousands of paths that overlap",
    "a.json",
    /has too many similar paths of GET to compare/,
    () => json(`"paths":{${many(2_048, (index) => `"${mixed(index)}":${item("A")}`)}}`),
  ],
  ["31 MB of nothing", "a.yaml", /is not YAML 1\.2/, () => " ".repeat(31 * 1024 * 1024)],
  [
    "100,000 references in a chain",
    "a.json",
    /names a part that does not exist/,
    () => {
      const next = (index: number) => `"a${index}":{"$ref":"#/webhooks/a${index + 1}"}`;
      return json(`"paths":{},"webhooks":{${many(100_000, next)}}`);
    },
  ],
];

it.each(hostile)("the command ends with %s, within 512 MB", async (_what, name, says, text) => {
  await withFiles({ [name]: text() }, async (folder) => {
    const { code, output } = await runWithin512(folder, [name, "--out", "out.ts"]);
    expect(output).toMatch(says);
    const isWritten = code === 0;
    expect([code, existsSync(path.join(folder, "out.ts"))]).toEqual([isWritten ? 0 : 1, isWritten]);
  });
});
