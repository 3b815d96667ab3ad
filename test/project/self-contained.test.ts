import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");

const keychain = "~/Library/Keychains/login.keychain-db";
const localAuthority = "~/.local/share/entra-gate/local-authority";

/** Text that is data, that tells readers about a program of their own, or that is about the user's data folder. */
const data: Readonly<Record<string, readonly string[]>> = {
  // Tests set another data folder.
  "cli/entra/authority-files.ts": ["homedir("],
  "cli/entra/guide.ts": [keychain],
  "cli/main.ts": ["~/.bashrc", "~/.zshrc", "~/.config/fish/config.fish"],
  "docs/how-to/use-a-local-entra.md": [`${localAuthority}/authority.pem`],
  "docs/reference/cli.md": ["~/.bashrc", "~/.zshrc", "~/.config/fish/config.fish"],
  "docs/reference/local-entra.md": [keychain, localAuthority, "~/Library/Application"],
  "docs/tutorials/put-your-mcp-server-behind-entra.md": ["~/.codex/config.toml"],
  "test/config/origin.test.ts": ["/etc/passwd"],
  "test/project/architecture.test.ts": ["../../../elsewhere.ts"],
  "test/support/assertion-rows.ts": ["../../../../dev/null"],
  "test/worker/hostile-kid.test.ts": ["../../../../../../etc/passwd", "/etc/passwd"],
};

/** Folders of a machine. Installed programs are in /usr, and temporary folders in /tmp. */
const ofMachine = /(?<![\w.:/*$}\])@-])\/(?:home|root|Users|work|workspace|mnt|media|srv|opt|etc|var|data)\/[\w.-]+/g;
const ofUser = /(?<=["'`\s(=])(?:~\/|[A-Z]:\\)[\w.\\/-]*|\bhomedir\(|\benv\.(?:HOME|USERPROFILE)\b/g;
/** A path upwards where a path can begin. */
const upwards = /(?<=["'`\s(=<]|\}\/)\.\.(?![\w.])(?:\/\.\.)*(?:\/[\w.*{}-]+)*/g;
/** A path upwards from a folder that is not that of the file. */
const fromElsewhere =
  /\b(?:join|resolve)\(\s*(?!import\.meta\.dirname)([^\s,()]+(?:\([^()]*\))?),\s*["'`](\.\.[^"'`]*)/g;
/** A path from the working directory, which is the root. */
const fromRoot =
  /(?<!\.meta\.)\b(?:read|write|exists|stat|open|cp|copy|rm|mk|readdir|glob)\w*\(\s*\[?\s*["'`](\.\.[^"'`]*)/g;

/** Names of places outside the project in a file. */
function findOutside(file: string, text: string): readonly string[] {
  const whole = joinArguments(text);
  const leaves = (base: string, target: string) => path.posix.join(base, target).startsWith("..");
  const found = [
    ...[...whole.matchAll(ofMachine), ...whole.matchAll(ofUser)].map(([name]) => name),
    ...[...whole.matchAll(upwards)].map(([name]) => name).filter((name) => leaves(path.posix.dirname(file), name)),
    ...[...whole.matchAll(fromElsewhere)].filter(([, base]) => !isTemporary(base!, whole)).map(([, , name]) => name!),
    ...[...whole.matchAll(fromRoot)].map(([, name]) => name!),
  ];
  return found.filter((name) => !data[file]?.includes(name)).map((name) => `${file} names ${name}`);
}

/** Whether a folder is a temporary one of a test. */
function isTemporary(base: string, text: string): boolean {
  return base.startsWith("inject(") || new RegExp(`\\b${base} = (?:await )?(?:mkdtemp|inject\\()`).test(text);
}

/** Writes several arguments of `path.resolve` as one path: `"..", "..", "a"` as `"../../a"`. */
function joinArguments(text: string): string {
  const joined = text.replace(/\b(?:join|resolve)\([^;]*?\)/g, (call) =>
    call.replace(/(["'`])((?:\.\.\/?)+)\1,\s*\1/g, (_, quote, up) => `${quote}${up.replace(/\/?$/, "/")}`),
  );
  return joined === text ? text : joinArguments(joined);
}

const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root });
const files = listed
  .toString()
  .split("\0")
  .filter((file) => file !== "" && !/\.svg$|(?:^|\/)package-lock\.json$/.test(file))
  .filter((file) => file !== "test/project/self-contained.test.ts" && existsSync(path.join(root, file)));

describe("the project", () => {
  it("is covered by the rules", () => {
    expect(files).toEqual(expect.arrayContaining([".ci/run", "package.json", "README.md", "vitest.config.ts"]));
    expect(files.length).toBeGreaterThan(500);
  });

  it("names no place outside itself, except temporary folders and installed programs", () => {
    expect(files.flatMap((file) => findOutside(file, readFileSync(path.join(root, file), "utf8")))).toEqual([]);
  });
});

describe("the rules", () => {
  it.each([
    ["test/keys/a.test.ts", 'import.meta.glob("../../../shared/vectors/*.json");'],
    ["test/project/a.test.ts", 'readFileSync(path.resolve(root, "../shared/a.json"), "utf8");'],
    ["test/project/a.test.ts", 'readFileSync(path.join(root, "..", "shared", "a.json"), "utf8");'],
    ["test/worker/a.test.ts", 'path.resolve(import.meta.dirname, "../../../shared/vectors");'],
    ["test/worker/a.test.ts", 'path.resolve(import.meta.dirname, "..", "..", "..", "shared");'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a file.
    ["test/worker/a.test.ts", "readFile(`${import.meta.dirname}/../../../shared/a.json`);"],
    ["test/worker/a.test.ts", 'readFileSync("../shared/a.json", "utf8");'],
    ["src/a.ts", 'import { a } from "../../elsewhere.ts";'],
    ["package.json", '"test": "node ../tools/run.js"'],
    ["tsconfig.json", '"extends": "../tsconfig.json"'],
    [".ci/run", "cp ../../shared/a.json test/"],
    [".ci/run", "cp /work/shared/a.json test/"],
    ["docs/how-to/a.md", "[the design](../../../shared/design.md)"],
    ["docs/how-to/a.md", "Read `/home/me/design.md`."],
    ["README.md", "cd ../my-worker"],
    ["tools/a.ts", 'const cache = path.join(homedir(), ".cache");'],
    ["tools/a.ts", "const cache = process.env.HOME;"],
    ["tools/a.sh", "ls ~/shared"],
  ])("forbid %s to contain %s", (file, text) => {
    expect(findOutside(file, text)).not.toEqual([]);
  });

  it.each([
    ["test/keys/a.test.ts", 'import.meta.glob("../vectors/wycheproof/key.json");'],
    ["test/keys/a.test.ts", 'path.resolve(import.meta.dirname, "../..");'],
    ["test/package/a.test.ts", 'path.join(inject("consumer"), "../passport");'],
    ["test/package/a.test.ts", 'const folder = mkdtempSync("a");\npath.join(folder, "../b");'],
    ["tools/config/tsconfig.node.json", '"include": ["..", "../../cli"]'],
    ["docs/how-to/a.md", "[Paths](../explanation/paths.md) and <https://example.com/home/a>"],
    [".ci/run", '#!/usr/bin/env bash\ncd "$(dirname "$0")/.." # 2>/dev/null'],
    ["test/support/a.ts", '"/usr/bin/chromium"; "/tmp/a"; "/orders/data/1"; [ ...rest, 1];'],
  ])("allow %s to contain %s", (file, text) => {
    expect(findOutside(file, text)).toEqual([]);
  });
});
