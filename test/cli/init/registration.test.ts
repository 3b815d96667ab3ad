import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, statSync, symlinkSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parse } from "@cdktn/hcl2json";
import type { Application, FederatedIdentityCredential } from "@microsoft/microsoft-graph-types";
import { afterAll, describe, expect, it } from "vitest";
import { describeFederation, readCloud } from "../../../cli/init/federation.ts";
import { listPermissions } from "../../../cli/init/permissions.ts";
import {
  createRegistration,
  writeAzCommands,
  writeGraphRequests,
  writeTerraform,
} from "../../../cli/init/registration.ts";
import { downstream } from "../../../src/extensions/downstream/downstream.ts";
import { type GraphGroupsOptions, groupsFromGraph } from "../../../src/extensions/groups/groups.ts";
import { answer, commit, copyFixture, init, list, makeFolder, read, removeFolders, write } from "./support/folders.ts";

afterAll(removeFolders);

const variables = { ENTRA_REQUIRED_SCOPE: "orders.read orders.write", ENTRA_REQUIRED_ROLE: "Orders.Read.All" };
// biome-ignore lint/suspicious/noTemplateCurlyInString: a template of Terraform, not of JavaScript
const registration = createRegistration("Bob's ${orders}", listPermissions(variables, undefined), [
  "http://localhost:5173",
]);
const federation = {
  issuer: "https://api.contoso.com/.well-known/entra-gate/client",
  subject: undefined,
  audience: "api://AzureADTokenExchange",
};
/** Typed by Microsoft's package of Graph types. */
const body: Application = registration;

/** Runs a script with programs that note their arguments. @returns the arguments of each call */
const runScript = (script: string, programs: Readonly<Record<string, string>>, ...args: readonly string[]) =>
  run(script, programs, ...args).calls;

/** @returns what a script prints, too */
function run(script: string, programs: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const folder = makeFolder({ "register.sh": script });
  for (const [name, answers] of Object.entries(programs)) {
    write(
      folder,
      name,
      `#!/bin/sh\nfor each in "$@"; do printf '%s\\0' "$each" >> calls; done\nprintf '\\001' >> calls\n${answers}\n`,
    );
    chmodSync(path.join(folder, name), 0o755);
  }
  const env = { PATH: `${folder}:/usr/bin:/bin`, GRAPH_TOKEN: "secret" };
  const ended = spawnSync("sh", ["register.sh", ...args], { cwd: folder, env, encoding: "utf8" });
  const calls = read(folder, "calls")
    .split("\u0001")
    .slice(0, -1)
    .map((call) => call.split("\0").slice(0, -1));
  return { calls, code: ended.status, output: ended.stdout, errors: ended.stderr };
}

/** Answers in a tenant that does not have the application. */
const newGraph = `case "$*" in
  *"GET "*) printf '{"value":[]}' ;;
  *) printf '{"appId":"a-1","appOwnerOrganizationId":"b-2"}' ;;
esac
case "$*" in *--write-out*) echo ;; esac`;
const newAzure = `case "$*" in
  *"account show"*) echo b-2 ;; *" show "*) exit 3 ;; *"app list"*) ;; *) echo a-1 ;;
esac`;
const usedAzure = `case "$*" in *"account show"*) echo b-2 ;; *) echo a-1 ;; esac`;
/** Answers in a tenant that has it. */
const usedGraph = `case "$*" in
  *"GET "*) printf '{"value":[{"appId":"a-1","appOwnerOrganizationId":"b-2","x":"y"}]}' ;;
esac`;

describe("the registration", () => {
  it("asks for version 2 tokens, the scopes, the app role and the optional claims", () => {
    expect(body.api?.requestedAccessTokenVersion).toBe(2);
    expect(body.api?.oauth2PermissionScopes?.map(({ value }) => value)).toEqual(["orders.read", "orders.write"]);
    expect(body.appRoles?.map(({ value, allowedMemberTypes }) => [value, allowedMemberTypes])).toEqual([
      ["Orders.Read.All", ["Application"]],
    ]);
    expect(body.optionalClaims?.accessToken?.map(({ name }) => name)).toEqual(["xms_cc", "idtyp"]);
  });

  const readOption = (call: readonly string[], option: string) => call[call.indexOf(option) + 1];
  /** Reads method and path of each request. */
  const readRequests = (calls: readonly (readonly string[])[]) =>
    calls.map((call) => {
      const url = new URL(call.find((each) => each.startsWith("https:")) ?? "");
      const query = [...url.searchParams].map(([name, value]) => ` ${name}=${value}`).join("");
      return `${readOption(call, "--request")} ${url.pathname}${query}`;
    });

  it("puts security groups into tokens only if a requirement names groups", async () => {
    const inGroup = { ...variables, ENTRA_REQUIRED_GROUP: "44444444-5555-6666-7777-888888888888" };
    const withGroups = createRegistration("orders", listPermissions(inGroup, undefined), []);
    const typed: Application = withGroups;
    expect([body.groupMembershipClaims, typed.groupMembershipClaims]).toEqual([undefined, "SecurityGroup"]);
    const texts = [withGroups, registration].map((each) => writeTerraform(each, { cloud: "public" }));
    const parsed = await Promise.all(texts.map((text) => parse("register.tf", text)));
    expect(parsed.map(({ resource }) => resource.azuread_application.api[0].group_membership_claims)).toEqual([
      ["SecurityGroup"],
      undefined,
    ]);
  });

  it("requests permissions of Microsoft Graph, in addition to those of the application", async () => {
    const ofGraph = ["User.Read", "GroupMember.Read.All"];
    const context = { cloud: "public", ofGraph } as const;
    const [userRead, groupMember] = ["e1fe6dd8-ba31-4d61-89e7-88639da4683d", "bc024368-1153-4739-b217-4326f2e966d0"];
    const graph = "00000003-0000-0000-c000-000000000000";
    const expected = [
      {
        resourceAppId: graph,
        resourceAccess: [userRead, groupMember].map((id) => ({ id, type: "Scope" })),
      },
    ];
    const az = runScript(writeAzCommands(registration, context), { az: newAzure });
    expect(az.map((call) => call.join(" "))).toContain(
      `ad app permission add --id a-1 --api ${graph} --api-permissions ${userRead}=Scope ${groupMember}=Scope`,
    );
    const answers = (list: string) => `case "$*" in
  *requiredResourceAccess*GET*|*GET*requiredResourceAccess*) printf '{"requiredResourceAccess":${list}}' ;;
  *"GET "*) printf '{"value":[]}' ;;
  *) printf '{"appId":"a-1","appOwnerOrganizationId":"b-2"}' ;;
esac`;
    const requested = (list: string) =>
      runScript(writeGraphRequests(registration, context), { curl: answers(list) })
        .map((call) => readOption(call, "--data") ?? "")
        .filter((data) => data.includes("requiredResourceAccess"))
        .map((data) => JSON.parse(data) as Application);
    expect(requested("[]")).toEqual([{ requiredResourceAccess: expected }]);
    expect(requested('[{"resourceAppId":"other"}]')).toEqual([]);
    const parsed = await parse("register.tf", writeTerraform(registration, context));
    expect(parsed.resource.azuread_application.api[0].required_resource_access).toEqual([
      { resource_app_id: graph, resource_access: [userRead, groupMember].map((id) => ({ id, type: "Scope" })) },
    ]);
  });

  it("sets no groupMembershipClaims if Microsoft Graph decides for every user", () => {
    const inGroup = { ...variables, ENTRA_REQUIRED_GROUP: "44444444-5555-6666-7777-888888888888" };
    const of = (options: GraphGroupsOptions) =>
      listPermissions(inGroup, { options: { groups: groupsFromGraph(options), downstream: downstream() } });
    expect(of({})).toMatchObject({ listsGroups: true, ofGraph: ["User.Read"] });
    expect(of({ source: "graph" })).toMatchObject({ listsGroups: false, ofGraph: ["User.Read"] });
  });

  it("is a script of requests to Microsoft Graph", () => {
    const calls = runScript(writeGraphRequests(registration, { cloud: "public" }), { curl: newGraph });
    expect(readRequests(calls)).toEqual([
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of Terraform, not of JavaScript
      "GET /v1.0/applications $select=appId $filter=displayName eq 'Bob''s ${orders}'",
      "POST /v1.0/applications",
      "PATCH /v1.0/applications(appId='a-1')",
      "GET /v1.0/servicePrincipals $filter=appId eq 'a-1'",
      "POST /v1.0/servicePrincipals",
    ]);
    const [, created, uri, , principal] = calls.map((call) => readOption(call, "--data") ?? "");
    expect(JSON.parse(created!)).toEqual(registration);
    expect([uri, principal].map((each) => JSON.parse(each!))).toEqual([
      { identifierUris: ["api://a-1"] },
      { appId: "a-1" },
    ]);
  });

  it.each([
    ["Microsoft Graph", writeGraphRequests, { curl: usedGraph }, "a-1"],
    [
      "Microsoft Graph, twice",
      writeGraphRequests,
      { curl: `printf '{"value":[{"appId":"a-1","appOwnerOrganizationId":"b-2"},{"appId":"a-2"}]}'` },
      "a-2",
    ],
    ["the Azure CLI", writeAzCommands, { az: usedAzure }, "a-1"],
    ["the Azure CLI, twice", writeAzCommands, { az: "printf 'a-1\\na-2\\n'" }, "a-2"],
  ])("changes nothing if an application has its name: %s", (_, write, programs, id) => {
    const script = write(registration, { cloud: "public", federation });
    const { code, output, errors, calls } = run(script, programs as Record<string, string>);
    expect([code, output]).toEqual([1, ""]);
    expect(errors).toContain(". Nothing was changed.\nTo change it: sh entra/register.sh --update a-1\n");
    expect(errors.trimEnd().split("\n").at(-1)).toBe(`To change it: sh entra/register.sh --update ${id}`);
    const commands = calls.map((call) => call.join(" "));
    expect(commands.filter((each) => !/ GET |account show|ad app list/.test(each))).toEqual([]);
  });

  it.each([
    ["Microsoft Graph", writeGraphRequests, { curl: usedGraph }],
    ["the Azure CLI", writeAzCommands, { az: usedAzure }],
  ])("changes the application that --update names: %s", (_, write, programs) => {
    const script = write(registration, { cloud: "public" });
    const { code, calls } = run(script, programs as Record<string, string>, "--update", "a-9");
    const changes = calls.filter((call) => /PATCH|POST|ad app update|ad app create/.test(call.join(" ")));
    expect([code, changes.length]).toEqual([0, 1]);
    expect(changes[0]).toContain("https://graph.microsoft.com/v1.0/applications(appId='a-9')");
    expect(JSON.parse(changes[0]?.at(-1) ?? "")).toEqual(registration);
  });

  it("leaves app roles and redirect URIs alone that it does not have", () => {
    const plain = createRegistration("orders", listPermissions({ ENTRA_REQUIRED_SCOPE: "a" }, undefined), []);
    expect(Object.keys(plain)).toEqual(["displayName", "signInAudience", "api", "optionalClaims"]);
  });

  it.each([[["--update"]], [["a-9"]], [["--udpate", "a-9"]], [["--update", "a-9", "a-8"]]])("refuses %j", (args) => {
    for (const write of [writeGraphRequests, writeAzCommands]) {
      const folder = makeFolder({ "register.sh": write(registration, { cloud: "public" }) });
      const env = { PATH: "/usr/bin:/bin", GRAPH_TOKEN: "secret" };
      const { status, stderr } = spawnSync("sh", ["register.sh", ...args], { cwd: folder, env, encoding: "utf8" });
      expect([status, stderr]).toEqual([3, "Usage: sh entra/register.sh [--update ID]\n"]);
    }
  });

  it.each(["exit 22", "printf nonsense"])("creates nothing with Microsoft Graph if it answers with %s", (answer) => {
    const script = writeGraphRequests(registration, { cloud: "public" });
    const { code, calls } = run(script, { curl: `case "$*" in *GET*) ${answer} ;; *) ;; esac` });
    expect(code).not.toBe(0);
    expect(calls.filter((call) => call.join(" ").includes("PATCH"))).toEqual([]);
  });

  it("is a script of the Azure CLI", () => {
    const calls = runScript(writeAzCommands(registration, { cloud: "public" }), { az: newAzure });
    expect(calls.map((call) => call.slice(0, 3).join(" "))).toEqual([
      "account show --query",
      "ad app list",
      "rest --method POST",
      "ad app update",
      "ad sp show",
      "ad sp create",
    ]);
    expect(calls[1]?.join(" ")).toContain("displayName eq 'Bob''s");
    const rest = calls[2] ?? [];
    expect(rest).toContain("https://graph.microsoft.com/v1.0/applications");
    expect(JSON.parse(readOption(rest, "--body") ?? "")).toEqual(registration);
  });

  it.each([
    ["Microsoft Graph", writeGraphRequests, { curl: newGraph }, []],
    ["Microsoft Graph, again", writeGraphRequests, { curl: usedGraph }, ["--update", "a-1"]],
    ["the Azure CLI", writeAzCommands, { az: newAzure }, []],
  ])("prints the variables that have the IDs: %s", (_, write, programs, args) => {
    const printed = (own: object) =>
      run(write(registration, { cloud: "public", ...own }), programs as Record<string, string>, ...args).output.match(
        /^ENTRA_.*$/gm,
      );
    expect(printed({})).toEqual(["ENTRA_TENANT_ID=b-2", "ENTRA_API_AUDIENCE=a-1"]);
    expect(printed({ federation })?.at(-1)).toBe("ENTRA_CLIENT_ID=a-1");
  });

  it("keeps the service principal of an earlier run with the Azure CLI", () => {
    const calls = runScript(writeAzCommands(registration, { cloud: "public" }), { az: usedAzure }, "--update", "a-1");
    expect(calls.at(-1)?.slice(0, 3)).toEqual(["ad", "sp", "show"]);
  });

  it("is a file that Terraform's parser reads, aligned as its formatter aligns it", async () => {
    const text = writeTerraform(registration, { cloud: "public" });
    const parsed = await parse("register.tf", text);
    const [application] = parsed.resource.azuread_application.api;
    expect(application.display_name).toBe("Bob's $${orders}");
    expect(application.prevent_duplicate_names).toBe(true);
    expect(application.api[0].requested_access_token_version).toBe(2);
    expect(application.api[0].oauth2_permission_scope).toHaveLength(2);
    expect(application.app_role[0]).toMatchObject({ value: "Orders.Read.All", allowed_member_types: ["Application"] });
    expect(application.optional_claims[0].access_token.map(({ name }: { name: string }) => name)).toEqual([
      "xms_cc",
      "idtyp",
    ]);
    expect(Object.keys(parsed.output)).toEqual(["entra_api_audience", "entra_tenant_id"]);
    expect(Object.keys(parsed.data)).toEqual(["azuread_client_config"]);
    expect(parsed.resource.azuread_application_identifier_uri.api[0].identifier_uri).toContain("api://${");
    expect(text).toContain('\n    name                  = "xms_cc"\n'.replaceAll("\n    ", "\n      "));
    await expect(parse("broken.tf", "resource {")).rejects.toThrow();
  });
});

describe("the registration in another cloud", () => {
  it.each([
    ["usgov", "https://graph.microsoft.us/v1.0/", "AzureUSGovernment", "usgovernment"],
    ["china", "https://microsoftgraph.chinacloudapi.cn/v1.0/", "AzureChinaCloud", "china"],
  ] as const)("is created there: %s", async (cloud, graph, azName, environment) => {
    const requests = runScript(writeGraphRequests(registration, { cloud }), { curl: newGraph });
    for (const request of requests) expect(request.find((each) => each.startsWith("https:"))).toContain(graph);
    const script = writeAzCommands(registration, { cloud });
    expect(script).toContain(`Sign in first: az cloud set --name ${azName} && az login`);
    expect(runScript(script, { az: newAzure })[2]).toContain(`${graph}applications`);
    expect(runScript(script, { az: usedAzure }, "--update", "a-1")[1]).toContain(`${graph}applications(appId='a-1')`);
    const parsed = await parse("register.tf", writeTerraform(registration, { cloud }));
    expect(parsed.provider.azuread).toEqual([{ environment }]);
  });

  it("is that of ENTRA_CLOUD, which must be a cloud", async () => {
    const folder = makeFolder({
      "package.json": '{ "type": "module" }',
      "wrangler.toml": 'name = "orders"\nmain = "src/gate.ts"\n[vars]\nENTRA_CLOUD = "usgov"\n',
      "src/gate.ts": 'import { createGate } from "entra-gate";\nexport default createGate();\n',
    });
    await init(folder, { yes: true, register: "graph" });
    expect(read(folder, "entra/register.sh")).toContain("https://graph.microsoft.us/v1.0");
    expect(() => readCloud({ ENTRA_CLOUD: "germany" })).toThrow('ENTRA_CLOUD is "germany"');
  });
});

describe("the federated credential of the gate's own issuer", () => {
  const expected: FederatedIdentityCredential = {
    name: "entra-gate",
    issuer: federation.issuer,
    subject: "a-1",
    audiences: ["api://AzureADTokenExchange"],
  };

  it.each([
    ["the client ID", undefined, "a-1"],
    ["a name with quotes", `Bob's "gate" $APP_ID`, `Bob's "gate" $APP_ID`],
  ])("is created by each script, with the subject %s", (_, subject, written) => {
    const own = { cloud: "public", federation: { ...federation, subject } } as const;
    const requests = runScript(writeGraphRequests(registration, own), { curl: newGraph });
    const last = requests.at(-1) ?? [];
    expect(last).toContain(
      "https://graph.microsoft.com/v1.0/applications(appId='a-1')/federatedIdentityCredentials(name='entra-gate')",
    );
    expect(last).toContain("Prefer: create-if-missing");
    expect(JSON.parse(last[last.indexOf("--data") + 1] ?? "")).toEqual({ ...expected, subject: written });
    for (const [az, command, ...args] of [
      [newAzure, "ad app federated-credential create --id"],
      [usedAzure, "ad app federated-credential update --id", "--update", "a-1"],
    ] as const) {
      const called = runScript(writeAzCommands(registration, own), { az }, ...args).at(-1) ?? [];
      expect(called.slice(0, 5).join(" ")).toBe(command);
      expect(called[5]).toBe("a-1");
      expect(JSON.parse(called.at(-1) ?? "")).toEqual({ ...expected, subject: written });
    }
  });

  it("is a resource of Terraform", async () => {
    for (const [subject, written] of [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of Terraform, not of JavaScript
      [undefined, "${azuread_application.api.client_id}"],
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of Terraform, not of JavaScript
      ["orders-${gate}", "orders-$${gate}"],
    ]) {
      const parsed = await parse(
        "register.tf",
        writeTerraform(registration, { cloud: "public", federation: { ...federation, subject } }),
      );
      const [credential] = parsed.resource.azuread_application_federated_identity_credential.gate;
      expect(credential).toMatchObject({ issuer: federation.issuer, audiences: expected.audiences, subject: written });
    }
  });

  it("is what the gate itself reads, with the audience of the cloud", () => {
    const own = { ENTRA_CLIENT_FEDERATION: "gate", GATE_URL: "https://api.contoso.com https://b.example" };
    expect(describeFederation(own)).toEqual(federation);
    const all = { ...own, GATE_ISSUER: "https://b.example", ENTRA_CLIENT_SUBJECT: "x", ENTRA_CLOUD: "usgov" };
    expect(describeFederation(all)).toEqual({
      issuer: "https://b.example/.well-known/entra-gate/client",
      subject: "x",
      audience: "api://AzureADTokenExchangeUSGov",
    });
    expect(describeFederation({ GATE_URL: "https://api.contoso.com" })).toBeUndefined();
    expect(() => describeFederation({ ENTRA_CLIENT_FEDERATION: "gate" })).toThrow(
      "GATE_ISSUER or GATE_URL is required",
    );
    expect(() => describeFederation({ ...own, ENTRA_CLIENT_FEDERATION: "on" })).toThrow('is "on", not gate');
  });
});

/** Reads what a written file registers. */
async function readRegistered(folder: string, file: string) {
  const text = read(folder, file);
  const id = (kind: string) => (each: { value?: string | null; id?: string }) => [`${kind} ${each.value}`, each.id];
  if (file.endsWith(".tf")) {
    const [application] = (await parse(file, text)).resource.azuread_application.api;
    return {
      name: application.display_name.replaceAll("$$", "$"),
      callbacks: application.single_page_application?.[0].redirect_uris ?? [],
      ids: Object.fromEntries([
        ...application.api[0].oauth2_permission_scope.map(id("scope")),
        ...(application.app_role ?? []).map(id("role")),
      ]),
    };
  }
  const [, quoted = ""] = /(?:--body |BODY=)'([\s\S]*?\n\})'/.exec(text) ?? [];
  const application = JSON.parse(quoted.replaceAll("'\\''", "'"));
  return {
    name: application.displayName,
    callbacks: application.spa?.redirectUris ?? [],
    ids: Object.fromEntries([
      ...application.api.oauth2PermissionScopes.map(id("scope")),
      ...(application.appRoles ?? []).map(id("role")),
    ]),
  };
}

const fileOf = (form: string) => (form === "terraform" ? "entra/register.tf" : "entra/register.sh");

describe("init --register", () => {
  it.each(["az", "graph", "terraform"])("writes a file instead of printing it: %s", async (register) => {
    const folder = copyFixture("hono");
    const { output } = await init(folder, { yes: true, register });
    const file = register === "terraform" ? "entra/register.tf" : "entra/register.sh";
    expect(read(folder, file)).toContain("access_as_user");
    expect(output).toContain(register === "terraform" ? "terraform -chdir=entra init" : "sh entra/register.sh");
    if (register === "terraform") return;
    expect(statSync(path.join(folder, file)).mode & 0o111).not.toBe(0);
    expect(spawnSync("sh", ["-n", path.join(folder, file)]).status).toBe(0);
  });

  it("registers every scope and app role that the code names", async () => {
    const folder = copyFixture("hono");
    await init(folder);
    const adapter = JSON.stringify(pathToFileURL(path.resolve("src/adapters/hono.ts")));
    write(folder, "node_modules/entra-gate/package.json", '{ "type": "module", "exports": { "./hono": "./hono.js" } }');
    write(folder, "node_modules/entra-gate/hono.js", `export * from ${adapter};`);
    symlinkSync(path.resolve("node_modules/hono"), path.join(folder, "node_modules/hono"));
    const text = read(folder, "src/index.ts");
    const guard =
      'app.get("/admin", anyOf(requireAuth("orders.admin"), requireAuth({ anyRole: ["A", "B"] }), requireAuth({ scopes: ["orders.admin"], anyGroup: ["44444444-5555-6666-7777-888888888888"] }), requireAuth({ roles: ["B"], kind: "user" })), (c) => c.text(""));';
    write(
      folder,
      "src/index.ts",
      text.replace("requireAuth }", "anyOf, requireAuth }").replace("export default", `${guard}\nexport default`),
    );
    // In a process of its own, the command and the app share the modules of this package.
    const command = [path.resolve("cli/entra-gate.js"), "init", folder, "--yes", "--register", "az"];
    execFileSync(process.execPath, command);
    const written = JSON.parse(/BODY='([\s\S]*?)'\n/.exec(read(folder, "entra/register.sh"))![1]!) as Application;
    expect(written.api?.oauth2PermissionScopes?.map(({ value }) => value)).toEqual(["access_as_user", "orders.admin"]);
    expect(written.groupMembershipClaims).toBe("SecurityGroup");
    expect(written.appRoles?.map(({ value, allowedMemberTypes }) => [value, allowedMemberTypes])).toEqual([
      ["A", ["Application"]],
      ["B", ["Application", "User"]],
    ]);
  });

  it.each([
    ["az", "terraform"],
    ["graph", "terraform"],
    ["terraform", "graph"],
  ])("keeps IDs, name and callbacks of an earlier call: %s, then %s", async (register, other) => {
    // A scope and an app role can have the same name.
    const variables = 'ENTRA_REQUIRED_SCOPE = "orders.read Orders"\nENTRA_REQUIRED_ROLE = "Orders"\n';
    const folder = makeFolder({
      "package.json": '{ "type": "module" }',
      "wrangler.toml": `name = "orders"\nmain = "src/gate.ts"\n[vars]\n${variables}`,
      "src/gate.ts": 'import { createGate } from "entra-gate";\nexport default createGate();\n',
    });
    const own = {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of Terraform, not of JavaScript
      name: "Bob's ${orders}",
      callback: ["https://app.contoso.com/?a=b", "http://localhost:3000", "http://127.0.0.1:3000"],
    };
    const options = { yes: true, scope: undefined as never } as const;
    await init(folder, { ...options, register, ...own });
    const first = await readRegistered(folder, fileOf(register));
    expect(Object.keys(first.ids)).toEqual(["scope orders.read", "scope Orders", "role Orders"]);
    expect(new Set(Object.values(first.ids)).size).toBe(3);
    write(folder, "wrangler.toml", read(folder, "wrangler.toml").replace(" Orders", " Orders orders.write"));
    await init(folder, { ...options, register });
    const second = await readRegistered(folder, fileOf(register));
    const { "scope orders.write": added, ...kept } = second.ids;
    expect({ ...second, ids: kept }).toEqual({ name: own.name, callbacks: own.callback, ids: first.ids });
    expect(added).toMatch(/^[0-9a-f-]{36}$/);
    await init(folder, { ...options, register: other });
    expect(await readRegistered(folder, fileOf(other))).toEqual(second);
  });

  it.each([
    ["az", '"groupMembershipClaims": "SecurityGroup"', '"groupMembershipClaims": "ApplicationGroup"'],
    ["terraform", '= ["SecurityGroup"]', '= ["ApplicationGroup"]'],
  ])("keeps groupMembershipClaims of an earlier call: %s", async (register, written, changed) => {
    const folder = makeFolder({
      "package.json": '{ "type": "module" }',
      "wrangler.toml":
        'name = "orders"\nmain = "src/gate.ts"\n[vars]\nENTRA_REQUIRED_SCOPE = "a"\nENTRA_REQUIRED_GROUP = "44444444-5555-6666-7777-888888888888"\n',
      "src/gate.ts": 'import { createGate } from "entra-gate";\nexport default createGate();\n',
    });
    await init(folder, { yes: true, register });
    const file = fileOf(register);
    expect(read(folder, file)).toContain(written);
    write(folder, file, read(folder, file).replace(written, changed));
    await init(folder, { yes: true, register });
    expect(read(folder, file)).toContain(changed);
  });

  it.each(["entra/register.sh", "entra/register.tf"])(
    "does not lose the IDs of %s if it cannot read it",
    async (file) => {
      const folder = copyFixture("hono");
      write(folder, file, "mine");
      const files = list(folder);
      await expect(init(folder, { yes: true, register: "az" })).rejects.toThrow(`${file} is not as init writes it`);
      expect(list(folder)).toEqual(files);
    },
  );

  it("registers the federated credential of a gate that is protected already", async () => {
    const folder = makeFolder({
      "package.json": '{ "type": "module" }',
      "wrangler.toml": [
        'name = "orders"',
        'main = "src/gate.ts"',
        "[vars]",
        'ENTRA_API_AUDIENCE = "22222222-3333-4444-5555-666666666666"',
        'ENTRA_CLIENT_FEDERATION = "gate"',
        'GATE_ISSUER = "https://api.contoso.com"',
        'ORIGIN_ASSERTION = "jwt"',
      ].join("\n"),
      "src/gate.ts": 'import { createGate } from "entra-gate";\nexport default createGate();\n',
    });
    await init(folder, { yes: true, register: "az" });
    expect(read(folder, "entra/register.sh")).toContain(federation.issuer);
    write(folder, "wrangler.toml", read(folder, "wrangler.toml").replace('"gate"', '"github"'));
    await expect(init(folder, { yes: true, register: "graph" })).rejects.toThrow('is "github", not gate');
  });

  it("asks how, and can be called later", async () => {
    const folder = copyFixture("hono");
    commit(folder);
    const { prompts, asked } = answer([], "terraform", true);
    await init(folder, {}, prompts);
    expect(asked).toContain("How do you register the API in Entra?");
    expect(Object.keys(list(folder))).toContain("entra/register.tf");
    await init(folder, { yes: true, register: "az" });
    expect(Object.keys(list(folder))).toContain("entra/register.sh");
  });
});
