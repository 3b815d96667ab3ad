import { execFile, execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { serve } from "../../../cli/common/loopback.ts";
import { copyProject, linkPackages } from "../../../tools/release/copy-project.ts";
import { isOfService, jobs } from "../support/workflows.ts";

const directory = mkdtempSync(path.join(tmpdir(), "entra-gate-release-test-"));
const project = path.join(directory, "project");
const { version } = JSON.parse(readFileSync(path.resolve(import.meta.dirname, "../../../package.json"), "utf8"));

const securityText = "docs/site/public/.well-known/security.txt";

function inDays(days: number): string {
  return new Date(Date.now() + days * 24 * 60 * 60 * 1000).toISOString();
}

function edit(name: string, change: (text: string) => string): void {
  const file = path.join(project, name);
  writeFileSync(file, change(readFileSync(file, "utf8")));
}

function git(...args: readonly string[]): void {
  execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@example.com", ...args], { cwd: project });
}

/** Runs `npm run release` as the workflow's job does: the packages of the repository are not installed there. */
async function release(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const running = execFile(process.execPath, ["tools/publish.ts", ...args], {
    cwd: project,
    env: { ...process.env, ACTIONS_ID_TOKEN_REQUEST_URL: "", ...env },
  });
  let stderr = "";
  running.stderr?.on("data", (text) => (stderr += text));
  running.stdin?.end();
  const [status] = await once(running, "close");
  return { status, lines: stderr.trim().split("\n") };
}

/** Starts a registry that answers every GET in one way. @returns what was published there */
async function startRegistry(status: number, body: object) {
  const published: { name: string; _attachments: Record<string, { data: string }> }[] = [];
  const { url, stop } = await serve(async (request, response) => {
    const chunks = await request.toArray();
    if (request.method === "PUT") published.push(JSON.parse(Buffer.concat(chunks).toString()));
    response.writeHead(request.method === "PUT" ? 201 : status, { "content-type": "application/json" });
    response.end(JSON.stringify(request.method === "PUT" ? { ok: true } : body));
  });
  return { url: `${url}/`, published, stop };
}

beforeAll(() => {
  copyProject(project);
  for (const name of ["package.json", "create/package.json"]) {
    edit(name, (text) => text.replaceAll(/\.example\b/g, ".com"));
  }
  edit("SECURITY.md", (text) =>
    text.replace(/(?<=\| we promise \| value \|\n\|---\|---\|\n)(?:\|.*\n)+/, (rows) =>
      rows.replaceAll(/^(\|[^|]+\|).*$/gm, "$1 30 days |"),
    ),
  );
  edit(securityText, (text) =>
    text.replace(/^Contact:.*$/m, "Contact: mailto:a@example.com").replace(/^Expires:.*$/m, `Expires: ${inDays(30)}`),
  );
  edit("CHANGELOG.md", (text) => text.replace(/^## \[.+$/m, `## [${version}] - 2026-11-30`));
  git("init", "--quiet");
  git("add", "--all");
  git("commit", "--quiet", "--message", "Everything");
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("npm run release", () => {
  it("refuses a commit without the tag of the version, and without a packed release", async () => {
    git("tag", "v9.9.9");
    expect(await release()).toEqual({
      status: 1,
      lines: [
        `Tag this commit v${version}, after the version in package.json: it has v9.9.9.`,
        `Run npm run pack:release: release/entra-gate-${version}.tgz does not exist.`,
      ],
    });
    git("tag", "--delete", "v9.9.9");
    git("tag", `v${version}`);
  });
});

describe("each command of a workflow that is not the service's", () => {
  beforeAll(() => linkPackages(project));
  const steps = jobs.flatMap(({ name, job }) => job.steps.map((step) => ({ name, step })));

  it.each(steps.filter(({ step: { run = "bash .ci/run" } }) => !isOfService(run)))(
    "runs: $name, $step.run",
    ({ step }) => {
      const cwd = path.join(project, step["working-directory"] ?? ".");
      const { status, stderr } = spawnSync("bash", ["-eo", "pipefail", "-c", step.run!], { cwd, encoding: "utf8" });
      expect([status, stderr]).toEqual([0, expect.anything()]);
    },
  );

  it("has packed a release, with its bill of materials and checksums", () => {
    expect(readFileSync(path.join(project, "release/SHA256SUMS"), "utf8")).toMatch(
      /^[0-9a-f]{64} {2}create-entra-gate-[\d.]+\.tgz\n[0-9a-f]{64} {2}entra-gate-[\d.]+\.cdx\.json\n[0-9a-f]{64} {2}entra-gate-[\d.]+\.tgz\n$/,
    );
  });

  it("packs nothing if two builds differ", { tags: "compared-builds" }, () => {
    const packed = readFileSync(path.join(project, "release/SHA256SUMS"), "utf8");
    // Two builds would take a minute, and only what they leave is compared.
    edit(
      "tools/release/pack.ts",
      () => `import { writeFileSync } from "node:fs";
writeFileSync(\`\${process.argv[2]}/a.tgz\`, import.meta.dirname);
`,
    );
    rmSync(path.join(project, "node_modules"), { recursive: true });
    mkdirSync(path.join(project, "node_modules"));
    const { status, stderr } = spawnSync("npm", ["run", "pack:release"], { cwd: project, encoding: "utf8" });
    git("checkout", "--quiet", "tools/release/pack.ts");
    const tarball = "[0-9a-f]{64}  a\\.tgz\n";
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(new RegExp(`^Two builds of the same files differ:\n${tarball}${tarball}$`, "m")),
    ]);
    expect(readFileSync(path.join(project, "release/SHA256SUMS"), "utf8")).toBe(packed);
  });

  afterAll(() => rmSync(path.join(project, "node_modules"), { recursive: true }));
});

describe("npm run release of a packed release", () => {
  afterEach(() => git("reset", "--quiet", "--hard"));

  it("publishes the tarball that was compared", { tags: "compared-builds" }, async () => {
    const registry = await startRegistry(404, {});
    const args = ["--registry", registry.url, `--//${new URL(registry.url).host}/:_authToken=none`];
    expect((await release(args)).status).toBe(0);
    await registry.stop();
    const [attachment] = Object.values(registry.published[0]!._attachments);
    const tarball = readFileSync(path.join(project, `release/entra-gate-${version}.tgz`));
    expect(Buffer.from(attachment!.data, "base64").equals(tarball)).toBe(true);
    expect(registry.published.map(({ name }) => name)).toEqual(["entra-gate", "create-entra-gate"]);
  });

  it.each([
    [503, {}, /^The registry \S+ answered 503\. Nothing was published\./],
    [200, { versions: { [version]: {} } }, /^Version \S+ is at \S+ already\. Set a new version in package\.json\.$/],
  ])("refuses a registry that answers %s", async (status, body, message) => {
    const registry = await startRegistry(status, body);
    const result = await release(["--registry", registry.url]);
    await registry.stop();
    expect(result).toEqual({ status: 1, lines: [expect.stringMatching(message)] });
    expect(registry.published).toEqual([]);
  });

  it("names a registry that is down", async () => {
    const registry = await startRegistry(200, {});
    await registry.stop();
    expect(await release(["--registry", registry.url])).toEqual({
      status: 1,
      lines: [`The registry ${registry.url} did not answer (ECONNREFUSED). Nothing was published. Try again later.`],
    });
  });

  it("names the first publication, which trusted publishing cannot do", async () => {
    const registry = await startRegistry(404, {});
    const result = await release(["--registry", registry.url], { ACTIONS_ID_TOKEN_REQUEST_URL: "http://127.0.0.1:9/" });
    await registry.stop();
    expect(result).toEqual({ status: 1, lines: [expect.stringMatching(/^Publish the first version by hand, /)] });
  });

  it("names an npm without trusted publishing", async () => {
    const old = path.join(directory, "npm");
    writeFileSync(old, "#!/bin/sh\necho 11.5.0\n", { mode: 0o755 });
    const env = { ACTIONS_ID_TOKEN_REQUEST_URL: "http://127.0.0.1:9/", PATH: `${directory}:${process.env.PATH}` };
    expect((await release([], env)).lines).toEqual([
      "Install npm 11.5.1 or newer: npm 11.5.0 knows no trusted publishing.",
    ]);
  });

  it.each([
    [
      "package.json",
      /"homepage": "[^"]+"/,
      '"homepage": "https://docs.entra-gate.example"',
      /^Set homepage, bugs and repository in package\.json /,
    ],
    [
      "deno.json",
      /"version": "[^"]+"/,
      '"version": "9.9.9"',
      /^Set version in deno\.json to \S+, as in package\.json: it is 9\.9\.9\.$/,
    ],
    ["SECURITY.md", /30 days/, "", /^Fill in "What we promise reporters" in SECURITY\.md: First answer to a report\.$/],
    [securityText, "mailto:a@example.com", "", /^Set Contact in \S+\/security\.txt /],
    [securityText, "mailto:a@example.com", "a@example.com", /^Set Contact in /],
    [securityText, /Expires: .+/, "Expires:", /^Set Expires in \S+\/security\.txt /],
    [securityText, /Expires: .+/, `Expires: ${inDays(-1)}`, /^Set Expires in /],
    [securityText, /Expires: .+/, `Expires: ${inDays(400)}`, /^Set Expires in /],
    ["CHANGELOG.md", /^## \[.+$/m, "## [Unreleased]", /^Give CHANGELOG\.md the heading /],
  ])("refuses %s with %s", async (name, pattern, text, message) => {
    edit(name, (before) => before.replace(pattern, text));
    const { status, lines } = await release();
    expect(status).toBe(1);
    expect(lines).toEqual([expect.stringMatching(message), `Commit or remove what is not committed: ${name}`]);
  });

  it("refuses a tarball that differs from its checksum, and one of another commit", async () => {
    const tarball = path.join(project, `release/entra-gate-${version}.tgz`);
    const content = readFileSync(tarball);
    appendFileSync(tarball, "more");
    expect((await release()).lines).toEqual([
      `Run npm run pack:release: release/entra-gate-${version}.tgz differs from its checksum.`,
    ]);
    writeFileSync(tarball, content);
    git("commit", "--quiet", "--allow-empty", "--message", "Another");
    git("tag", "--force", `v${version}`);
    expect((await release()).lines).toEqual(["Run npm run pack:release: release/ was packed from another commit."]);
    expect(existsSync(path.join(project, "node_modules"))).toBe(false);
  });
});
