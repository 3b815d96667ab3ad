import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readRegularFile } from "../../cli/common/input-file.ts";
import { environment } from "./support/explain-world.ts";
import { runHere } from "./support/run-command.ts";

const root = path.resolve(import.meta.dirname, "../..");
const made: string[] = [];
let project: string;
let outside: string;

function makeFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "files-"));
  made.push(folder);
  return folder;
}

const worker = `import { App, createGate, origin, requireAuth } from ${JSON.stringify(path.join(root, "src/index.ts"))};
const routes = new App({ title: "Orders" });
routes.get("/orders", { hooks: requireAuth("orders.read") }, origin());
export default createGate({ routes });`;

const document = JSON.stringify({
  openapi: "3.1.0",
  info: { title: "Orders", version: "1" },
  paths: { "/health": { get: { responses: { 200: { description: "OK" } }, security: [] } } },
});

beforeEach(() => {
  project = makeFolder();
  outside = makeFolder();
  writeFileSync(path.join(project, "wrangler.json"), JSON.stringify({ main: "worker.ts", vars: environment }));
  writeFileSync(path.join(project, "worker.ts"), worker);
  writeFileSync(path.join(project, "openapi.json"), document);
  writeFileSync(
    path.join(project, "cases.yaml"),
    "cases:\n  - name: no token\n    method: GET\n    path: /orders\n    caller: none\n    expect: { status: 401 }\n",
  );
  vi.spyOn(process, "cwd").mockImplementation(() => project);
});
afterEach(() => void vi.restoreAllMocks());
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true });
});

const inProject = (name: string) => path.join(project, name);

/** Each command with a file that it reads, at the word of the user or of a configuration. */
const readers: readonly (readonly [what: string, args: readonly string[], file: string])[] = [
  ["doctor, its configuration", ["doctor", "--offline"], "wrangler.json"],
  ["doctor, the variables", ["doctor", "--offline"], ".dev.vars"],
  ["doctor, the worker", ["doctor", "--offline"], "worker.ts"],
  ["doctor, a document", ["doctor", "--offline", "--openapi", "input.json"], "input.json"],
  ["explain, keys", ["explain", "a.b.c", "--keys", "keys.json"], "keys.json"],
  ["compile, the document", ["compile", "input.json", "--out", "routes.ts", "--public", "GET /health"], "input.json"],
  ["compile, its output", ["compile", "openapi.json", "--out", "routes.ts", "--public", "GET /health"], "routes.ts"],
  [
    "compile --check",
    ["compile", "openapi.json", "--out", "routes.ts", "--public", "GET /health", "--check"],
    "routes.ts",
  ],
  ["diff, a document", ["diff", "input.json", "worker.ts"], "input.json"],
  ["diff, a module", ["diff", "worker.ts", "input.ts"], "input.ts"],
  ["test, the cases", ["test", "input.yaml"], "input.yaml"],
  ["test, its output", ["test", "cases.yaml", "--junit", "results.xml"], "results.xml"],
  ["openapi, its output", ["openapi", "--out", "out.json"], "out.json"],
  ["entra, its configuration", ["entra", "--port", "0", "--config", "entra.yaml"], "entra.yaml"],
  ["entra, its keys", ["entra", "--port", "0", "--keys", "keys.json"], "keys.json"],
  ["init, the configuration", ["init", ".", "--yes"], "wrangler.json"],
  ["init, the worker", ["init", ".", "--yes"], "worker.ts"],
  ["init, a policy", ["init", "new", "--yes", "--from", "apim", "policy.xml"], "policy.xml"],
];

const refusals = {
  "a pipe without a writer": (at: string) => execFileSync("mkfifo", ["-m", "600", at]),
  "a device without an end": (at: string) => symlinkSync("/dev/zero", at),
  "a folder": (at: string) => mkdirSync(at),
  "a file of 4 GB": (at: string) => {
    writeFileSync(at, "", { mode: 0o600 });
    truncateSync(at, 2 ** 32);
  },
};
const kinds = Object.keys(refusals) as (keyof typeof refusals)[];

/** One reader of each way to a file. The others share it, and get only a pipe, at which a read never ends. */
const ways = ["doctor, its configuration", "compile, the document", "compile, its output", "diff, a module"];

describe.each(readers)("%s", (what, args, file) => {
  it.each(ways.includes(what) ? kinds : kinds.slice(0, 1))("does not read %s", async (kind) => {
    rmSync(inProject(file), { force: true });
    refusals[kind](inProject(file));
    const { code, stdout, stderr } = await runHere(
      args.map((each) => (each === file ? inProject(file) : each)).map(absolute),
    );
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(
      /it is not a regular file|is not a file|larger than 32|is a link|leads out of|other users can read|compare two folders, or two files/,
    );
  });
});

/** Each file that dev reads itself: of a project for Workers, and of one for Node. */
const devFiles: readonly (readonly [file: string, others: Readonly<Record<string, string>>])[] = [
  ["wrangler.json", {}],
  [".dev.vars", {}],
  ["package.json", {}],
  ["deno.json", {}],
  [".env", { "package.json": '{"scripts": {"start": "node server.js"}}' }],
  ["server.js", { "package.json": '{"scripts": {"start": "node server.js"}}' }],
];

it.each(devFiles)("dev does not read a pipe without a writer in place of %s", (file, others) => {
  if (!["wrangler.json", ".dev.vars"].includes(file)) rmSync(inProject("wrangler.json"));
  for (const [name, text] of Object.entries(others)) writeFileSync(inProject(name), text);
  rmSync(inProject(file), { force: true });
  execFileSync("mkfifo", ["-m", "600", inProject(file)]);
  if (existsSync(inProject("wrangler.json"))) {
    mkdirSync(inProject("node_modules"));
    symlinkSync(path.join(root, "node_modules/wrangler"), inProject("node_modules/wrangler"));
  }
  // It ends its process.
  const command = [path.join(root, "cli/entra-gate.js"), "dev", "--port", "0"];
  const options = { cwd: project, encoding: "utf8", timeout: 60_000, killSignal: "SIGKILL" } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, command, options);
  expect([status, stdout]).toEqual([3, ""]);
  expect(stderr).toContain("it is not a regular file");
});

it.each([["package.json"], ["deno.jsonc"]])(
  "doctor --adapter does not read a pipe without a writer in place of %s",
  (file) => {
    rmSync(inProject("wrangler.json"));
    writeFileSync(inProject(".env"), "ENTRA_TENANT_ID=a\n");
    rmSync(inProject(file), { force: true });
    execFileSync("mkfifo", ["-m", "600", inProject(file)]);
    const command = [path.join(root, "cli/entra-gate.js"), "doctor", "--adapter", "--offline"];
    const options = { cwd: project, encoding: "utf8", timeout: 60_000, killSignal: "SIGKILL" } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, command, options);
    expect([status, stdout]).toEqual([3, ""]);
    expect(stderr).toContain(`${file} cannot be read: it is not a regular file`);
  },
);

/** Paths of options are relative to the folder of the process, which a test does not change. */
function absolute(argument: string): string {
  return /^[\w-]+\.(?:json|ya?ml|ts|xml)$|^(?:\.|new)$/.test(argument) ? inProject(argument) : argument;
}

describe("a certificate of entra --config", () => {
  it.each([
    ["/dev/zero", "it is not a regular file"],
    ["pipe", "it is not a regular file"],
    ["large.pem", "it is larger than 4096 KiB"],
  ])("is not read from %s", async (certificate, message) => {
    execFileSync("mkfifo", [inProject("pipe")]);
    writeFileSync(inProject("large.pem"), "");
    truncateSync(inProject("large.pem"), 2 ** 32);
    writeFileSync(inProject("entra.yaml"), `apps:\n  shop:\n    certificates: [${certificate}]\n`);
    const before = process.memoryUsage().rss;
    const { code, stderr } = await runHere(["entra", "--port", "0", "--config", inProject("entra.yaml")]);
    expect([code, stderr]).toEqual([3, expect.stringContaining(message)]);
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
  });

  it("counts for the limit of all of them", async () => {
    writeFileSync(inProject("one.pem"), "x".repeat(1e6));
    writeFileSync(
      inProject("entra.yaml"),
      `apps:\n  shop:\n    certificates: [${Array(5).fill("one.pem").join(", ")}]\n`,
    );
    const { code, stderr } = await runHere(["entra", "--port", "0", "--config", inProject("entra.yaml")]);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/certificates\.4: .*it is larger than/)]);
  });
});

it("a file is read to its end, and not beyond the limit", () => {
  writeFileSync(inProject("file"), Buffer.alloc(200_000, 7));
  expect(readRegularFile(inProject("file"), 200_000)).toEqual(Buffer.alloc(200_000, 7));
  expect(() => readRegularFile(inProject("file"), 199_999)).toThrow("it is larger than");
  // Its size is 0.
  expect(readRegularFile("/proc/self/status").toString()).toContain("VmRSS");
  expect(() => readRegularFile("/proc/self/status", 10)).toThrow("it is larger than");
});

/** Each command that writes a file, with the option that names it, and the file that it writes by itself. */
const writers: readonly (readonly [command: string, args: readonly string[], file: string])[] = [
  ["compile", ["compile", "openapi.json", "--public", "GET /health", "--out"], "out.ts"],
  ["openapi", ["openapi", "--out"], "out.json"],
  ["test", ["test", "cases.yaml", "--junit"], "results.xml"],
  ["keygen", ["keygen", "--out"], "key.pem"],
];

describe.each(writers)("%s writes no file", (_command, args, file) => {
  const run = (name: string) => runHere([...args.map(absolute), path.join(project, name)]);

  it("outside its folder, by a link", async () => {
    mkdirSync(path.join(outside, "present"));
    for (const target of ["present", "new"]) {
      symlinkSync(path.join(outside, target), inProject(target));
      expect(await run(`${target}/${file}`)).toMatchObject({ code: 3, stderr: expect.stringMatching(/lead/) });
      expect(await run(`${target}/below/${file}`)).toMatchObject({ code: 3, stderr: expect.stringMatching(/lead/) });
    }
    symlinkSync(path.join(outside, file), inProject(file));
    expect(await run(file)).toMatchObject({ code: 3, stderr: expect.stringMatching(/lead/) });
    writeFileSync(path.join(outside, file), "");
    expect(await run(file)).toMatchObject({ code: 3, stderr: expect.stringMatching(/lead/) });
    expect([readFileSync(path.join(outside, file), "utf8"), existsSync(path.join(outside, "new"))]).toEqual([
      "",
      false,
    ]);
  });

  it("into the repository of Git", async () => {
    mkdirSync(inProject(".git/hooks"), { recursive: true });
    symlinkSync(".git/hooks", inProject("hooks"));
    expect(await run(`hooks/${file}`)).toMatchObject({ code: 3, stderr: expect.stringContaining("repository of Git") });
    expect(existsSync(inProject(`.git/hooks/${file}`))).toBe(false);
  });

  it("to which a link leads outside, where only the user can name it", async () => {
    writeFileSync(path.join(outside, "target"), "");
    symlinkSync("target", path.join(outside, file));
    const { code, stderr } = await runHere([...args.map(absolute), path.join(outside, file)]);
    expect([code, stderr]).toEqual([3, expect.stringContaining("is a link")]);
    expect(readFileSync(path.join(outside, "target"), "utf8")).toBe("");
    expect(await runHere([...args.map(absolute), path.join(outside, `new/${file}`)])).toMatchObject({
      code: args[0] === "keygen" ? 3 : 0,
    });
  });
});

it("another name of a file keeps its content", async () => {
  expect(await runHere(["openapi", "--out", inProject("out.json")])).toMatchObject({ code: 0 });
  writeFileSync(inProject("out.json"), '{"openapi": "old"}', { mode: 0o640 });
  linkSync(inProject("out.json"), path.join(outside, "other.json"));
  expect(await runHere(["openapi", "--out", inProject("out.json")])).toMatchObject({ code: 0 });
  expect(readFileSync(path.join(outside, "other.json"), "utf8")).toBe('{"openapi": "old"}');
  expect(readFileSync(inProject("out.json"), "utf8")).toContain('"Orders"');
});

it("entra --keys creates no file by a link", async () => {
  symlinkSync(outside, inProject("folder"));
  const { code, stderr } = await runHere(["entra", "--port", "0", "--keys", inProject("folder/keys.json")]);
  expect([code, stderr]).toEqual([3, expect.stringContaining("leads out of")]);
  symlinkSync(path.join(outside, "keys.json"), inProject("keys.json"));
  expect(await runHere(["entra", "--port", "0", "--keys", inProject("keys.json")])).toMatchObject({ code: 3 });
  expect(existsSync(path.join(outside, "keys.json"))).toBe(false);
});

it.each([
  ["in place of a folder", "worker.ts/keys.json"],
  ["behind a folder that does not exist", "new/../openapi.json"],
])("entra --keys says that it cannot write a file %s", async (_where, file) => {
  const { code, stderr } = await runHere(["entra", "--port", "0", "--keys", `${project}/${file}`]);
  expect([code, stderr]).toEqual([3, expect.stringMatching(/cannot (?:be written|read)/)]);
});
