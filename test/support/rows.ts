import { expect, it } from "vitest";
import type { AccessTokenOptions } from "../../entra/tokens/issuer.ts";
import type { Fleet } from "./fleet.ts";
import type { Forge } from "./forge.ts";
import type { HttpRequest } from "./http.ts";
import { expectRefusal, type Refusal } from "./refusal.ts";
import { expectSameVerdict } from "./verdict.ts";

/** The content of a token: changes to a valid one as JSON, or a function that uses the forge. */
export type Recipe = AccessTokenOptions | ((forge: Forge) => string | Promise<string>);

export type RefusedRow = readonly [name: string, recipe: Recipe, refusal: Refusal];
export type AcceptedRow = readonly [name: string, recipe: Recipe];

/** One test for each row: a token that the gate must refuse. */
export function itRefuses<Name extends string>(
  fleet: Fleet<Name>,
  gate: Name,
  rows: readonly RefusedRow[],
  path?: string,
): void {
  for (const [name, recipe, refusal] of rows) {
    it(name, async () => expectRefusal(fleet, gate, await present(fleet, gate, recipe, path), refusal));
  }
}

/** One test for each row: a token with which the gate must forward the request. */
export function itAccepts<Name extends string>(
  fleet: Fleet<Name>,
  gate: Name,
  rows: readonly AcceptedRow[],
  path?: string,
): void {
  for (const [name, recipe] of rows) {
    it(name, async () => expectForwarded(fleet, gate, await present(fleet, gate, recipe, path)));
  }
}

/** Sends a request that must reach the origin once, and that `explain` must allow. */
export async function expectForwarded<Name extends string>(
  fleet: Fleet<Name>,
  gate: Name,
  request: HttpRequest,
): Promise<void> {
  const before = await fleet.ledger();
  const sentAtMs = Date.now();
  const answer = await fleet.send(gate, request);
  expect(answer.status, answer.body).toBe(200);
  await expectSameVerdict(fleet, gate, request, sentAtMs);
  const after = await fleet.ledger();
  expect(after.origin.count).toBe(before.origin.count + 1);
}

/** Expects that a gate has refused all rows so far without a look-up of a key. */
export function itSendsNoRequests<Name extends string>(fleet: Fleet<Name>, gate: Name): void {
  it(`${gate} sent no request for these rows, and accepts the unchanged fixture`, async () => {
    const { calls } = await fleet.ledger();
    expect(calls.filter((call) => call.gate === gate)).toEqual([]);
    await expectForwarded(fleet, gate, await present(fleet, gate, {}));
  });
}

/** Creates a request with the token of a recipe as its bearer credential. */
export async function present<Name extends string>(
  fleet: Fleet<Name>,
  gate: Name,
  recipe: Recipe,
  path = "/orders",
): Promise<HttpRequest> {
  const forge = await fleet.forge(gate);
  const token = await (typeof recipe === "function" ? recipe(forge) : forge.issue(recipe));
  return { path, headers: [["Authorization", `Bearer ${token}`]] };
}
