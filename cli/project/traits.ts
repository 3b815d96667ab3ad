import type { Denial, Identity } from "../../src/cli-exports/gate.ts";
import {
  type Alternative,
  defaultAuthority,
  listAuthorities,
  type MemberName,
  type Rule,
  type RuleOptions,
} from "../../src/cli-exports/policy.ts";

/** Options of `entra-gate token` with their values, by their names without dashes. */
export type TokenOptions = Readonly<Record<string, readonly string[]>>;

/** A part of a caller about which members of a requirement decide. */
export interface Trait {
  /**
   * Lists the values with which `diff` tries a caller of an alternative. An empty part is a caller without any.
   *
   * @param own what the caller must meet
   * @param rules what both compared policies name
   */
  sample(own: Alternative, rules: readonly RuleOptions[]): readonly Partial<Identity>[];
  /** Describes what a caller has, in the words of `diff`; `undefined` if there is nothing to say. */
  describe(identity: Identity): string | undefined;
  /** Chooses the token of a caller who meets an alternative, as far as the local Entra has one. */
  chooseToken(own: Alternative): TokenOptions;
  /** A caller of the local Entra who meets no alternative that needs the trait; `undefined` if there is none. */
  readonly stranger: Stranger | undefined;
  /** Writes the claims with which a token says what a caller has. */
  writeClaims(identity: Identity): Readonly<Record<string, unknown>>;
  /** Adds what a denial asks for, so that `explain` finds the next failure; `undefined` if it cannot. */
  repair(denial: Denial, identity: Identity): Partial<Identity> | undefined;
}

/** A trait whose values have names. */
export interface NamedTrait extends Trait {
  /** Lists the names that a rule has. */
  listNames(rule: RuleOptions): readonly string[];
}

/** A caller who lacks what an alternative needs. */
export interface Stranger {
  readonly kind: Rule["kind"];
  /** Such as `an app without a role`. */
  readonly title: string;
  readonly token: TokenOptions;
  /** Whether an alternative for callers of this kind refuses it. */
  isRefused(own: Alternative): boolean;
}

/** ID of a client or tenant that no list of a policy names. */
export const unnamed = "00000000-0000-0000-0000-000000000000";

/** No API has this scope. A user's token has at least one. */
const otherScope = "other.scope";

const scopes: NamedTrait = {
  listNames: ({ scopes: all = [], anyScope = [] }) => [...all, ...anyScope],
  sample: ({ scopes: all = [] }) => [{ scopes: all }],
  describe: (identity) => list("scopes", identity.scopes),
  writeClaims: ({ kind, scopes: held }) => (kind === "user" ? { scp: held.join(" ") || otherScope } : {}),
  chooseToken: ({ scopes: all = [] }) => member("scope", all),
  stranger: {
    kind: "user",
    title: "a user with another scope",
    token: { scope: [otherScope] },
    isRefused: (own) => own.scopes !== undefined,
  },
  repair: (denial, identity) =>
    denial.reason === "scope_missing" ? { scopes: [...identity.scopes, ...denial.scopes] } : undefined,
};

const roles: NamedTrait = {
  listNames: ({ roles: all = [], anyRole = [] }) => [...all, ...anyRole],
  sample: ({ roles: all = [] }) => [{ roles: all }],
  describe: (identity) => list("roles", identity.roles),
  writeClaims: (identity) => member("roles", identity.roles),
  chooseToken: ({ roles: all = [] }) => member("role", all),
  stranger: {
    kind: "app",
    title: "an app without a role",
    token: { client: ["daemon-without-roles"] },
    isRefused: (own) => own.roles !== undefined,
  },
  repair: (denial, identity) =>
    denial.reason === "role_missing"
      ? { roles: [...identity.roles, ...(denial.roles ?? []), ...(denial.anyRole ?? [])] }
      : undefined,
};

const groups: NamedTrait = {
  listNames: ({ groups: all = [], anyGroup = [] }) => [...all, ...anyGroup],
  sample: ({ groups: all = [], anyGroup }) =>
    anyGroup === undefined ? [{ groups: all }] : anyGroup.map((one) => ({ groups: [...all, one] })),
  describe: (identity) => list("groups", identity.groups),
  writeClaims: (identity) => member("groups", identity.groups),
  chooseToken: ({ groups: all = [], anyGroup = [] }) => member("group", [...all, ...anyGroup.slice(0, 1)]),
  stranger: undefined,
  repair: (denial, identity) =>
    denial.reason === "group_missing"
      ? { groups: [...identity.groups, ...(denial.groups ?? []), ...(denial.anyGroup ?? [])] }
      : undefined,
};

/**
 * The trait that each member decides about, in the order of phrases and options. Members about the same part of a
 * caller have the same trait. A member that is missing here does not compile.
 */
export const traits = {
  from: {
    sample: (own) => listAuthorities(own).map((authority) => ({ authority })),
    describe: ({ authority }) => (authority === defaultAuthority ? undefined : `authority ${authority}`),
    // The issuer says it.
    writeClaims: () => ({}),
    chooseToken: (own) => {
      const [first, ...others] = listAuthorities(own);
      return first === undefined || [first, ...others].includes(defaultAuthority) ? {} : { authority: [first] };
    },
    stranger: undefined,
    // No requirement admits a token of another authority than its own.
    repair: () => undefined,
  },
  kind: {
    sample: ({ kind }) => [{ kind }],
    // Each phrase begins with it.
    describe: () => undefined,
    writeClaims: ({ kind }) => ({ idtyp: kind }),
    chooseToken({ kind, agent }) {
      if (agent === "only") return { client: ["agent"], ...(kind === "user" && { persona: ["member"] }) };
      return kind === "app" ? { client: ["daemon"] } : {};
    },
    stranger: undefined,
    repair: () => undefined,
  },
  scopes,
  anyScope: scopes,
  roles,
  anyRole: roles,
  groups,
  anyGroup: groups,
  acrs: {
    listNames: ({ acrs = [] }) => acrs,
    sample: ({ acrs = [] }) => [{ contexts: acrs }],
    describe: ({ contexts }) => list("contexts", contexts),
    writeClaims: ({ contexts }) => member("acrs", contexts),
    chooseToken: ({ acrs = [] }) => member("acrs", acrs),
    stranger: undefined,
    // It is checked last.
    repair: () => undefined,
  },
  clients: {
    listNames: ({ clients = [] }) => clients,
    sample: (own, rules) => listValues("clients", own, rules).map((azp) => ({ azp })),
    describe: ({ azp }) => (azp === unnamed ? undefined : `client ${azp}`),
    writeClaims: ({ azp }) => ({ azp }),
    // The local Entra has its own.
    chooseToken: () => ({}),
    stranger: undefined,
    repair: () => undefined,
  },
  tenants: {
    listNames: ({ tenants = [] }) => tenants,
    sample: (own, rules) => listValues("tenants", own, rules).map((tid) => ({ tid })),
    describe: ({ tid }) => (tid === unnamed ? undefined : `tenant ${tid}`),
    writeClaims: ({ tid }) => ({ tid }),
    // The local Entra has its own.
    chooseToken: () => ({}),
    stranger: undefined,
    repair: () => undefined,
  },
  agent: {
    sample({ kind, agent }) {
      const marked = { agent: { acts: kind === "app" ? "as-itself" : "for-user" } } as const;
      return [...(agent === "only" ? [] : [{}]), ...(agent === "never" ? [] : [marked])];
    },
    describe: ({ agent }) => (agent === undefined ? undefined : "the mark of an agent"),
    writeClaims: ({ agent }) => (agent === undefined ? {} : { xms_act_fct: "11", xms_sub_fct: "11" }),
    // `kind` chooses the client.
    chooseToken: () => ({}),
    stranger: undefined,
    repair: () => undefined,
  },
} as const satisfies Readonly<Record<MemberName, Trait | NamedTrait>>;

/** All traits, each once. */
export const allTraits: readonly Trait[] = [...new Set<Trait>(Object.values(traits))];

/**
 * Clients or tenants to try: those that the alternative names, or else all that a rule names, and one that none names.
 */
function listValues(name: "clients" | "tenants", own: Alternative, rules: readonly RuleOptions[]): readonly string[] {
  return own[name] ?? [...new Set([unnamed, ...rules.flatMap((rule) => rule[name] ?? [])])];
}

function member(name: string, values: readonly string[]): Readonly<Record<string, readonly string[]>> {
  return values.length === 0 ? {} : { [name]: [...new Set(values)] };
}

function list(noun: string, names: readonly string[]): string | undefined {
  return names.length === 0 ? undefined : `${noun} ${[...new Set(names)].join(" ")}`;
}
