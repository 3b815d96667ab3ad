import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { PassThrough } from "node:stream";
import { text as readAll } from "node:stream/consumers";
import { parse } from "@cdktn/hcl2json";
import type { Application } from "@microsoft/microsoft-graph-types";
import stripJsonComments from "strip-json-comments";
import { afterAll, describe, expect, it } from "vitest";
import { askLine } from "../../cli/common/terminal.ts";
import { UsageError } from "../../cli/common/usage-error.ts";
import { readVariables } from "../../cli/init/answers.ts";
import { runInit } from "../../cli/init/command.ts";
import { toolVersions } from "../../cli/init/files.ts";
import {
  createRegistration,
  writeAzCommands,
  writeGraphRequests,
  writeTerraform,
} from "../../cli/init/registration.ts";

const root = path.resolve(import.meta.dirname, "../..");
const made: string[] = [];
afterAll(() => {
  for (const each of made) rmSync(each, { recursive: true });
});

const answers = [
  ...["--tenant", "11111111-2222-3333-4444-555555555555"],
  ...["--audience", "22222222-3333-4444-5555-666666666666"],
  ...["--scope", "access_as_user"],
];

function makeFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(path.join(tmpdir(), "init-"));
  made.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

function init(folder: string, ...args: readonly string[]) {
  const command = [path.join(root, "cli/entra-gate.js"), "init", ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: folder, encoding: "utf8", input: "" });
  return { status, stdout, stderr };
}

const read = (folder: string, file: string) => readFileSync(path.join(folder, file), "utf8");
const list = (folder: string) => readdirSync(folder, { recursive: true }).map(String).sort();

describe("init in an empty folder", () => {
  const folder = makeFolder();
  const { status, stdout } = init(folder, ...answers, "--role", "Orders.Read.All", "--name", "orders");

  it("writes a project, and prints the next steps", () => {
    expect(status).toBe(0);
    expect(list(folder)).toEqual([
      ...[".dev.vars", ".gitignore", "package.json", "src", "src/routes.ts", "src/worker.ts"],
      ...["test", "test/gate.test.ts", "tsconfig.json", "wrangler.jsonc"],
    ]);
    expect(stdout).toContain("4. npx wrangler deploy --dry-run");
  });

  it("configures a gate that fails closed: no address outside the zone, no cache, no loopback", () => {
    const text = stripJsonComments(read(folder, "wrangler.jsonc"));
    expect(JSON.parse(text)).toMatchObject({
      ...{ workers_dev: false, preview_urls: false, cache: { enabled: false } },
      vars: { ENTRA_REQUIRED_SCOPE: "access_as_user", ENTRA_REQUIRED_ROLE: "Orders.Read.All" },
    });
    expect(text).not.toMatch(/127\.0\.0\.1|localhost/);
    expect(read(folder, "src/worker.ts")).toContain('unlisted: "reject"');
  });

  it("keeps an authority on loopback switched off, in a file that is neither deployed nor committed", () => {
    expect(
      read(folder, ".dev.vars")
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("#")),
    ).toEqual([]);
    expect(read(folder, ".gitignore")).toContain(".dev.vars*");
  });

  it("changes nothing the second time", () => {
    const before = list(folder).map((file) => (file.includes(".") ? file : ""));
    const again = init(folder, ...answers, "--name", "other");
    expect(again.stdout).toMatch(/unchanged {2}src\/worker\.ts/);
    expect(list(folder).map((file) => (file.includes(".") ? file : ""))).toEqual(before);
    expect(read(folder, "package.json")).toContain('"name": "orders"');
  });

  it("pins the tools at the versions that these tests use", () => {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(read(root, "package.json"));
    expect({ ...dependencies, ...devDependencies }).toMatchObject(toolVersions);
  });
});

describe("init", () => {
  it("shows every file and writes nothing with --dry-run", () => {
    const folder = makeFolder();
    const { status, stdout } = init(folder, ...answers, "--dry-run");
    expect(status).toBe(0);
    expect(stdout).toContain("would write  src/worker.ts\n    import { createGate }");
    expect(list(folder)).toEqual([]);
  });

  it("changes nothing in a folder that is not empty and not a Workers project", () => {
    for (const file of ["notes.txt", "package.json", "wrangler.toml"]) {
      const folder = makeFolder({ [file]: "{}" });
      const { status, stderr } = init(folder, ...answers);
      expect([status, stderr]).toEqual([3, expect.stringMatching(/^error: .* is not empty and not a Workers project/)]);
      expect(list(folder)).toEqual([file]);
    }
  });

  it("changes nothing in a folder with uncommitted changes", () => {
    const folder = makeFolder({ "package.json": "{}", "wrangler.toml": 'name = "api"' });
    execFileSync("git", ["init", "-q"], { cwd: folder });
    const { status, stderr } = init(folder, ...answers);
    expect([status, stderr]).toEqual([3, expect.stringContaining("has uncommitted changes")]);
    expect(existsSync(path.join(folder, "src"))).toBe(false);
  });

  it("adds a gate to a Workers project, and leaves its files as they are", () => {
    const files = {
      "package.json": "{}",
      "wrangler.toml": 'name = "api"\nmain = "src/index.ts"',
      "src/index.ts": "export default { fetch: () => new Response() };",
      "src/routes.ts": "export const routes = [];",
      ".gitignore": "node_modules/",
      ".dev.vars": "SECRET=own",
    };
    const folder = makeFolder(files);
    const { status, stdout } = init(folder, ...answers);
    expect(status).toBe(0);
    for (const [file, text] of Object.entries(files)) expect(read(folder, file)).toBe(text);
    expect(stdout).toContain("kept  src/routes.ts");
    expect(stdout).not.toContain("kept  .");
    expect(stdout).toContain("in .gitignore: .dev.vars*");
    expect(stdout).toMatch(/npm install --save-dev vitest@[\d.]+\n[\s\S]+npx vitest run test\/gate\.test\.ts\n/);
    expect(stdout).toContain("wrote  src/gate.ts");
    expect(stdout).toContain("in wrangler.toml, name the gate as the worker: main, src/gate.ts");
    expect(stdout).toContain('    ENTRA_REQUIRED_SCOPE = "access_as_user"');
  });

  it.each([
    [answers.slice(0, 4), /^error: --scope is missing: Scope that users' tokens must have, a short name/],
    [["--tenant", "contoso.com"], /^error: --tenant "contoso\.com" must be a GUID in lower case/],
    [[...answers.slice(0, 4), "--scope", "api://orders/read"], /^error: --scope .* must be a short name/],
    [[...answers, "--origin", "http://origin.contoso.com"], /^error: ORIGIN_URL uses http/],
    [[...answers, "--from", "apim"], /^error: --from must look like --from apim policy\.xml/],
    [[...answers, "--from", "apim", "no.xml"], /^error: --from apim no\.xml: the file does not exist/],
  ])("reports a missing or malformed answer, and writes nothing: %j", (args, message) => {
    const folder = makeFolder();
    const { status, stderr } = init(folder, ...args);
    expect([status, stderr]).toEqual([3, expect.stringMatching(message)]);
    expect(list(folder)).toEqual([]);
  });
});

describe("the registration", () => {
  const variables = { ENTRA_REQUIRED_SCOPE: "orders.read orders.write", ENTRA_REQUIRED_ROLE: "Orders.Read.All" };
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of Terraform, not of JavaScript
  const registration = createRegistration("Bob's ${orders}", variables, ["http://localhost:5173"]);
  /** Typed by Microsoft's package of Graph types. */
  const body: Application = registration;

  it("asks for version 2 tokens, the scopes, the app role and the optional claims", () => {
    expect(body.api?.requestedAccessTokenVersion).toBe(2);
    expect(body.api?.oauth2PermissionScopes?.map(({ value }) => value)).toEqual(["orders.read", "orders.write"]);
    expect(body.appRoles?.map(({ value, allowedMemberTypes }) => [value, allowedMemberTypes])).toEqual([
      ["Orders.Read.All", ["Application"]],
    ]);
    expect(body.optionalClaims?.accessToken?.map(({ name }) => name)).toEqual(["xms_cc", "idtyp"]);
  });

  it("is the body of a request to Microsoft Graph", () => {
    const [, text = ""] = /json\n\n(\{[\s\S]*?\n\})\n\n/.exec(writeGraphRequests(registration)) ?? [];
    expect(JSON.parse(text)).toEqual(registration);
  });

  it("is an argument of the Azure CLI, as a shell reads it", () => {
    const script = writeAzCommands(registration)
      .replace(/^APP_ID=.*$/m, "APP_ID=1")
      .replace("az rest", "printf '%s\\n'");
    const ending = script.replace(/^az ad .*$/gm, "").replace(/^echo.*$/m, "");
    const printed = execFileSync("sh", ["-c", ending], { encoding: "utf8" });
    expect(printed).toContain("applications(appId='1')");
    expect(JSON.parse(printed.slice(printed.indexOf("{")))).toEqual(registration);
  });

  it("is a fragment that Terraform's parser reads", async () => {
    const parsed = await parse("registration.tf", writeTerraform(registration));
    const [application] = parsed.resource.azuread_application.api;
    expect(application.display_name).toBe("Bob's $${orders}");
    expect(application.api[0].requested_access_token_version).toBe(2);
    expect(application.api[0].oauth2_permission_scope).toHaveLength(2);
    expect(application.app_role[0]).toMatchObject({ value: "Orders.Read.All", allowed_member_types: ["Application"] });
    expect(application.optional_claims[0].access_token.map(({ name }: { name: string }) => name)).toEqual([
      "xms_cc",
      "idtyp",
    ]);
    expect(parsed.resource.azuread_application_identifier_uri.api[0].identifier_uri).toContain("api://${");
    await expect(parse("broken.tf", "resource {")).rejects.toThrow();
  });
});

describe("init at a terminal", () => {
  const [, tenant = "", , audience = "", , scope = ""] = answers;
  /** Gives answers one after another, and then ends the questions. */
  const answer = (...given: readonly string[]) => {
    const asked: string[] = [];
    const ask = async (question: string) => {
      asked.push(question);
      const next = given[asked.length - 1];
      if (next === undefined) throw new UsageError("cancelled");
      return next;
    };
    return { ask, asked };
  };

  it("asks again after a malformed answer, and says what it must be", async () => {
    const { ask, asked } = answer("contoso.com", "", ` ${tenant} `, audience, "api://orders/read", scope);
    expect(await readVariables({}, {}, ask)).toEqual({
      ...{ ENTRA_TENANT_ID: tenant, ENTRA_API_AUDIENCE: audience, ENTRA_REQUIRED_SCOPE: scope },
    });
    expect(asked[0]).toBe("Directory (tenant) ID: ");
    expect(asked[1]).toMatch(/^This must be a GUID in lower case, such as .*\nDirectory \(tenant\) ID: $/);
    expect(asked[5]).toMatch(
      /^This must be a short name, such as access_as_user\.\nScope that users' tokens must have: $/,
    );
  });

  it("replaces a file only if the user confirms, and writes nothing if a question is canceled", async () => {
    const files = { "src/routes.ts": "own", "test/gate.test.ts": "own" };
    const folder = makeFolder({ "package.json": "{}", "wrangler.toml": 'name = "api"', ...files });
    const options = { tenant, audience, scope };
    const before = list(folder);
    await expect(runInit(folder, options, answer("y").ask)).rejects.toThrow("cancelled");
    expect(list(folder)).toEqual(before);
    for (const [file, text] of Object.entries(files)) expect(read(folder, file)).toBe(text);
    expect(await runInit(folder, options, answer("y", "").ask)).toBe(0);
    expect(read(folder, "src/routes.ts")).toContain("new App");
    expect(read(folder, "test/gate.test.ts")).toBe("own");
  });

  it.each([
    ["Ctrl-C", "\u0003"],
    ["Ctrl-D", "\u0004"],
  ])("ends a question with %s, in one word", async (_, key) => {
    const input = new PassThrough();
    const asked = askLine("Directory (tenant) ID: ", false, { input, output: new PassThrough() });
    input.write(key);
    await expect(asked).rejects.toThrow(new UsageError("cancelled"));
  });

  it("shows an answer unless it is hidden", async () => {
    for (const isHidden of [false, true]) {
      const input = new PassThrough();
      const output = new PassThrough();
      const asked = askLine("Access token: ", isHidden, { input, output });
      input.write("abc\r");
      expect(await asked).toBe("abc");
      const shown = await readAll(output.end());
      expect([shown.includes("Access token: "), shown.includes("abc")]).toEqual([true, !isHidden]);
    }
  });
});
