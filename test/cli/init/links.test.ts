import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findGit } from "../../../cli/common/git.ts";
import { commit, copyFixture, init, list, makeFolder, read, removeFolders, write } from "./support/folders.ts";

afterAll(removeFolders);

/** Moves a file or folder of a project to a place outside, and leaves a link. */
function moveOut(folder: string, name: string): string {
  const outside = path.join(makeFolder(), path.basename(name));
  renameSync(path.join(folder, name), outside);
  symlinkSync(outside, path.join(folder, name));
  return outside;
}

/** Every file of a folder, of Git's too, with its content. */
const snapshot = (folder: string) =>
  spawnSync("sh", ["-c", "find . -type f | sort | xargs sha256sum"], { cwd: folder }).stdout.toString();

describe("init stays inside the project", () => {
  it.each(["src", "src/index.ts", "package.json", "wrangler.jsonc"])("if %s is a link that leads out", async (name) => {
    const folder = copyFixture("hono");
    const outside = moveOut(folder, name);
    commit(folder);
    const before = [snapshot(path.dirname(outside)), snapshot(folder)];
    await expect(init(folder)).rejects.toThrow(/ leads out of .*: the command writes only inside$/);
    await expect(init(folder, { dryRun: true })).rejects.toThrow(" leads out of ");
    expect([snapshot(path.dirname(outside)), snapshot(folder)]).toEqual(before);
  });

  it("if the folder of its new test is a link that leads out, or nowhere", async () => {
    const outside = makeFolder();
    for (const target of [outside, path.join(outside, "new")]) {
      const folder = copyFixture("hono");
      symlinkSync(target, path.join(folder, "test"));
      commit(folder);
      await expect(init(folder)).rejects.toThrow(
        /test.gate\.test\.ts (?:leads out of|is, or lies in, a link that leads nowhere)/,
      );
    }
    expect(list(outside)).toEqual({});
  });

  it("if main of Wrangler's configuration leads out", async () => {
    const outer = copyFixture("hono");
    write(outer, "inner/wrangler.jsonc", read(outer, "wrangler.jsonc").replace("src/index.ts", "../src/index.ts"));
    write(outer, "inner/package.json", read(outer, "package.json"));
    commit(outer);
    const files = list(outer);
    await expect(init(path.join(outer, "inner"))).rejects.toThrow("../src/index.ts leads out of");
    expect(list(outer)).toEqual(files);
  });

  it("and out of the repository of Git", async () => {
    const folder = copyFixture("hono");
    symlinkSync(".git", path.join(folder, "test"));
    commit(folder);
    await expect(init(folder)).rejects.toThrow("leads into the repository of Git");
    expect(existsSync(path.join(folder, ".git/gate.test.ts"))).toBe(false);
  });

  it("and changes no file by two names", async () => {
    const folder = copyFixture("hono");
    const manifest = JSON.parse(read(folder, "package.json"));
    spawnSync("rm", ["wrangler.jsonc", "package.json"], { cwd: folder });
    write(
      folder,
      "wrangler.json",
      JSON.stringify({ ...manifest, main: "src/index.ts", compatibility_date: "2026-11-01" }),
    );
    symlinkSync("wrangler.json", path.join(folder, "package.json"));
    commit(folder);
    await expect(init(folder)).rejects.toThrow("two names lead to wrangler.json");
  });

  it("and reads no pipe", async () => {
    const folder = copyFixture("hono");
    spawnSync("rm", ["src/index.ts"], { cwd: folder });
    execFileSync("mkfifo", ["src/index.ts"], { cwd: folder });
    await expect(init(folder)).rejects.toThrow("index.ts cannot be read: it is not a regular file");
  });

  it("and changes no other name of a file", async () => {
    const folder = copyFixture("hono");
    commit(folder);
    const other = path.join(makeFolder(), "other.ts");
    linkSync(path.join(folder, "src/index.ts"), other);
    const before = readFileSync(other, "utf8");
    expect((await init(folder)).code).toBe(0);
    expect(read(folder, "src/index.ts")).toContain("entra-gate");
    expect(readFileSync(other, "utf8")).toBe(before);
  });
});

describe("the printed undo restores everything", () => {
  /** Runs what init prints. */
  function undo(output: string): void {
    const [, command = ""] = /To undo it: (.*)/.exec(output) ?? [];
    const { status, stderr } = spawnSync("sh", ["-c", command], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  }

  it.each(["lib", "src -> lib", "src/index.ts -> ../lib/app.ts"])("of a project with %s", async (layout) => {
    const folder = copyFixture("hono");
    if (layout.startsWith("src ->")) {
      renameSync(path.join(folder, "src"), path.join(folder, "lib"));
      symlinkSync("lib", path.join(folder, "src"));
    } else if (layout.startsWith("src/index.ts")) {
      mkdirSync(path.join(folder, "lib"));
      renameSync(path.join(folder, "src/index.ts"), path.join(folder, "lib/app.ts"));
      symlinkSync("../lib/app.ts", path.join(folder, "src/index.ts"));
    }
    chmodSync(path.join(folder, "package.json"), 0o755);
    commit(folder);
    const before = spawnSync("find", [".", "-not", "-path", "./.git/*", "-ls"], { cwd: folder }).stdout.toString();
    const strip = (text: string) => text.replace(/^\s*\d+|\w{3}\s+\d+\s+\d\d:\d\d/gm, "");
    const files = list(folder);
    const { output } = await init(folder);
    expect(list(folder)).not.toEqual(files);
    undo(output);
    expect(list(folder)).toEqual(files);
    expect(execFileSync("git", ["status", "--porcelain"], { cwd: folder }).toString()).toBe("");
    const after = spawnSync("find", [".", "-not", "-path", "./.git/*", "-ls"], { cwd: folder }).stdout.toString();
    const sorted = (text: string) =>
      strip(text)
        .split("\n")
        .map((line) => line.replace(/\s+/g, " ").replace(/(d\S+ \d+ \S+ \S+) \d+/, "$1"))
        .sort();
    expect(sorted(after)).toEqual(sorted(before));
  });

  it("of names that a shell or Git reads otherwise", async () => {
    for (const name of ["[id].ts", "a b's.ts", "-x.ts", ":(top)x.ts"]) {
      const folder = copyFixture("hono");
      renameSync(path.join(folder, "src/index.ts"), path.join(folder, name));
      write(folder, "wrangler.jsonc", read(folder, "wrangler.jsonc").replace("src/index.ts", name));
      write(folder, "i.ts", "before\n");
      commit(folder);
      write(folder, "i.ts", "mine\n");
      const files = list(folder);
      undo((await init(folder)).output);
      expect(list(folder)).toEqual(files);
    }
  });
});

describe("Git runs no program of the folder", () => {
  const marked = (folder: string) => existsSync(path.join(folder, "mark"));

  /** Runs git with its result as text. */
  const git = (folder: string, ...args: readonly string[]) =>
    execFileSync("git", args, { cwd: folder, encoding: "utf8" });

  it("of a folder that is laid out as a bare repository", async () => {
    const folder = copyFixture("hono");
    const mark = path.join(folder, "mark");
    git(folder, "init", "--quiet", "--bare", "inner.git");
    for (const name of ["HEAD", "objects", "refs"])
      renameSync(path.join(folder, "inner.git", name), path.join(folder, name));
    write(
      folder,
      "config",
      `[core]\nrepositoryformatversion = 0\nbare = false\nworktree = ${folder}\nfsmonitor = touch ${mark}; false\n`,
    );
    spawnSync("git", ["status"], { cwd: folder });
    // Git itself runs the command.
    expect(marked(folder)).toBe(true);
    spawnSync("rm", [mark]);
    expect(findGit(folder)).toBeUndefined();
    expect((await init(folder)).output).toContain("To undo the new ones: ");
    expect(marked(folder)).toBe(false);
  });

  it.each(["the folder", "a worktree", "a submodule"])("of a configuration of %s", async (kind) => {
    const folder = copyFixture("hono");
    write(folder, ".gitattributes", "* filter=evil diff=evil\n");
    commit(folder);
    let work = folder;
    if (kind === "a worktree") {
      work = path.join(makeFolder(), "work");
      git(folder, "worktree", "add", "--quiet", work);
    } else if (kind === "a submodule") {
      work = path.join(makeFolder(), "sub");
      const outer = path.dirname(work);
      git(outer, "init", "--quiet");
      git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", folder, "sub");
    }
    const mark = path.join(makeFolder(), "mark");
    const hooks = makeFolder();
    for (const hook of ["post-index-change", "fsmonitor-watchman", "reference-transaction"]) {
      write(hooks, hook, `#!/bin/sh\ntouch ${mark}\n`);
      chmodSync(path.join(hooks, hook), 0o755);
    }
    const run = `touch ${mark}; cat`;
    const settings = {
      "core.fsmonitor": `touch ${mark}; false`,
      "core.hooksPath": hooks,
      "core.pager": run,
      "core.sshCommand": run,
      "core.askPass": run,
      "core.alternateRefsCommand": run,
      "diff.external": run,
      "diff.evil.textconv": run,
      "diff.evil.command": run,
      "filter.evil.clean": run,
      "filter.evil.smudge": run,
      "filter.evil.process": run,
      "filter.evil.required": "true",
      "pager.rev-parse": run,
      "pager.cat-file": run,
      "alias.rev-parse": `!${run}`,
      "gpg.program": run,
      "credential.helper": `!${run}`,
    };
    for (const [name, value] of Object.entries(settings)) git(work, "config", name, value);
    // The file looks changed, so that Git would compare its content.
    write(work, "src/index.ts", read(work, "src/index.ts"));
    const own = findGit(work);
    expect([own?.isCommitted("src/index.ts"), own?.isIgnored(".env")]).toEqual([true, false]);
    expect(existsSync(mark)).toBe(false);
    expect((await init(work)).output).toContain("To undo it: ");
    expect(existsSync(mark)).toBe(false);
    spawnSync("git", ["status"], { cwd: work });
    // Git itself runs one of them.
    expect(existsSync(mark)).toBe(true);
  });

  it("to fetch what a partial clone lacks", () => {
    const folder = copyFixture("hono");
    commit(folder);
    const mark = path.join(makeFolder(), "mark");
    const blob = git(folder, "rev-parse", "HEAD:src/index.ts").trim();
    spawnSync("rm", ["-f", path.join(folder, ".git/objects", blob.slice(0, 2), blob.slice(2))]);
    const settings = {
      "core.repositoryformatversion": "1",
      "extensions.partialClone": "evil",
      "remote.evil.promisor": "true",
      "remote.evil.url": `ext::sh -c touch% ${mark}`,
      "protocol.ext.allow": "always",
    };
    for (const [name, value] of Object.entries(settings)) git(folder, "config", name, value);
    expect(findGit(folder)?.isCommitted("src/index.ts")).toBe(false);
    expect(existsSync(mark)).toBe(false);
    spawnSync("git", ["cat-file", "blob", blob], { cwd: folder });
    expect(existsSync(mark)).toBe(true);
  });

  it("and asks about the folder, whatever the environment names", () => {
    const [folder, other] = [copyFixture("hono"), copyFixture("hono")];
    for (const each of [folder, other]) commit(each);
    write(folder, "src/index.ts", "mine");
    process.env.GIT_DIR = path.join(other, ".git");
    process.env.GIT_WORK_TREE = other;
    try {
      expect(findGit(folder)?.isCommitted("src/index.ts")).toBe(false);
    } finally {
      delete process.env.GIT_DIR;
      delete process.env.GIT_WORK_TREE;
    }
  });

  it.each([
    ["is assumed unchanged", ["update-index", "--assume-unchanged", "src/index.ts"]],
    ["is skipped", ["update-index", "--skip-worktree", "src/index.ts"]],
    ["is staged", ["add", "src/index.ts"]],
  ])("and does not lose a change that %s", async (_, args) => {
    const folder = copyFixture("hono");
    commit(folder);
    writeFileSync(path.join(folder, "src/index.ts"), `${read(folder, "src/index.ts")}// mine\n`);
    git(folder, ...args);
    await expect(init(folder)).rejects.toThrow("Git has not committed src/index.ts");
  });

  it("and does not restore what is staged alone", async () => {
    const folder = copyFixture("hono");
    commit(folder);
    const text = read(folder, "src/index.ts");
    write(folder, "src/index.ts", `${text}// staged\n`);
    git(folder, "add", "src/index.ts");
    write(folder, "src/index.ts", text);
    await expect(init(folder)).rejects.toThrow("Git has not committed src/index.ts");
  });
});
