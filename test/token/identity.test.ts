import { expect, it } from "vitest";
import { replaceGroups } from "../../src/token/identity.ts";
import { identityOf } from "../support/claims.ts";

it("keeps all members of an identity but the groups, and nothing that a cache keeps beside them", () => {
  const agent = { acts: "for-user" } as const;
  const ofToken = { agent, contexts: ["c1"], capabilities: ["cp1"], sid: "session", uti: "token" };
  const identity = { ...identityOf("user"), ...ofToken };
  const groups = ["44444444-5555-6666-7777-888888888888"];
  expect(replaceGroups(Object.assign({ credential: "secret" }, identity), groups)).toEqual({
    ...identity,
    groups,
    groupsLack: undefined,
  });
});
