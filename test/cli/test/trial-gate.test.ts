import { expect, it } from "vitest";
import { tableOf } from "../../../cli/project/gate-code.ts";
import { createTrialGate } from "../../../cli/test/trial-gate.ts";
import { createTestEntra } from "../../../entra/testing.ts";
import type { Requirement } from "../../../src/core/policy/rule.ts";
import { revocations } from "../../../src/extensions/revocations/revocations.ts";
import { environment } from "../support/explain-world.ts";

it("admits a user in a group that only another copy of the package has named", async () => {
  const group = "96000000-0000-4000-8044-00000000010b";
  const requirement: Requirement = { anyOf: [{ kind: "user", scopes: ["access_as_user"], groups: [group] }] };
  const route = { name: "GET /orders", access: { kind: "required", requirements: [requirement] } } as const;
  const entra = createTestEntra();
  const gate = createTrialGate(
    { options: {}, table: { ...tableOf({ options: {} }), find: () => route } },
    environment,
    entra,
  );
  const send = async (groups: readonly string[]) => gate.send("GET", "/orders", await entra.token({ groups }));
  expect(await send([group])).toEqual({ status: 200, reason: undefined, route: "GET /orders" });
  expect(await send([])).toMatchObject({ status: 403, reason: "groups_absent" });
});

it("does not read the list of revocations of a gate, which changes while it runs", async () => {
  const get = () => {
    throw new Error("bindings are not available on the command line");
  };
  const entra = createTestEntra();
  const variables = { ...environment, REVOCATIONS: { get } };
  const gate = createTrialGate({ options: { revocations: revocations() } }, variables, entra);
  expect(await gate.send("GET", "/orders", await entra.token())).toMatchObject({ status: 200 });
});
