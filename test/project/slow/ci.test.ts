import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../../..");
const folder = mkdtempSync(path.join(tmpdir(), "entra-gate-ci-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Run {
  /** The last line of its output. */
  readonly last: string | undefined;
  /** The lines before it that name failed checks, from the bottom. */
  readonly failures: readonly string[];
  readonly status: number | null;
  /** The folder in which the commands ran. */
  readonly place: string;
}

/** The paths of programs, those of a test first. */
const keep = (programs: string) => `${programs}:${process.env.PATH}`;

/** Links the programs of this machine into a folder without one of them, and replaces its installer by one that fails. */
function withhold(program: string): (programs: string) => string {
  return (programs) => {
    for (const name of (process.env.PATH ?? "")
      .split(":")
      .filter(existsSync)
      .flatMap((place) => globSync(`${place}/*`)))
      if (path.basename(name) !== program && !existsSync(path.join(programs, path.basename(name))))
        symlinkSync(name, path.join(programs, path.basename(name)));
    writeFileSync(path.join(programs, "apt-get"), "#!/bin/sh\nexit 1\n");
    return programs;
  };
}

/**
 * Runs `.ci/run` in a repository with other scripts. Each notes the folder in which it runs, and ignores its options.
 *
 * @param change gets the folder of the programs that the test replaces, and returns `PATH`
 * @param variables of the environment, in addition to those of this process
 */
function runCi(
  name: string,
  scripts: Readonly<Record<string, string>>,
  change: (programs: string) => string = keep,
  variables: Readonly<Record<string, string>> = {},
): Run {
  const [repository, programs, notes] = ["repository", "programs", "notes"].map((part) =>
    path.join(folder, name, part),
  ) as [string, string, string];
  for (const directory of [path.join(repository, ".ci"), programs]) mkdirSync(directory, { recursive: true });
  cpSync(path.join(root, ".ci/run"), path.join(repository, ".ci/run"));
  const noting = Object.entries(scripts).map(([script, command]) => [script, `pwd > "${notes}"; ${command} #`]);
  const manifest = { name: "sample", version: "1.0.0", scripts: Object.fromEntries(noting) };
  writeFileSync(path.join(repository, "package.json"), JSON.stringify(manifest));
  const { name: _, ...lock } = { ...manifest, lockfileVersion: 3, packages: {} };
  writeFileSync(path.join(repository, "package-lock.json"), JSON.stringify(lock));
  // Without this, the script would install what the machine lacks, such as a browser.
  writeFileSync(path.join(programs, "apt-get"), "");
  chmodSync(path.join(programs, "apt-get"), 0o755);
  const git = (...args: string[]) => execFileSync("git", args, { cwd: repository });
  git("init", "-q");
  git("add", "-A");
  git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "Sample");
  writeFileSync(path.join(repository, "left-out"), "");
  const env = { ...process.env, PATH: change(programs), ...variables };
  const { stdout, status } = spawnSync("bash", [".ci/run"], { cwd: repository, env, encoding: "utf8" });
  const place = existsSync(notes) ? readFileSync(notes, "utf8").trim() : "";
  const [last, ...above] = stdout.trimEnd().split("\n").reverse();
  const failures = above.slice(
    0,
    above.findIndex((line) => !line.startsWith("failed: ")),
  );
  return { last, failures, status, place };
}

it("names in the tally what failed: a test, and a hook whose tests are skipped", () => {
  const place = path.join(folder, "tally");
  mkdirSync(place);
  symlinkSync(path.join(root, "node_modules"), path.join(place, "node_modules"));
  const sample = `import { beforeAll, describe, expect, it } from "vitest";
    it("passes", () => expect(1).toBe(1));
    it("fails", () => { throw new Error("no"); });
    describe("suite", () => { beforeAll(() => { throw new Error("broken"); }); it("waits", () => {}); });`;
  writeFileSync(path.join(place, "sample.test.js"), sample);
  const vitest = path.join(root, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--root", place, "--reporter", path.join(root, "tools/tally.ts")];
  const { stdout, status } = spawnSync(process.execPath, args, { cwd: place, encoding: "utf8" });
  const lines = [
    "skipped: suite > waits",
    "failed: sample.test.js > suite: broken",
    "failed: sample.test.js > fails: no",
  ];
  expect([stdout.trim().split("\n"), status]).toEqual([[...lines, "1 passed, 2 failed, 1 skipped"], 1]);
});

const dev = "echo '2 passed, 0 failed'";
const tests = "echo '3 passed, 0 failed, 1 skipped'";
const all = "echo '4 passed, 0 failed'";

it("adds up the run of `npm run dev` and both tiers of tests, in a folder that it removes", () => {
  const committedAlone = "test ! -e left-out && test $(ls .. | grep -cvE 'output|gitconfig|failed') = 1";
  const { last, status, place } = runCi("good", {
    "try-dev": dev,
    test: `${committedAlone} && ${tests}`,
    "test:all": all,
  });
  expect([last, status]).toEqual(["9 passed, 0 failed, 1 skipped", 0]);
  expect(place).not.toContain(folder);
  expect(existsSync(place)).toBe(false);
});

const noTally = "failed: npm test (exit code";
it.each([
  [
    "a failed test",
    { "try-dev": dev, test: "echo 'failed: a > b: no'; echo '3 passed, 1 failed'; exit 1" },
    "9 passed, 1 failed",
    ["failed: a > b: no"],
  ],
  [
    "a failed request",
    { "try-dev": "echo 'failed: C'; echo '1 passed, 1 failed'; exit 1", test: tests },
    "8 passed, 1 failed, 1 skipped",
    ["failed: C"],
  ],
  [
    "a suite that ends too early",
    { "try-dev": dev, test: "echo 'no types'; exit 2" },
    "6 passed, 1 failed",
    [`${noTally} 2)`],
  ],
  ["a suite without a tally", { "try-dev": dev, test: "echo done" }, "6 passed, 1 failed", [`${noTally} 1)`]],
  [
    "an exit code beside a good tally",
    { "try-dev": dev, test: `${tests}; exit 1` },
    "9 passed, 1 failed, 1 skipped",
    [`${noTally} 1)`],
  ],
  [
    "failed tests of both tiers",
    {
      "try-dev": dev,
      test: "echo 'failed: d'; echo '1 passed, 1 failed'; exit 1",
      "test:all": "echo 'failed: e'; echo '4 passed, 1 failed'; exit 1",
    },
    "7 passed, 2 failed",
    ["failed: e", "failed: d"],
  ],
])("fails after %s, and names it at the end", (name, scripts, tally, named) => {
  const { last, failures, status, place } = runCi(name, { "test:all": all, ...scripts });
  expect({ last, failures, status }).toEqual({ last: tally, failures: named, status: 1 });
  expect(existsSync(place)).toBe(false);
});

it("fails if a program that tests need cannot be installed", () => {
  const { last, failures, status } = runCi(
    "withheld",
    { "try-dev": dev, test: tests, "test:all": all },
    withhold("zsh"),
  );
  const named = ["failed: not installed, so that tests which need it are skipped: zsh"];
  expect({ last, failures, status }).toEqual({ last: "9 passed, 1 failed, 1 skipped", failures: named, status: 1 });
});

it("fails if nobody can install azure-identity, which no package of its own has", () => {
  const azure = path.join(folder, "withheld-azure/azure");
  mkdirSync(azure, { recursive: true });
  writeFileSync(path.join(azure, "__init__.py"), "");
  /** A user who may not install anything, and whose Python finds another package of the name. */
  const restrict = (programs: string): string => {
    for (const [name, text] of [
      ["id", "echo 1000"],
      ["sudo", "exit 1"],
      ["apt-get", "exit 1"],
    ] as const) {
      writeFileSync(path.join(programs, name), `#!/bin/sh\n${text}\n`);
      chmodSync(path.join(programs, name), 0o755);
    }
    return keep(programs);
  };
  const variables = { PYTHONPATH: path.dirname(azure) };
  const scripts = { "try-dev": dev, test: tests, "test:all": all };
  const { last, failures, status } = runCi("without-azure", scripts, restrict, variables);
  const named = ["failed: not installed, so that tests which need it are skipped: azure-identity"];
  expect({ last, failures, status }).toEqual({ last: "9 passed, 1 failed, 1 skipped", failures: named, status: 1 });
});
