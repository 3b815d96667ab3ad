import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readGraphToken } from "../../cli/doctor/azure-cli.ts";
import { App } from "../../src/app/app.ts";
import { origin } from "../../src/app/build/origin.ts";
import { requireAuth } from "../../src/app/types/auth.ts";
import { fail, succeed } from "../../src/common/result.ts";
import { mcp } from "../../src/mcp/mcp.ts";
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

const requiring = (...anyGroup: readonly string[]): Pick<Ailment, "code"> => ({
  code: { options: { routes: new App().get("/a", { hooks: requireAuth({ scopes: ["a"], anyGroup }) }, origin()) } },
});

/** A registration of Microsoft Graph, and the requests that doctor sent there. */
function createGraph(application: object | number) {
  const requests: Request[] = [];
  const ailment: Partial<Ailment> = {
    readGraphToken: (tenant) => succeed(`token of ${tenant}`),
    async answer(url, request) {
      if (url.hostname !== "graph.microsoft.com") return undefined;
      requests.push(request.clone());
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
      "good: requirements name 1 group",
      expect.stringMatching(/^skipped: groupMembershipClaims .*--registration/),
    ]);
  });

  it("reads the registration of the audience, and the named groups, in the tenant", async () => {
    const { ailment, requests } = createGraph({ groupMembershipClaims: "SecurityGroup" });
    expect(await examineGroups({ ...requiring(security), ...ailment })).toEqual([
      "good: requirements name 1 group",
      "good: groupMembershipClaims of the registration is SecurityGroup",
      expect.stringMatching(/^skipped: group filters /),
      "good: each of them is a group that tokens can list",
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
    const script = "echo \"ERROR: Please run 'az login' to setup account.\" >&2; echo more >&2; exit 1";
    expect(runWith(script, () => readGraphToken(undefined))).toEqual(
      fail("ERROR: Please run 'az login' to setup account."),
    );
  });

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
