import { describe, expect, it } from "vitest";
import { createTrialGate } from "../../cli/test/trial-gate.ts";
import { createTestEntra } from "../../entra/testing.ts";
import type { AccessTokenOptions } from "../../entra/tokens/issuer.ts";
import { App } from "../../src/app/app.ts";
import { origin } from "../../src/app/build/origin.ts";
import { anyOf, requireAuth } from "../../src/app/types/auth.ts";
import { downstream } from "../../src/extensions/downstream/downstream.ts";
import { type GraphGroupsOptions, groupsFromGraph } from "../../src/extensions/groups/groups.ts";
import { entra, environment, explainCredential } from "./support/explain-world.ts";

const [group, otherGroup] = ["a", "b"].map((end) => `96000000-0000-4000-8044-00000000020${end}`) as [string, string];
const manyGroups = Array.from(
  { length: 201 },
  (_, index) => `96000000-0000-4000-8045-${String(index).padStart(12, "0")}`,
);
const routes = new App()
  .get("/orders", { hooks: requireAuth({ scopes: ["access_as_user"], anyGroup: [group] }) }, origin())
  .get("/stepped-up", { hooks: requireAuth({ scopes: ["access_as_user"], anyGroup: [group], acrs: ["c1"] }) }, origin())
  .get(
    "/either",
    {
      hooks: anyOf(
        requireAuth({ scopes: ["access_as_user"], anyGroup: [group] }),
        requireAuth({ scopes: ["access_as_user"] }),
      ),
    },
    origin(),
  );
const credential = { ENTRA_CLIENT_ID: environment.ENTRA_API_AUDIENCE, ENTRA_CLIENT_SECRET: "secret" };
const withGraph = (options?: GraphGroupsOptions) => ({ groups: groupsFromGraph(options), downstream: downstream() });

/** What explain says of the caller and of the check of groups. */
async function explainGroups(token: AccessTokenOptions, options: object = {}, path = "/orders") {
  const { verdict, checks, causes } = await explainCredential(`Bearer ${await entra.issueAccessToken(token)}`, {
    options: { routes, ...options },
    environment: "groups" in options ? credential : {},
    request: { method: "GET", url: `https://api.contoso.example${path}` },
  });
  const check = checks.find(({ name }) => name === "groups");
  const reason = "denial" in verdict ? verdict.denial?.reason : undefined;
  return {
    outcome: verdict.outcome,
    reason,
    state: check?.state,
    note: check?.note,
    causes: causes.map(({ id }) => id),
  };
}

describe("explain", () => {
  it.each([undefined, {}, { securityEnabledOnly: true }] as const)(
    "says that the token decides if it lists the groups, with %j",
    async (graph) => {
      const options = graph === undefined ? {} : withGraph(graph);
      const note = "the token decides";
      expect(await explainGroups({ groups: [group] }, options)).toMatchObject({ outcome: "allowed", note });
      expect(await explainGroups({ groups: [otherGroup] }, options)).toMatchObject({ reason: "group_missing", note });
      expect(await explainGroups({ groups: [] }, options)).toMatchObject({ reason: "groups_absent", note: undefined });
    },
  );

  it("says that Microsoft Graph decides if the token has too many groups", async () => {
    expect(await explainGroups({ groups: manyGroups })).toMatchObject({
      outcome: "refused",
      reason: "groups_overage",
      causes: ["too-many-groups"],
    });
    expect(await explainGroups({ groups: manyGroups }, withGraph())).toEqual({
      outcome: "unknown",
      reason: undefined,
      state: "unknown",
      note: expect.stringMatching(/^Microsoft Graph decides: .*\(User\.Read\)/),
      causes: [],
    });
    expect((await explainGroups({ groups: manyGroups }, withGraph({ securityEnabledOnly: true }))).note).toContain(
      "(User.Read, GroupMember.Read.All)",
    );
  });

  it("says that Microsoft Graph decides for every user with the source graph", async () => {
    const options = withGraph({ source: "graph" });
    for (const groups of [[group], [otherGroup], [], manyGroups]) {
      expect(await explainGroups({ groups }, options)).toMatchObject({ outcome: "unknown", state: "unknown" });
    }
  });

  it("does not say so if the groups do not decide", async () => {
    const options = withGraph({ source: "graph" });
    const missing = await explainGroups({ groups: [], scopes: ["other"] }, options);
    expect(missing).toMatchObject({ outcome: "refused", reason: "scope_missing", state: "unknown" });
    expect(await explainGroups({ groups: [group] }, options, "/stepped-up")).toMatchObject({
      outcome: "refused",
      reason: "authentication_context_missing",
      state: "unknown",
      note: expect.stringContaining("Graph is not asked"),
    });
    expect(await explainGroups({ groups: manyGroups }, options, "/either")).toMatchObject({ outcome: "allowed" });
    expect(await explainGroups({ client: "daemon" }, options)).toMatchObject({ reason: "kind_not_allowed" });
  });
});

describe("a policy test", () => {
  const testEntra = createTestEntra();
  const ask = async (options: object, groups: readonly string[]) => {
    const variables = { ...environment, ...("groups" in options ? credential : {}) };
    const gate = createTrialGate({ options: { routes, ...options } }, variables, testEntra);
    const { status, reason } = await gate.send("GET", "/orders", await gate.authority.issue({ groups }));
    return [status, reason];
  };

  it("decides by the groups of a case, as Microsoft Graph would", async () => {
    expect(await ask({}, [...manyGroups, group])).toEqual([403, "groups_overage"]);
    for (const options of [withGraph(), withGraph({ source: "graph" })]) {
      expect(await ask(options, [...manyGroups, group])).toEqual([200, undefined]);
      expect(await ask(options, manyGroups)).toEqual([403, "group_missing"]);
      expect(await ask(options, [group])).toEqual([200, undefined]);
    }
    expect(await ask(withGraph(), [])).toEqual([403, "groups_absent"]);
    expect(await ask(withGraph({ source: "graph" }), [])).toEqual([403, "group_missing"]);
  });
});
