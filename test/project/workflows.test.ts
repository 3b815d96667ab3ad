import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { actions, commandsOfService, isOfService, jobs, type Workflow, workflows } from "./support/workflows.ts";

const root = path.resolve(import.meta.dirname, "../..");

/** What jobs may write, and for what. No other job may write. */
const writers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // The page of findings.
  "codeql.yml analyze": { "security-events": "write" },
  "scorecard.yml analyze": { "security-events": "write" },
  // The identity of the workflow is the credential of npm and JSR.
  "release.yml npm": { "id-token": "write" },
  "release.yml jsr": { "id-token": "write" },
  // The release of the tag, and the signed statement of what was built.
  "release.yml attach": { attestations: "write", contents: "write", "id-token": "write" },
};

describe("a workflow", () => {
  it.each(workflows)("$name gives its jobs no permission but to read the source", ({ workflow: { permissions } }) => {
    expect([{}, { contents: "read" }]).toContainEqual(permissions);
  });

  it.each(jobs)(
    "$name may write what is listed, and nothing else",
    { tags: "workflow-rights" },
    ({ name, job: { permissions = {} } }) => {
      const written = Object.entries(permissions).filter(([, access]) => access !== "read");
      expect(Object.fromEntries(written)).toEqual(writers[name] ?? {});
    },
  );

  it.each(jobs)("$name ends, and leaves no credential in the folder", ({ job }) => {
    expect(job["timeout-minutes"]).toBeLessThanOrEqual(60);
    const checkouts = job.steps.filter(({ uses = "" }) => uses.startsWith("actions/checkout@"));
    expect(checkouts.filter((step) => step.with?.["persist-credentials"] !== false)).toEqual([]);
  });

  it.each(workflows)("$name takes no command from outside, and never runs a fork with rights", ({ workflow }) => {
    // GitHub puts the value of an expression into the text of the command: a title of a pull request could end it.
    const commands = Object.values(workflow.jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
    expect(commands.filter((command) => command.includes("${{"))).toEqual([]);
    expect(Object.keys(workflow.on)).not.toContain("pull_request_target");
    expect(Object.keys(workflow.on)).not.toContain("workflow_run");
  });

  it("names each action by one commit, and the version of that commit", { tags: "workflow-rights" }, () => {
    const texts = [...workflows, ...actions].map(({ text }) => text);
    const uses = texts.flatMap((text) => [...text.matchAll(/uses: *(.+)/g)].map(([, used]) => used!));
    expect(uses.length).toBeGreaterThan(5);
    expect(uses.filter((used) => !/^[\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(used))).toEqual([]);
    const pins = new Set(uses.map((used) => used.replace(/^([\w-]+\/[\w-]+)[^@]*/, "$1")));
    expect(pins.size).toBe(new Set([...pins].map((used) => used.split("@")[0])).size);
  });

  it("has commands that bash can read, and names only commands of the service that it has", () => {
    const commands = jobs.flatMap(({ job }) => job.steps.flatMap(({ run }) => run ?? []));
    for (const command of commands) expect(spawnSync("bash", ["-n"], { input: command }).status, command).toBe(0);
    const named = Object.keys(commandsOfService);
    expect(named.filter((start) => !commands.some((command) => command.startsWith(start)))).toEqual([]);
    expect(commands.filter((command) => !isOfService(command)).length).toBeGreaterThan(0);
  });
});

describe("an action", () => {
  const texts = (steps: readonly object[]) => steps.map((step) => JSON.stringify(step));

  it.each(actions)("$name takes no command from outside, and leaves no credential in the folder", ({ action }) => {
    const { steps } = action.runs;
    const commands = steps.flatMap(({ run }) => run ?? []);
    expect(commands.filter((command) => command.includes("${{"))).toEqual([]);
    for (const command of commands) expect(spawnSync("bash", ["-n"], { input: command }).status, command).toBe(0);
    const checkouts = steps.filter(({ uses = "" }) => uses.startsWith("actions/checkout@"));
    expect(checkouts.filter((step) => step.with?.["persist-credentials"] !== false)).toEqual([]);
  });

  it("has either code of the pull request or a token", { tags: "pull-requests" }, () => {
    const [check, comment] = actions.map(({ action }) => texts(action.runs.steps));
    expect(check!.filter((step) => /github\.token|secrets\./.test(step))).toEqual([]);
    expect(comment!.filter((step) => /checkout|npm|\.entra-gate/.test(step))).toEqual([]);
    expect(comment!.filter((step) => step.includes("github.token"))).toHaveLength(1);
  });

  it("is in a workflow of the documentation that gives the right to write to the comment only", () => {
    const page = readFileSync(path.join(root, "docs/how-to/check-pull-requests.md"), "utf8");
    const { permissions, jobs: shown } = parse(/```yaml\n(name: [\s\S]*?)```/.exec(page)![1]!) as Workflow;
    expect(permissions).toEqual({});
    expect(Object.values(shown).map(({ permissions: given, steps }) => [given, steps.map(({ uses }) => uses)])).toEqual(
      [
        [{ contents: "read" }, ["OWNER/entra-gate@COMMIT"]],
        [{ "pull-requests": "write" }, ["OWNER/entra-gate/tools/pull-request@COMMIT"]],
      ],
    );
  });
});

describe("the release workflow", () => {
  it("publishes only what a job without rights has built and compared", { tags: "compared-builds" }, () => {
    const { jobs: release } = workflows.find(({ name }) => name === "release.yml")!.workflow;
    expect(release.pack?.steps.map(({ run }) => run)).toEqual(
      expect.arrayContaining(["bash .ci/run", "npm run pack:release"]),
    );
    expect(release.pack?.permissions).toEqual({ contents: "read" });
    // npm ci runs no script of a package. Whatever else ran here could publish.
    const commands = (name: string) => release[name]?.steps.flatMap(({ run }) => run ?? []);
    expect(commands("npm")).toEqual(["npm run release -- --access public --provenance"]);
    expect(commands("jsr")?.[0]).toBe("npm ci");
    expect(commands("jsr")).toHaveLength(2);
  });
});

describe("dependabot.yml", () => {
  interface Updates {
    readonly "package-ecosystem": string;
    readonly directory?: string;
    readonly directories?: readonly string[];
    readonly cooldown?: { readonly "default-days": number };
    readonly groups?: Readonly<
      Record<string, { readonly patterns: readonly string[]; readonly "dependency-type"?: string }>
    >;
  }
  const { updates } = parse(readFileSync(path.join(root, ".github/dependabot.yml"), "utf8")) as { updates: Updates[] };

  it("updates every lockfile, and the actions", () => {
    const files = execFileSync("git", ["ls-files", "**package-lock.json"], { cwd: root, encoding: "utf8" });
    const folders = files
      .trim()
      .split("\n")
      .map((file) => path.posix.join("/", path.posix.dirname(file)));
    const [npm, actions, ...others] = updates;
    expect([npm?.["package-ecosystem"], actions?.["package-ecosystem"], others]).toEqual(["npm", "github-actions", []]);
    expect(folders).toContain("/docs/site");
    expect([...(npm?.directories ?? [])].sort()).toEqual(folders.sort());
  });

  it("waits a week for each new version, and proposes those of a kind together", () => {
    for (const { cooldown, groups = {} } of updates) {
      expect(cooldown?.["default-days"]).toBeGreaterThanOrEqual(7);
      const all = Object.values(groups).filter(({ patterns }) => patterns.includes("*"));
      const kinds = all.map((group) => group["dependency-type"]).sort();
      expect([["development", "production"], [undefined]]).toContainEqual(kinds);
    }
  });
});

describe("the other workflows", () => {
  it("watch the source, the settings, new dependencies and the workflows themselves", () => {
    const actions = workflows.flatMap(({ name, text }) =>
      [...text.matchAll(/uses: ([\w-]+\/[\w-]+)/g)].map(([, action]) => `${name} ${action}`),
    );
    expect(actions).toEqual(
      expect.arrayContaining([
        "codeql.yml github/codeql-action",
        "scorecard.yml ossf/scorecard-action",
        "dependency-review.yml actions/dependency-review-action",
        "zizmor.yml zizmorcore/zizmor-action",
      ]),
    );
  });
});
