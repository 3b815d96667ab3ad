import { spawnSync } from "node:child_process";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { writeAgents } from "../../../cli/init/agents-file.ts";
import { runInit } from "../../../cli/init/command.ts";
import { answer, commit, copyFixture, init, list, makeFolder, read, removeFolders, write } from "./support/folders.ts";

afterAll(removeFolders);

const root = path.resolve(import.meta.dirname, "../../..");
const wrangler = 'name = "api"\nmain = "src/index.ts"\n';
const project = (text: string) => ({ "package.json": "{}", "wrangler.toml": wrangler, "src/index.ts": text });

describe("init in a project that it does not know", () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ["no project", { "notes.txt": "" }, /is no project that init knows\. init looked for/],
    ["assets alone", { "wrangler.toml": 'name = "a"' }, /wrangler\.toml names no worker/],
    ["a missing file", { "wrangler.toml": wrangler }, /main is src\/index\.ts, which does not exist/],
    ["an enum", project("enum A { B }\nexport default { fetch() {} };"), /src\/index\.ts cannot be read/],
    ["a class", project("export default class {}"), /neither creates a Hono app nor has export default \{ fetch \}/],
    [
      "two apps",
      project('import { Hono } from "hono";\nexport const a = new Hono(), b = new Hono();'),
      /neither creates a Hono app/,
    ],
    ["a server without Hono", { "package.json": "{}", "index.js": "" }, /none of index\.js creates a Hono app/],
    [
      "Deno without Hono",
      { "deno.json": "{}", "main.ts": "Deno.serve(() => new Response());" },
      /none of main\.ts creates/,
    ],
    [
      "a workspace",
      { "package.json": '{ "workspaces": ["apps/*"] }' },
      /run init in the folder of one of its packages/,
    ],
    ["a faulty deno.json", { "deno.json": "{" }, /deno\.json cannot be read: close brace expected in line 1/],
  ])("says what it looked for, and changes nothing: %s", async (_, files, message) => {
    const folder = makeFolder(files);
    await expect(init(folder)).rejects.toThrow(message);
    expect(list(folder)).toEqual(files);
  });

  it("names --bind, with which any worker can have a gate", async () => {
    await expect(init(makeFolder(project("export default class {}")))).rejects.toThrow("add --bind");
    await expect(init(makeFolder(), { yes: true, bind: true })).rejects.toThrow("has no configuration of Wrangler");
  });

  it("refuses the repository of the package itself", async () => {
    await expect(init(root)).rejects.toThrow("is the repository of entra-gate itself");
    await expect(init(path.join(root, "examples/gate"))).rejects.toThrow("is the repository of entra-gate itself");
  });
});

describe("init and Git", () => {
  it.each(["changed", "untracked"])("does not overwrite a file that is %s", async (state) => {
    const folder = copyFixture("hono");
    if (state === "changed") {
      commit(folder);
      write(folder, "src/index.ts", `${read(folder, "src/index.ts")}// mine\n`);
    } else {
      const text = read(folder, "src/index.ts");
      write(folder, ".gitignore", "src");
      commit(folder);
      write(folder, "src/index.ts", text);
    }
    const files = list(folder);
    await expect(init(folder)).rejects.toThrow(
      /^Git has not committed src\/index\.ts, so it could not undo the changes/,
    );
    expect((await init(folder, { dryRun: true })).output).toContain("Nothing was written.");
    expect(list(folder)).toEqual(files);
  });

  it("asks for a commit of an installation too, which the undo would remove", async () => {
    const folder = copyFixture("hono");
    commit(folder);
    const manifest = JSON.parse(read(folder, "package.json"));
    const dependencies = { ...manifest.dependencies, "entra-gate": "file:entra-gate-0.2.0.tgz" };
    write(folder, "package.json", JSON.stringify({ ...manifest, dependencies }));
    await expect(init(folder)).rejects.toThrow("Git has not committed package.json");
    commit(folder);
    expect((await init(folder)).code).toBe(0);
  });

  it("ignores other files that are not committed", async () => {
    const folder = copyFixture("hono");
    commit(folder);
    write(folder, "entra-gate-0.2.0.tgz", "");
    expect((await init(folder)).code).toBe(0);
  });

  it("prints how to undo, and Git can", async () => {
    const folder = copyFixture("hono");
    commit(folder);
    const files = list(folder);
    const { output } = await init(folder);
    const [, command = ""] = /To undo it: (.*)/.exec(output) ?? [];
    expect(spawnSync("sh", ["-c", command]).status).toBe(0);
    expect(list(folder)).toEqual(files);
  });

  it("asks once in a repository, and before each change outside", async () => {
    const inside = copyFixture("hono");
    commit(inside);
    const once = answer([], "later", true);
    await init(inside, {}, once.prompts);
    expect(once.asked.at(-1)).toBe("Write these 6 files?");
    const files = project('import { createGate } from "entra-gate";\nexport default createGate();\n');
    const registered = makeFolder({ ...files, "AGENTS.md": writeAgents() });
    commit(registered);
    const single = answer(true);
    const { output } = await init(registered, { register: "az" }, single.prompts);
    expect(single.asked).toEqual(["Write this file?"]);
    expect(output).toMatch(/^Wrote 1 file\. To undo it/m);
    const outside = copyFixture("hono");
    const each = answer(["GET /health"], "later", false, true, false, false);
    await init(outside, {}, each.prompts);
    expect(each.asked.slice(2)).toEqual([
      "Write these 3 files?",
      "Git cannot restore it. Change src/index.ts?",
      "Git cannot restore it. Change wrangler.jsonc?",
      "Git cannot restore it. Change package.json?",
    ]);
    expect(read(outside, "src/index.ts")).toMatch(/'\/health', \(c\).*\napp\.use\(entra\(\)\)/);
    expect(read(outside, "wrangler.jsonc")).not.toContain("ENTRA");
    expect(list(outside)).not.toHaveProperty("test/gate.test.ts");
    const empty = makeFolder();
    const all = answer("later", true);
    await init(empty, {}, all.prompts);
    expect(all.asked.slice(1)).toEqual([expect.stringMatching(/^Write these \d+ files\?$/)]);
  });

  it("writes nothing if the answer is no", async () => {
    const folder = copyFixture("hono");
    commit(folder);
    const files = list(folder);
    await expect(init(folder, {}, answer([], "later", false).prompts)).rejects.toThrow(
      "cancelled: nothing was changed",
    );
    expect(list(folder)).toEqual(files);
  });
});

describe("init without answers", () => {
  it("needs --yes where there is no terminal", async () => {
    const folder = makeFolder();
    const command = [path.join(root, "cli/entra-gate.js"), "init", folder];
    const { status, stderr } = spawnSync(process.execPath, command, { encoding: "utf8", input: "" });
    expect([status, stderr]).toEqual([
      3,
      expect.stringMatching(/^error: there is no terminal for questions: add --yes/),
    ]);
    expect(list(folder)).toEqual({});
  });

  it("uses placeholders, and says that doctor refuses to deploy them", async () => {
    const folder = makeFolder();
    const { code, output } = await init(folder, {
      yes: true,
      tenant: undefined as never,
      audience: undefined as never,
    });
    expect(code).toBe(0);
    expect(read(folder, "wrangler.jsonc")).toContain('"ENTRA_TENANT_ID": "11111111-2222-3333-4444-555555555555"');
    expect(output).toContain("ENTRA_TENANT_ID and ENTRA_API_AUDIENCE are placeholders.");
  });

  it.each([
    [{ tenant: "contoso.com" }, /--tenant "contoso\.com" must be a GUID in lower case/],
    [{ scope: "api://orders/read" }, /--scope .* must be a short name/],
    [{ origin: "http://origin.contoso.com" }, /ORIGIN_URL uses http/],
    [{ register: "bicep" }, /--register bicep must be one of az, graph, terraform/],
    [{ callback: ["https://app.contoso.com", "nonsense"] }, /--callback nonsense must be an https URL/],
    [{ callback: ["ftp://x"] }, /--callback ftp:\/\/x must be an https URL/],
    [{ callback: ["http://app.contoso.com"] }, /--callback http:\/\/app\.contoso\.com must be an https URL/],
    [{ callback: ["https://app.contoso.com/#a"] }, /--callback .*#a must be an https URL without a fragment/],
    [{ from: ["apim"] }, /--from must look like --from apim policy\.xml/],
    [{ from: ["apim", "no.xml"] }, /--from apim no\.xml: the file does not exist/],
  ])("reports a malformed answer, and writes nothing: %j", async (options, message) => {
    const folder = makeFolder();
    await expect(init(folder, { yes: true, ...options })).rejects.toThrow(message);
    expect(list(folder)).toEqual({});
  });

  it("refuses --from and --mcp where they create no routes", async () => {
    const folder = copyFixture("hono");
    write(folder, "policy.xml", "<policies><inbound><validate-jwt /></inbound></policies>");
    await expect(init(folder, { yes: true, from: ["apim", `${folder}/policy.xml`] })).rejects.toThrow(
      "--from apim creates routes",
    );
    await expect(init(folder, { yes: true, mcp: true })).rejects.toThrow("only in an empty folder");
  });

  it("shows every change and writes nothing with --dry-run", async () => {
    const folder = copyFixture("hono-parts");
    const files = list(folder);
    const { output } = await init(folder, { dryRun: true });
    // An unchanged line beside a change.
    expect(output).toMatch(/^ {3,}"type": "module",$/m);
    expect(output).toContain("+app.use(entra());");
    expect(output).toContain('+import { createTestEntra } from "entra-gate/testing";');
    expect(list(folder)).toEqual(files);
  });

  it("prints at most 40 lines, however much changes", async () => {
    const routes = Array.from({ length: 60 }, (_, index) => `app.get("/r${index}", (c) => c.text(""));`).join("\n");
    const folder = makeFolder(
      project(`import { Hono } from "hono";\nconst app = new Hono();\n${routes}\nexport default app;\n`),
    );
    const { output } = await init(folder);
    expect(output.split("\n").length).toBeLessThanOrEqual(40);
    expect(output).toMatch(/\d+ more lines: --dry-run shows all/);
  });

  it("does not replace a file of the project with one of its own", async () => {
    const folder = copyFixture("hono");
    write(folder, "test/gate.test.ts", "mine");
    const files = list(folder);
    await expect(init(folder)).rejects.toThrow("test/gate.test.ts already exists, with another content");
    expect(list(folder)).toEqual(files);
  });

  it("refuses a public route where it writes none", async () => {
    await expect(runInit(makeFolder(), { yes: true, public: ["/health"] })).rejects.toThrow(
      "--public /health has no effect here",
    );
  });
});
