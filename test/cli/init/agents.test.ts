import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { commit, copyFixture, init, list, makeFolder, read, removeFolders, write } from "./support/folders.ts";

afterAll(removeFolders);

const [, head = "", ...body] = readFileSync(path.resolve("skills/entra-gate/SKILL.md"), "utf8").split(/^---\n/m);
const section = `<!-- entra-gate -->\n${body.join("").trim()}\n<!-- /entra-gate -->`;

describe("what coding agents read", () => {
  it("is a skill that agents find, by the specification of agentskills.io", () => {
    const { name, description } = parse(head);
    expect([name, description.length <= 1024]).toEqual(["entra-gate", true]);
  });

  it.each(["empty", "worker-toml", "hono", "deno"])("is in AGENTS.md too, in 40 lines: %s", async (name) => {
    const folder = name === "empty" ? makeFolder() : copyFixture(name);
    await init(folder);
    expect(read(folder, "AGENTS.md")).toBe(`${section}\n`);
    expect(section.split("\n").length).toBeLessThanOrEqual(40);
  });

  it.each([
    ["# Own\n", `# Own\n\n${section}\n`],
    [`# Own\n${section.replace("Only requests", "All requests")}\nMore\n`, `# Own\n${section}\nMore\n`],
    ["<!-- entra-gate -->\nOwn\n", `<!-- entra-gate -->\nOwn\n\n${section}\n`],
    [`<!-- entra-gate -->\nOwn\n${section}\n`, `<!-- entra-gate -->\nOwn\n${section}\n`],
  ])("leaves all other text, in a new project and in one that has a gate: %#", async (before, after) => {
    const folder = makeFolder({ "AGENTS.md": before });
    await init(folder);
    expect(read(folder, "AGENTS.md")).toBe(after);
    write(folder, "AGENTS.md", before);
    await init(folder);
    expect(read(folder, "AGENTS.md")).toBe(after);
    expect((await init(folder)).output).toContain("There is nothing to add");
  });

  it("is in no file that Git has not committed", async () => {
    const folder = makeFolder();
    commit(folder);
    write(folder, "AGENTS.md", "# Own\n");
    await expect(init(folder)).rejects.toThrow("Git has not committed AGENTS.md");
    expect(list(folder)).toEqual({ "AGENTS.md": "# Own\n" });
  });
});
