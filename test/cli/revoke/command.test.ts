import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readSettings } from "../../../cli/project/settings.ts";
import { createWranglerStore } from "../../../cli/revoke/stores.ts";
import { readDocument, schema } from "../../../src/extensions/revocations/document.ts";
import { type CommandRun, runHere } from "../support/run-command.ts";
import { createProject, type Project } from "./support.ts";

const tenant = "11111111-2222-3333-4444-555555555555";
const otherTenant = "22222222-2222-3333-4444-555555555555";
const oid = "66666666-7777-8888-9999-aaaaaaaaaaaa";
const client = "33333333-4444-5555-6666-777777777777";
const nowMs = Date.UTC(2026, 10, 30, 8);

let project: Project;

beforeEach(() => {
  vi.spyOn(Date, "now").mockReturnValue(nowMs);
  project = createProject({ ENTRA_TENANT_ID: tenant, ENTRA_API_AUDIENCE: client, ENTRA_REQUIRED_SCOPE: "orders.read" });
});
afterEach(() => {
  vi.restoreAllMocks();
  project.remove();
});

const revoke = (...args: readonly string[]) => runHere(["revoke", ...args]);
const init = (name = "remote.txt", rules: readonly object[] = []) =>
  project.write(name, JSON.stringify({ schema, rules }));
const rules = (name = "remote.txt") => JSON.parse(project.read(name) ?? "null").rules;

/** Changes a list that is in a file, for which no Wrangler starts. */
async function edit(...args: readonly string[]): Promise<CommandRun> {
  const result = await revoke(...args, "--file", `${project.folder}/list.json`);
  if (result.stdout !== "") project.write("list.json", result.stdout);
  return result;
}

describe("entra-gate revoke", () => {
  it("writes an empty list, and never over another one", async () => {
    const first = await revoke("--init", "--remote");
    expect(first).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("Written to the KV namespace REVOCATIONS"),
    });
    expect(readDocument(project.read("remote.txt")!)).toEqual({ ok: true, value: [] });
    await revoke("--user", `${tenant}/${oid}`, "--remote");
    const again = await revoke("--init", "--remote");
    expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining("already has a list of 1 rules. Nothing") });
    expect(rules()).toHaveLength(1);
    expect(project.read("local.txt")).toBeUndefined();
  });

  it("keeps rules of one authority, of another one and of all apart", async () => {
    init("list.json");
    const about = (...more: readonly string[]) => edit("--client", client, ...more);
    for (const more of [["--authority", "customers"], ["--authority", "default"], []]) await about(...more);
    const authorities = () => rules("list.json").map(({ authority }: { authority?: string }) => authority);
    expect(authorities()).toEqual(["customers", "default", undefined]);
    const undone = await about("--undo", "--authority", "customers");
    expect(undone.stderr).toMatch(/^- client 33333333\S+ of customers: tokens/);
    expect(authorities()).toEqual(["default", undefined]);
    expect(await about("--authority", "Customers")).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("--authority Customers must be default, or a name of the option authorities"),
    });
  });

  it("shows the difference, writes the rule, and says what to do at Entra", async () => {
    init();
    const { code, stdout, stderr } = await revoke(
      "--user",
      `${tenant}/${oid}`.toUpperCase(),
      "--reason",
      "laptop stolen",
      "--remote",
    );
    expect([code, stdout]).toEqual([0, ""]);
    expect(rules()).toEqual([
      {
        user: `${tenant}/${oid}`,
        before: "2026-11-30T08:00:00Z",
        until: "2026-12-01T13:05:00Z",
        reason: "laptop stolen",
      },
    ]);
    expect(stderr).toMatch(
      /^\+ user 11111111.*: tokens issued before 2026-11-30T08:00:00Z, until .*, "laptop stolen"$/m,
    );
    expect(stderr).toContain("usually holds within two minutes");
    expect(stderr).toContain(`https://graph.microsoft.com/v1.0/users/${oid}/revokeSignInSessions`);
    // It is read again after it was written.
    const asked = project.read("asked.txt")!.trim().split("\n");
    expect(asked.map((line) => line.split(" ")[2])).toEqual(["get", "put", "get"]);
    for (const line of asked) expect(line).toContain("--binding REVOCATIONS --remote --preview=false");
  });

  it("replaces the rule of the same caller, and leaves out those that have ended", async () => {
    init("list.json", [
      { client, block: true, until: "2026-11-30T07:59:59Z" },
      { session: "s-1", before: "2026-11-30T07:00:00Z" },
      { session: "s-2", before: "2026-11-30T07:00:00Z" },
    ]);
    const { stderr } = await edit("--session", "s-1", "--before", "2026-11-30T07:30:00Z");
    expect(rules("list.json")).toEqual([
      { session: "s-2", before: "2026-11-30T07:00:00Z" },
      { session: "s-1", before: "2026-11-30T07:30:00Z", until: "2026-12-01T12:35:00Z" },
    ]);
    expect(stderr).toContain(
      "- client 33333333-4444-5555-6666-777777777777: every token, until 2026-11-30T07:59:59Z (ended)",
    );
    expect(stderr).toContain("- session s-1: tokens issued before 2026-11-30T07:00:00Z");
    expect(stderr).not.toContain("s-2");
  });

  it("keeps a rule that refuses more tokens or lasts longer", async () => {
    const kept = [
      { client, before: "2026-11-30T07:30:00Z", until: "2026-12-01T13:00:00Z" },
      { client, block: true, until: "2026-12-02T08:00:00Z" },
    ];
    init("list.json", kept);
    await edit("--client", client, "--before", "2026-11-30T07:00:00Z");
    await edit("--client", client, "--block", "--until", "12h");
    expect(rules("list.json")).toEqual([
      ...kept,
      { client, before: "2026-11-30T07:00:00Z", until: "2026-12-01T12:05:00Z" },
      { client, block: true, until: "2026-11-30T20:00:00Z" },
    ]);
  });

  it("blocks a caller for a time, and unblocks it", async () => {
    init("list.json");
    await edit("--client", client, "--block", "--until", "12h");
    expect(rules("list.json")).toEqual([{ client, block: true, until: "2026-11-30T20:00:00Z" }]);
    const undone = await edit("--undo", "--client", client);
    expect(undone).toMatchObject({ code: 0, stderr: expect.stringMatching(/^- client 33333333/) });
    expect(rules("list.json")).toEqual([]);
    expect(await edit("--undo", "--client", client)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("has no rule about client"),
    });
  });

  it("warns of an end before which tokens have not expired, and of no other end", async () => {
    init("list.json");
    const warning = "warning: these tokens can be valid until 2026-12-01T13:05:00Z";
    for (const more of [[], ["--dry-run"]]) {
      const { code, stderr } = await edit("--token", "uti-1", "--until", "28h", ...more);
      expect([code, stderr]).toEqual([0, expect.stringContaining(warning)]);
    }
    for (const more of [
      ["--until", "30h"],
      ["--until", "2026-12-01T13:05:00Z"],
      ["--before", "2026-11-30T06:00:00Z", "--until", "28h"],
      ["--block", "--until", "12h"],
      [],
    ]) {
      expect((await edit("--token", "uti-1", ...more)).stderr).not.toContain("warning");
    }
  });

  it("lists the rules, and how full the list is", async () => {
    init();
    await revoke("--token", "uti-1", "--remote");
    const { code, stdout, stderr } = await revoke("--list", "--remote");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^token uti-1: tokens issued before 2026-11-30T08:00:00Z, until 2026-12-01T13:05:00Z\n$/);
    expect(stderr).toMatch(/^1 of 10000 rules, \d+ of 1048576 bytes, written at 2026-11-30T08:00:00Z, in the KV/);
  });

  it("prints the list as JSON, which --file reads", async () => {
    init();
    await revoke("--token", "uti-1", "--remote");
    const { code, stdout } = await revoke("--list", "--json", "--remote");
    expect([code, readDocument(stdout)]).toEqual([0, readDocument(project.read("remote.txt")!)]);
    project.write("list.json", stdout);
    expect((await revoke("--list", "--file", `${project.folder}/list.json`)).stdout).toMatch(/^token uti-1: /);
  });

  it.each([
    [["--remote"], "npx entra-gate revoke --init --remote"],
    [
      ["--file", "list.json"],
      "npx entra-gate revoke --init --file list.json > list.json.new && mv list.json.new list.json",
    ],
  ] as const)("says how to write the first list: %j", async (place, hint) => {
    const { code, stderr } = await revoke("--list", ...place);
    expect([code, stderr]).toEqual([3, expect.stringContaining(`Write an empty one with: ${hint}`)]);
    const [, ...args] = hint.split(" > ")[0]!.replace("npx ", "").split(" ");
    expect((await runHere(args)).code).toBe(0);
  });

  it("writes where it is told, with the configuration that it is told", async () => {
    await revoke("--init", "--local");
    expect(rules("local.txt")).toEqual([]);
    await revoke("--init", "--remote", "--env", "production");
    expect(project.read("asked.txt")!.trim().split("\n").at(-1)).toContain("--env production");
  });

  it("names the Microsoft Graph of the cloud", async () => {
    project.remove();
    project = createProject({ ENTRA_TENANT_ID: tenant, ENTRA_CLOUD: "usgov" });
    init("list.json");
    const { stderr } = await edit("--user", `${tenant}/${oid}`);
    expect(stderr).toContain(`--url https://graph.microsoft.us/v1.0/users/${oid}/revokeSignInSessions`);
  });

  it("does not say what to revoke at Entra for the callers of wrangler dev", async () => {
    await revoke("--init", "--local");
    const { code, stderr } = await revoke("--user", `${tenant}/${oid}`, "--local");
    expect([code, stderr]).toEqual([0, expect.stringContaining("Written to the KV namespace of wrangler dev")]);
    expect(stderr).not.toContain("Entra");
  });

  it("changes the namespace of wrangler dev, which preview_id names", async () => {
    const kv_namespaces = [
      { binding: "OTHER", id: "1", preview_id: "2" },
      { binding: "REVOCATIONS", id: "3", preview_id: "4" },
    ];
    project.write("wrangler.json", JSON.stringify({ name: "orders", kv_namespaces }));
    await revoke("--init", "--local");
    expect(project.read("asked.txt")).toContain("--local --preview\n");
    await revoke("--init", "--remote");
    expect(project.read("asked.txt")!.trim().split("\n").at(-1)).toContain("--remote --preview=false");
  });

  it("only shows the difference with --dry-run", async () => {
    init();
    const { code, stderr } = await revoke("--token", "uti-1", "--dry-run", "--remote");
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^\+ token uti-1/)]);
    expect(rules()).toEqual([]);
  });

  it("prints the changed list of a file", async () => {
    const empty = await revoke("--init", "--file", `${project.folder}/list.json`);
    project.write("list.json", empty.stdout);
    const { code, stdout } = await revoke("--token", "uti-1", "--file", `${project.folder}/list.json`);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).rules).toEqual([
      { token: "uti-1", before: "2026-11-30T08:00:00Z", until: "2026-12-01T13:05:00Z" },
    ]);
    expect(rules("list.json")).toEqual([]);
  });
});

describe("entra-gate revoke refuses", () => {
  const user = `${tenant}/${oid}`;

  it.each<readonly [string, readonly string[], string]>([
    ["no caller", ["--remote"], "use exactly one of --user, --client"],
    ["two callers", ["--user", user, "--client", client, "--remote"], "--user and --client cannot be used together"],
    ["a caller twice", ["--token", "a", "--token", "b", "--remote"], "only once"],
    ["a caller and --list", ["--token", "a", "--list", "--remote"], "use exactly one of"],
    ...["--before=2026-11-30T07:00:00Z", "--block", "--until=12h", "--reason=why", "--everyone"].flatMap((option) =>
      [["--undo", "--token", "a"], ["--list"], ["--init"]].map((action): [string, readonly string[], string] => [
        `${option} with ${action[0]}`,
        [...action, option, "--remote"],
        `option '${action[0]}' cannot be used with option '${option.split("=")[0]}`,
      ]),
    ),
    ["--undo with --list", ["--list", "--undo", "--remote"], "cannot be used with option '--undo'"],
    ["--undo with --init", ["--init", "--undo", "--remote"], "cannot be used with option '--undo'"],
    ["--dry-run with --list", ["--list", "--dry-run", "--remote"], "cannot be used with option '--dry-run'"],
    ["--json without --list", ["--token", "a", "--json", "--remote"], "--json is for --list"],
    ["--json with --init", ["--init", "--json", "--remote"], "cannot be used with option"],
    ["no place", ["--token", "a"], "--remote (Cloudflare), --local (wrangler dev), or --file FILE"],
    ["two places", ["--token", "a", "--local", "--remote"], "cannot be used with"],
    ["a user by name", ["--user", "ana@contoso.com", "--remote"], "--user ana@contoso.com is not TENANT/OID"],
    ["a client by name", ["--client", "orders", "--remote"], "--client orders is not a GUID"],
    [
      "a time in the future",
      ["--user", user, "--before", "2026-11-30T08:00:01Z", "--remote"],
      "use --block with --until",
    ],
    ["a time without a zone", ["--user", user, "--before", "2026-11-30T07:00", "--remote"], "2026-11-30T08:00:00Z"],
    ["a block without an end", ["--user", user, "--block", "--remote"], "--block needs --until"],
    [
      "an end in the past",
      ["--user", user, "--block", "--until", "2026-11-30T08:00:00Z", "--remote"],
      "--until 2026-11-30T08:00:00Z must be in the future, such as 12h",
    ],
    [
      "a rule that only expired tokens need",
      ["--user", user, "--before", "2026-11-29T02:55:00Z", "--remote"],
      "--before 2026-11-29T02:55:00Z needs no rule",
    ],
    ["an end that is no time", ["--user", user, "--block", "--until", "tomorrow", "--remote"], "90m, 12h, 3d"],
    ["a reason of two lines", ["--user", user, "--reason", "a\nb", "--remote"], "--reason must be one line"],
    ["the only tenant", ["--tenant", tenant, "--remote"], "stops every caller. If you want that, add --everyone"],
  ])("%s", async (_, args, message) => {
    init();
    const { code, stdout, stderr } = await revoke(...args);
    expect([code, stdout]).toEqual([3, ""]);
    expect(stderr).toContain(message);
    expect(rules()).toEqual([]);
  });

  it("a rule for every caller without --everyone, but not for one of several tenants or clients", async () => {
    init("list.json");
    expect(await edit("--tenant", tenant, "--everyone")).toMatchObject({ code: 0 });
    project.remove();
    project = createProject({
      ENTRA_TENANT_ID: "organizations",
      ENTRA_ALLOWED_TENANTS: `${tenant}, ${otherTenant}`,
      ENTRA_ALLOWED_CLIENTS: client,
    });
    init("list.json");
    expect(await edit("--tenant", tenant)).toMatchObject({ code: 0 });
    for (const args of [
      ["--tenant", otherTenant],
      ["--client", client],
    ]) {
      expect(await edit(...args)).toMatchObject({ code: 3, stderr: expect.stringContaining("--everyone") });
    }
  });

  it.each([
    ["ended", { tenant, before: "2026-11-28T08:00:00Z", until: "2026-11-29T13:05:00Z" }],
    ["refuses older tokens only", { tenant, before: "2026-11-30T07:00:00Z", until: "2026-12-01T12:05:00Z" }],
  ])("a rule for every caller without --everyone after one that %s", async (_, rule) => {
    init("list.json", [rule]);
    expect(await edit("--tenant", tenant, "--block", "--until", "12h")).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("--everyone"),
    });
    expect(rules("list.json")).toEqual([rule]);
  });

  it("a rule for every deployed caller, whatever .dev.vars says", async () => {
    init();
    project.write(".dev.vars", `ENTRA_TENANT_ID=${otherTenant}`);
    expect(await revoke("--tenant", tenant, "--remote")).toMatchObject({ code: 3 });
    expect(await revoke("--init", "--local")).toMatchObject({ code: 0 });
    expect(await revoke("--tenant", tenant, "--local")).toMatchObject({ code: 0 });
  });

  it("a tenant of a gate whose tenants it does not know", async () => {
    project.remove();
    project = createProject({ ENTRA_TENANT_ID: "organizations" });
    init("list.json");
    expect(await edit("--tenant", tenant)).toMatchObject({ code: 3 });
  });

  it.each([
    ["no list", undefined, "has no list. Write an empty one with: npx entra-gate revoke --init --file"],
    ["an invalid list", "{}", 'does not have the schema "entra-gate/revocations/1"'],
    ["a list that is too large", " ".repeat(1024 * 1024 + 1), "is larger than 1048576 bytes"],
  ])("to change %s", async (_, text, message) => {
    if (text !== undefined) project.write("list.json", text);
    for (const args of [["--token", "a"], ["--undo", "--token", "a"], ["--list"], ...(text ? [["--init"]] : [])]) {
      expect(await edit(...args)).toMatchObject({ code: 3, stderr: expect.stringContaining(message) });
    }
    expect(project.read("list.json")).toBe(text);
  });

  it("to call a list written that someone else has changed meanwhile", async () => {
    init();
    project.write("racing.txt", JSON.stringify({ schema, rules: [] }));
    const { code, stderr } = await revoke("--token", "a", "--remote");
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/change may be lost: someone else wrote .* --list .* try again/),
    ]);
    expect(stderr).not.toContain("Written to");
  });

  it("with the words of Wrangler, if that fails", async () => {
    project.write(
      "broken.txt",
      "✘ [ERROR] In a non-interactive environment, it's necessary to set CLOUDFLARE_API_TOKEN",
    );
    const { code, stderr } = await revoke("--list", "--remote");
    expect([code, stderr]).toEqual([3, expect.stringContaining("set CLOUDFLARE_API_TOKEN")]);
  });

  it.each([
    ["before it has started", 1],
    ["while it waits for Cloudflare", 2_000],
  ])("to wait for Wrangler without an end: it is stopped %s", async (_when, milliseconds) => {
    project.write("silent.txt", "");
    const settings = readSettings(project.folder, {}, { devVars: false });
    const store = createWranglerStore(settings, "--remote", milliseconds);
    await expect(store.read()).rejects.toThrow("Wrangler did not answer within");
  });

  it("a project without the binding", async () => {
    project.write("wrangler.json", JSON.stringify({ name: "orders", main: "worker.js" }));
    const { code, stderr } = await revoke("--list", "--remote");
    expect([code, stderr]).toEqual([3, expect.stringContaining('no [[kv_namespaces]] with binding = "REVOCATIONS"')]);
  });
});
