import fc from "fast-check";
import { clients, contexts, groups, objects, roles, scopes, tenants } from "./names.ts";
import { claimValues, headerValues, oddValues } from "./values.ts";
import { externalNames, type KeyName, keyNames, type Setting, settingNames } from "./world.ts";

/** One deviation from a valid token. */
export type Fault =
  /** JSON text of a value; if absent, the member is removed. */
  | { readonly at: "header" | "claims"; readonly do: "set"; readonly name: string; readonly json?: string }
  /** A second member of that name, before or after the others. */
  | {
      readonly at: "header" | "claims";
      readonly do: "add";
      readonly name: string;
      readonly json: string;
      readonly first: boolean;
    }
  /** Text around the JSON. */
  | { readonly at: "header" | "claims"; readonly do: "wrap"; readonly before: string; readonly after: string }
  | { readonly at: "header" | "claims"; readonly do: "invalid UTF-8" }
  | { readonly at: "segments"; readonly do: "edit"; readonly index: number; readonly edit: SegmentEdit }
  | { readonly at: "signature"; readonly do: SignatureEdit }
  /** Filled up to this many characters. */
  | { readonly at: "size"; readonly do: "fill"; readonly characters: number }
  | { readonly at: "authorization"; readonly do: Presentation };

const segmentEdits = ["pad", "empty", "trailing bits", "repeat", "standard alphabet", "drop", "truncate"] as const;
export type SegmentEdit = (typeof segmentEdits)[number];
const signatureEdits = [
  "other key",
  "key of the other authority",
  "sha-512",
  "flip a bit",
  "zeros",
  "of another token",
] as const;
export type SignatureEdit = (typeof signatureEdits)[number];
const presentations = [
  "absent",
  "bare",
  "lower case",
  "upper case",
  "three spaces",
  "tab",
  "twice",
  "with a parameter",
  "basic",
  "dpop",
  "empty",
  "two schemes",
  "quoted",
  "trailing text",
] as const;
export type Presentation = (typeof presentations)[number];

/** The content of a token, its target, and its faults. */
export interface Plan {
  readonly setting: Setting;
  readonly route: number;
  readonly kind: "user" | "app";
  readonly version: "1.0" | "2.0";
  readonly tenant: string;
  /** Whether the second authority issues the token, in a setting with two. */
  readonly isOfCustomers: boolean;
  readonly client: string;
  readonly object: string;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  readonly groups: readonly string[] | undefined;
  /** Claims that say that the token lacks groups, or other claims. */
  readonly groupMarker: Readonly<Record<string, unknown>>;
  readonly contexts: readonly string[] | undefined;
  readonly capabilities: readonly string[] | undefined;
  readonly saysKind: boolean;
  /** The scp claim of an app, which has no scopes. */
  readonly noScopes: "" | "/" | undefined;
  /** Whether the client is an agent: as itself, for a human, or through its own user account. */
  readonly isAgent: boolean;
  /** Whether the user of an agent is its own account. */
  readonly isOwnUser: boolean;
  /** Seconds from now. */
  readonly issued: number;
  readonly lifetime: number;
  readonly key: KeyName;
  readonly faults: readonly Fault[];
}

const member = (at: "header" | "claims", values: Readonly<Record<string, readonly string[]>>) =>
  fc.constantFrom(...Object.keys(values)).chain((name) =>
    fc
      .record({
        name: fc.constant(name),
        json: fc.oneof(
          { weight: 3, arbitrary: fc.constantFrom(...values[name]!) },
          { weight: 1, arbitrary: fc.constantFrom(...oddValues) },
        ),
        remove: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
      })
      .map(({ json: text, remove }): Fault => ({ at, do: "set", name, ...(!remove && { json: text }) })),
  );

const doubled = (at: "header" | "claims", values: Readonly<Record<string, readonly string[]>>) =>
  fc
    .constantFrom(...Object.keys(values))
    .chain((name) =>
      fc
        .record({ json: fc.constantFrom(...values[name]!, ...oddValues), first: fc.boolean() })
        .map(({ json: text, first }): Fault => ({ at, do: "add", name, json: text, first })),
    );

const part = fc.constantFrom("header" as const, "claims" as const);
const wraps = [
  ["\ufeff", ""],
  [" \n", "\t"],
  ["", "x"],
  ["", ","],
  ["[", "]"],
  ['"', '"'],
  ["\u0000", ""],
  ["", "{}"],
  ["", "\u0000"],
] as const;
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 12, arbitrary: member("claims", claimValues) },
  { weight: 4, arbitrary: member("header", headerValues) },
  { weight: 2, arbitrary: doubled("claims", claimValues) },
  { weight: 1, arbitrary: doubled("header", headerValues) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(part, fc.constantFrom(...wraps))
      .map(([at, [before, after]]): Fault => ({ at, do: "wrap", before, after })),
  },
  { weight: 1, arbitrary: part.map((at): Fault => ({ at, do: "invalid UTF-8" })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(part, fc.constantFrom(1, 6, 7, 8, 60))
      .map(([at, depth]): Fault => ({ at, do: "set", name: "extra", json: nested(depth) })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.nat({ max: 2 }), fc.constantFrom(...segmentEdits))
      .map(([index, edit]): Fault => ({ at: "segments", do: "edit", index, edit })),
  },
  { weight: 2, arbitrary: fc.constantFrom(...signatureEdits).map((edit): Fault => ({ at: "signature", do: edit })) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 32_764, max: 32_772 })
      .map((characters): Fault => ({ at: "size", do: "fill", characters })),
  },
  { weight: 2, arbitrary: fc.constantFrom(...presentations).map((edit): Fault => ({ at: "authorization", do: edit })) },
);

const allowed = [tenants.contoso, tenants.fabrikam];

const mostly = <T>(usual: readonly T[], others: readonly T[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

/**
 * Tokens with zero to three faults, and their targets. Half have no fault, or the generator would make only refusals.
 *
 * @param routeCount how many routes there are
 */
export function plans(routeCount: number): fc.Arbitrary<Plan> {
  return fc.record({
    setting: mostly(
      settingNames.filter((name) => !externalNames.includes(name)),
      externalNames,
    ),
    route: fc.nat({ max: routeCount - 1 }),
    kind: fc.constantFrom("user", "user", "app"),
    version: fc.constantFrom("2.0", "2.0", "1.0"),
    tenant: fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...allowed) },
      { weight: 1, arbitrary: fc.constant(tenants.northwind) },
    ),
    isOfCustomers: fc.boolean(),
    client: fc.constantFrom(...clients),
    object: fc.constantFrom(...objects),
    scopes: fc.oneof(fc.constant(scopes), fc.subarray([...scopes], { minLength: 1 })),
    roles: fc.oneof(fc.constant(roles), fc.subarray([...roles])),
    groups: fc.oneof(
      { weight: 6, arbitrary: fc.constant(groups) },
      { weight: 1, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.subarray([...groups]) },
      { weight: 1, arbitrary: fc.constantFrom([...groups, "Admins"], [...groups, groups[0].toUpperCase()]) },
    ),
    groupMarker: mostly<object>(
      [{}, { _claim_names: { other: "src1" }, _claim_sources: {} }],
      [{ hasgroups: true }, { _claim_names: { groups: "src1" } }, { _claim_names: {}, hasgroups: true }],
    ),
    contexts: fc.oneof(fc.constant(undefined), fc.subarray([...contexts])),
    capabilities: fc.constantFrom(undefined, undefined, undefined, ["cp1"], ["CP1", "x"], ["x"]),
    saysKind: fc.boolean(),
    noScopes: fc.constantFrom(undefined, undefined, undefined, "", "/"),
    isAgent: fc.constantFrom(false, false, true),
    isOwnUser: fc.boolean(),
    issued: mostly([0, -300, -3_600], [-59, 59, 60, 61]),
    lifetime: mostly([3_900, 7_200], [104_399, 104_400, 104_401, 60, 1]),
    key: mostly(["templated-key-1", "templated-key-2", "twin-of-key-2", "key-without-issuer"], keyNames),
    faults: fc.oneof(
      { weight: 1, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(fault, { minLength: 1, maxLength: 3 }) },
    ),
  }) as fc.Arbitrary<Plan>;
}
