import { describe, expect, it } from "vitest";
import { createEntraPlugin as createDaloyPlugin } from "../../../src/adapters/daloy.ts";
import { entra } from "../../../src/adapters/hono.ts";
import type { EntraOptions, EntraPluginOptions } from "../../../src/core/guard/entra-options.ts";
import { providerKind } from "../../../src/core/guard/provider.ts";
import { authorities } from "../../../src/extensions/authorities/authorities.ts";
import { downstream } from "../../../src/extensions/downstream/downstream.ts";
import { groupsFromGraph } from "../../../src/extensions/groups/groups.ts";
import { issuer } from "../../../src/extensions/issuer/issuer.ts";
import { revocations } from "../../../src/extensions/revocations/revocations.ts";
import { spans } from "../../../src/extensions/trace/spans.ts";
import { traceContext } from "../../../src/extensions/trace/trace.ts";
import { createEntraPlugin, createGate } from "../../../src/index.ts";

/** Each option, and the function of another entry that creates its value. The types require a row for each. */
const creators: Required<
  Omit<EntraPluginOptions, "isTenantAllowed" | "revokedAtSeconds" | "originMilliseconds" | "originFetch">
> = {
  authorities: authorities("customers"),
  downstream: downstream(),
  groups: groupsFromGraph(),
  issuer: issuer(),
  revocations: revocations(),
  trace: traceContext("restart"),
  spans: spans({ startActiveSpan: () => expect.unreachable() } as never),
};
const names = Object.keys(creators) as (keyof typeof creators)[];
const pairs = names.flatMap((option) => names.filter((kind) => kind !== option).map((kind) => [option, kind] as const));

const adapterNames = names.filter((name) => name !== "issuer");

/** The entry points, and their options. An adapter has no `issuer`. */
const entries: readonly (readonly [
  name: string,
  options: readonly (keyof typeof creators)[],
  start: (options: EntraOptions) => unknown,
])[] = [
  ["createGate", names, (options) => createGate(options)],
  ["createEntraPlugin", names, (options) => createEntraPlugin(undefined, options)],
  ["entra of the Hono adapter", adapterNames, (options) => entra(undefined, options)],
  ["createEntraPlugin of the DaloyJS adapter", adapterNames, (options) => createDaloyPlugin(undefined, options)],
];

describe.each(entries)("%s", (_, options, start) => {
  it.each(pairs.filter(([option]) => options.includes(option)))("refuses as %s what is for %s", (option, kind) => {
    const given = { downstream: creators.downstream, [option]: creators[kind] };
    expect(() => start(given as never)).toThrow(`${option} must be `);
  });

  it.each(options)("refuses as %s an object without its kind", (option) => {
    const copy = Object.fromEntries(Object.entries(creators[option]));
    for (const value of [copy, {}, null, () => {}]) {
      expect(() => start({ downstream: creators.downstream, [option]: value } as never)).toThrow(`${option} must be `);
    }
  });
});

it("has a mark in the registry of symbols, which copies of the package share", () => {
  expect(Symbol.keyFor(providerKind)).toBe("entra-gate.provider");
});

it("has types that know the kinds", () => {
  // @ts-expect-error: for another option
  const wrong: EntraPluginOptions = { downstream: issuer() };
  // @ts-expect-error: for another option
  const other: EntraPluginOptions = { downstream: groupsFromGraph() };
  // @ts-expect-error: for another option
  const third: EntraPluginOptions = { revocations: downstream() };
  // @ts-expect-error: for another option
  const fourth: EntraPluginOptions = { trace: creators.spans };
  // @ts-expect-error: for another option
  const fifth: EntraPluginOptions = { issuer: downstream() };
  // @ts-expect-error: without a kind
  const sixth: EntraPluginOptions = { downstream: { create: () => ({}) } };
  expect([wrong, other, third, fourth, fifth, sixth]).toHaveLength(6);
});
