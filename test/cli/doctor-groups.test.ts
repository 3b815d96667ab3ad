import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readGraphToken } from "../../cli/doctor/azure-cli.ts";
import { App } from "../../src/app/app.ts";
import { origin } from "../../src/app/build/origin.ts";
import { requireAuth } from "../../src/app/types/auth.ts";
import { fail, succeed } from "../../src/base/common/result.ts";
import { downstream } from "../../src/extensions/downstream/downstream.ts";
import { type GraphGroupsOptions, groupsFromGraph } from "../../src/extensions/groups/groups.ts";
import { mcp } from "../../src/extensions/mcp/mcp.ts";
import { type Ailment, examineAilment, ids } from "./support/ailing-gate.ts";

const [security, unified, unread] = ["a", "b", "c"].map((end) => `96000000-0000-4000-8044-00000000010${end}`) as [
  string,
  string,
  string,
];
const groups: Readonly<Record<string, object>> = {
  [security]: { id: security, displayName: "Approvers", securityEnabled: true },
  [unified]: { id: unified, displayName: "Newsletter", securityEnabled: false },
};

const decidedByToken =
  "good: requirements name 1 group; the token decides, so users in more than 200 groups are refused";

const requiring = (...anyGroup: readonly string[]): Pick<Ailment, "code"> => ({
  code: { options: { routes: new App().get("/a", { hooks: requireAuth({ scopes: ["a"], anyGroup }) }, origin()) } },
});

/** A registration of Microsoft Graph, and the requests that doctor sent there. */
function createGraph(application: object | number, ...grants: readonly object[]) {
  const requests: Request[] = [];
  const ailment: Partial<Ailment> = {
    readGraphToken: (tenant) => succeed(`token of ${tenant}`),
    async answer(url, request) {
      if (url.hostname !== "graph.microsoft.com") return undefined;
      requests.push(request.clone());
      if (url.pathname.endsWith("/oauth2PermissionGrants")) return Response.json({ value: grants });
      if (url.pathname === "/v1.0/directoryObjects/getByIds") {
        const { ids: asked } = (await request.json()) as { ids: readonly string[] };
        return Response.json({ value: asked.flatMap((id) => groups[id] ?? []) });
      }
      if (typeof application !== "number") return Response.json(application);
      return Response.json({ error: { code: "Authorization_RequestDenied", message: "no" } }, { status: application });
    },
  };
  return { requests, ailment };
}

async function examineGroups(ailment: Ailment): Promise<readonly string[]> {
  const findings = await examineAilment(ailment);
  return findings
    .filter(({ area }) => area === "groups")
    .map(({ state, text, fix = "" }) => `${state}: ${text} ${fix}`.trim());
}

const withGroups = (...additionalProperties: readonly string[]) => ({
  optionalClaims: { accessToken: [{ name: "groups", additionalProperties }] },
});

describe("doctor and groups", () => {
  it("says nothing if no requirement names a group", async () => {
    expect(await examineGroups({})).toEqual([]);
  });

  it("says that it did not read the registration with --registration if no requirement names a group", async () => {
    expect(await examineGroups({ readGraphToken: () => fail("not asked") })).toEqual([
      "skipped: the registration was not read, because no requirement that was read names a group",
    ]);
  });

  it.each([
    ["a route", requiring(security)],
    ["ENTRA_REQUIRED_GROUP", { vars: { ENTRA_REQUIRED_GROUP: security } }],
    [
      "a tool",
      {
        code: {
          options: {
            routes: new App().register(
              mcp("/mcp", {
                hooks: requireAuth("a"),
                tools: { approve: requireAuth({ scopes: ["a"], groups: [security] }) },
              }),
            ),
          },
        },
        vars: { GATE_URL: "https://api.contoso.example" },
      },
    ],
  ] satisfies [string, Ailment][])("finds groups of %s, and says how to read the registration", async (_, ailment) => {
    expect(await examineGroups(ailment)).toEqual([
      decidedByToken,
      expect.stringMatching(/^skipped: groupMembershipClaims .*--registration/),
    ]);
  });

  it("reads the registration of the audience, and the named groups, in the tenant", async () => {
    const { ailment, requests } = createGraph({ groupMembershipClaims: "SecurityGroup" });
    expect(await examineGroups({ ...requiring(security), ...ailment })).toEqual([
      decidedByToken,
      "good: groupMembershipClaims of the registration is SecurityGroup",
      expect.stringMatching(/^skipped: group filters /),
      "good: each of them is of a kind that counts",
    ]);
    expect(requests.map(({ method, url }) => `${method} ${decodeURIComponent(new URL(url).pathname)}`)).toEqual([
      `GET /v1.0/applications(appId='${ids.api}')`,
      "POST /v1.0/directoryObjects/getByIds",
    ]);
    for (const { headers } of requests) expect(headers.get("authorization")).toBe(`Bearer token of ${ids.contoso}`);
  });

  it.each([
    [{ groupMembershipClaims: null }, /^fault: groupMembershipClaims of the registration is None: .* az ad app update/],
    [{ groupMembershipClaims: "None" }, /^fault: groupMembershipClaims of the registration is None: /],
    [{ groupMembershipClaims: "DirectoryRole" }, /^fault: groupMembershipClaims .* is DirectoryRole: no token lists/],
    [{ groupMembershipClaims: "ApplicationGroup" }, /^warning: .* ApplicationGroup: tokens list only groups that are/],
    [
      { groupMembershipClaims: "SecurityGroup", ...withGroups("emit_as_roles") },
      /^fault: the registration emits groups as roles \(emit_as_roles\)/,
    ],
    [
      { groupMembershipClaims: "SecurityGroup", ...withGroups("cloud_displayname") },
      /^fault: the registration emits names of groups \(cloud_displayname\)/,
    ],
  ])("finds what keeps groups out of tokens: %j", async (application, finding) => {
    const findings = await examineGroups({ ...requiring(security), ...createGraph(application).ailment });
    expect(findings).toContainEqual(expect.stringMatching(finding));
    expect(findings.filter((each) => each.startsWith("good: groupMembershipClaims"))).toEqual([]);
  });

  it("names groups that are no security groups only if tokens omit them, and groups that it cannot read", async () => {
    const named = requiring(security, unified, unread);
    const omitted = /^fault: Newsletter \(96000000-0000-4000-8044-00000000010b\) is no security group/;
    const missing = /^warning: no group that you may read has the object ID 96000000-0000-4000-8044-00000000010c/;
    const ofSecurity = await examineGroups({
      ...named,
      ...createGraph({ groupMembershipClaims: "SecurityGroup" }).ailment,
    });
    expect(ofSecurity).toContainEqual(expect.stringMatching(omitted));
    expect(ofSecurity).toContainEqual(expect.stringMatching(missing));
    const ofAll = await examineGroups({ ...named, ...createGraph({ groupMembershipClaims: "All" }).ailment });
    expect(ofAll).not.toContainEqual(expect.stringMatching(omitted));
    expect(ofAll).toContainEqual(expect.stringMatching(missing));
  });

  const asking = (options: GraphGroupsOptions, ...anyGroup: readonly string[]): Ailment => ({
    code: {
      options: { ...requiring(...anyGroup).code?.options, downstream: downstream(), groups: groupsFromGraph(options) },
    },
    vars: { ENTRA_CLIENT_ID: ids.api, ENTRA_CLIENT_SECRET: "secret" },
  });
  const ofAll = (scope: string) => ({ consentType: "AllPrincipals", scope });

  it("says that Microsoft Graph decides, and which permissions the gate needs", async () => {
    expect(await examineGroups(asking({}, security))).toEqual([
      "good: requirements name 1 group; Microsoft Graph decides if a token has too many groups",
      `skipped: the registration ${ids.api} needs the delegated User.Read of Microsoft Graph, with consent`,
      expect.stringMatching(/^skipped: groupMembershipClaims/),
    ]);
    const [first, second] = await examineGroups(asking({ source: "graph", securityEnabledOnly: true }, security));
    expect(first).toContain("Microsoft Graph decides for every user");
    expect(second).toContain("the delegated User.Read and GroupMember.Read.All of Microsoft Graph");
  });

  it.each([
    [
      [ofAll("openid User.Read"), ofAll("GroupMember.Read.All")],
      /^good: an administrator has consented to User\.Read and/,
    ],
    [
      [ofAll("User.Read"), { consentType: "Principal", scope: "GroupMember.Read.All" }],
      /^warning: no administrator has consented to GroupMember\.Read\.All .* az ad app permission add .*bc024368-1153-4739-b217-4326f2e966d0=Scope && az ad app permission admin-consent/,
    ],
    [[], /^warning: no administrator has consented to User\.Read and GroupMember\.Read\.All/],
  ])("reads the consents %j", async (grants, finding) => {
    const { ailment } = createGraph({ groupMembershipClaims: "SecurityGroup" }, ...grants);
    const findings = await examineGroups({ ...asking({ securityEnabledOnly: true }, security), ...ailment });
    expect(findings.at(-1)).toMatch(finding);
  });

  it("compares what tokens list with what Microsoft Graph counts", async () => {
    const examined = async (options: GraphGroupsOptions, claims: string | null, ...properties: readonly string[]) => {
      const application = { groupMembershipClaims: claims, ...withGroups(...properties) };
      const { ailment } = createGraph(application, ofAll("User.Read GroupMember.Read.All"));
      const findings = await examineGroups({ ...asking(options, security, unified), ...ailment });
      return findings.filter((each) => !each.startsWith("good") && !each.startsWith("skipped"));
    };
    expect(await examined({}, "All")).toEqual([]);
    expect(await examined({}, "SecurityGroup")).toEqual([
      expect.stringMatching(/^fault: Newsletter .* a user can gain access with a 201st group groupsFromGraph/),
    ]);
    expect(await examined({}, "ApplicationGroup")).toEqual([
      expect.stringMatching(/^warning: .*a user can gain access with too many groups for the token groupsFromGraph/),
    ]);
    expect(await examined({ securityEnabledOnly: true }, "All")).toEqual([
      expect.stringMatching(/^fault: Newsletter .* securityEnabledOnly never counts it/),
    ]);
    // The token's own list counts as nothing.
    expect(await examined({ source: "graph" }, null, "cloud_displayname")).toEqual([]);
    expect(await examined({ source: "graph" }, "SecurityGroup", "emit_as_roles")).toEqual([
      expect.stringMatching(/^warning: .*users lose their app roles/),
    ]);
  });

  it("warns if it may not read the registration, or nobody is signed in", async () => {
    const { ailment } = createGraph(403);
    expect(await examineGroups({ ...requiring(security), ...ailment })).toContainEqual(
      `warning: the registration ${ids.api} was not read: status 403 Authorization_RequestDenied az login --allow-no-subscriptions --tenant ${ids.contoso}`,
    );
    expect(
      await examineGroups({ ...requiring(security), readGraphToken: () => fail("Please run az login") }),
    ).toContainEqual(expect.stringMatching(/^warning: the registration was not read: Please run az login az login /));
  });
});

describe("the token of the Azure CLI", () => {
  /** Runs with a program in place of the Azure CLI. */
  function runWith<T>(script: string, use: (folder: string) => T): T {
    const folder = mkdtempSync(path.join(tmpdir(), "doctor-az-"));
    writeFileSync(path.join(folder, "az"), `#!/bin/sh\n${script}\n`);
    chmodSync(path.join(folder, "az"), 0o755);
    const { PATH } = process.env;
    process.env.PATH = `${folder}:${PATH}`;
    try {
      return use(folder);
    } finally {
      process.env.PATH = PATH;
      rmSync(folder, { recursive: true });
    }
  }

  it("is for Microsoft Graph, in the tenant", () => {
    runWith('echo "$@" > "$(dirname "$0")/arguments"; echo secret', (folder) => {
      expect(readGraphToken(ids.contoso)).toEqual(succeed("secret"));
      expect(readFileSync(path.join(folder, "arguments"), "utf8").trim()).toBe(
        `account get-access-token --resource-type ms-graph --query accessToken --output tsv --tenant ${ids.contoso}`,
      );
    });
  });

  it("is missing, with the words of the Azure CLI", () => {
    const script =
      "echo 'a.py:1: FutureWarning' >&2; echo \"ERROR: Please run 'az login' to setup account.\" >&2; echo more >&2; exit 1";
    expect(runWith(script, () => readGraphToken(undefined))).toEqual(
      fail("ERROR: Please run 'az login' to setup account."),
    );
  });

  it.each(["echo warning; echo secret", "printf 'secr\\303\\251t'", "printf 'se cret'"])(
    "is missing if %j prints something else, which no message shows",
    (script) => {
      expect(runWith(script, () => readGraphToken(undefined))).toEqual(fail("az printed no token"));
    },
  );

  it("is missing without the Azure CLI", () => {
    const { PATH } = process.env;
    process.env.PATH = "/nonexistent";
    try {
      expect(readGraphToken(undefined)).toEqual(fail(expect.stringMatching(/^az: .*ENOENT/)));
    } finally {
      process.env.PATH = PATH;
    }
  });
});
