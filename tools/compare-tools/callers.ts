import type { TrialTokenOptions } from "../../cli/test/trial-authority.ts";
import { tenants } from "../../entra/directory/directory.ts";
import type { TestEntra, TestTokenOptions } from "../../entra/testing.ts";
import { defaultAuthority } from "../../src/base/common/authority-name.ts";
import type { Choice } from "./choice.ts";
import { clients, customers, groups as named, otherClient } from "./tables.ts";

/** A caller with a token. */
export interface CallerSpec {
  /** Name of the authority that issues the token. */
  readonly authority: string;
  readonly kind: "user" | "app";
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  /** Object IDs of groups, which the token lists unless `groupsAs` says otherwise. */
  readonly groups: readonly string[];
  /**
   * How the token has the groups: too many of them, those of a client of the implicit flow, and names are no list of
   * IDs.
   */
  readonly groupsAs: "list" | "overage" | "marker" | "names";
  readonly acrs: readonly string[];
  readonly client: string;
  readonly tenant: string;
  readonly isAgent: boolean;
  /** Whether the token has the claim `revoked`. */
  readonly isRevoked: boolean;
  /** What makes the token one that no gate accepts. */
  readonly defect: "none" | "expired" | "audience" | "signature";
}

const subsets = (list: readonly string[]) => [[], list.slice(0, 1), list.slice(1), list];

/** In no requirement. */
const otherGroup = "99999999-9999-4999-8999-999999999999";

function createGroups({ chance, one }: Choice, kind: CallerSpec["kind"]): Pick<CallerSpec, "groups" | "groupsAs"> {
  if (kind === "app") return { groups: [], groupsAs: "list" };
  const groups = one([...subsets(named), [otherGroup], [...named, otherGroup]]);
  return { groups, groupsAs: chance(0.8) ? "list" : one(["overage", "marker", "names"] as const) };
}

const createAuthority = ({ chance }: Choice) => (chance(0.25) ? customers : defaultAuthority);

/** Creates a caller, or `undefined` for one without a token. */
export function createCaller(choice: Choice): CallerSpec | undefined {
  const { chance, one } = choice;
  if (chance(0.15)) return undefined;
  const kind = one(["user", "user", "app"] as const);
  return {
    authority: createAuthority(choice),
    kind,
    scopes: kind === "user" ? one(subsets(["a", "b"]).slice(1)) : [],
    roles: one(subsets(["R", "S"])),
    ...createGroups(choice, kind),
    acrs: kind === "user" && chance(0.3) ? ["c1"] : [],
    client: one([...clients, ...clients, otherClient]),
    tenant: one([tenants.contoso.id, tenants.contoso.id, tenants.contoso.id, tenants.fabrikam.id]),
    isAgent: chance(0.15),
    isRevoked: chance(0.15),
    defect: chance(0.1) ? one(["expired", "audience", "signature"] as const) : "none",
  };
}

/** Callers with all combinations of scopes and roles, and one without a token. The rest of each is random. */
export function createAllCallers(choice: Choice): readonly (CallerSpec | undefined)[] {
  const rest = (): Pick<CallerSpec, "authority" | "client" | "tenant" | "isAgent" | "isRevoked" | "defect"> => ({
    authority: createAuthority(choice),
    client: choice.one([...clients, otherClient]),
    tenant: choice.chance(0.2) ? tenants.fabrikam.id : tenants.contoso.id,
    isAgent: choice.chance(0.15),
    isRevoked: choice.chance(0.15),
    defect: "none",
  });
  const users = subsets(["a", "b"])
    .slice(1)
    .flatMap((scopes) => subsets(["R", "S"]).map((roles) => ({ kind: "user" as const, scopes, roles })));
  const apps = subsets(["R", "S"]).map((roles) => ({ kind: "app" as const, scopes: [], roles }));
  const acrsOf = (kind: CallerSpec["kind"]) => (kind === "user" && choice.chance(0.5) ? ["c1"] : []);
  return [
    undefined,
    ...[...users, ...apps].map((caller) => ({
      ...caller,
      ...createGroups(choice, caller.kind),
      acrs: acrsOf(caller.kind),
      ...rest(),
    })),
  ];
}

/** Claims of an agent's token, with which an agent acts for itself or for a user. */
const agentClaims = { xms_act_fct: "11", xms_sub_fct: "11", xms_par_app_azp: otherClient } as const;

/** More than a token can list. */
const manyGroups = Array.from(
  { length: 201 },
  (_, index) => `99999999-9999-4999-8999-${String(index).padStart(12, "0")}`,
);

function describeGroups({ groups, groupsAs }: CallerSpec): TestTokenOptions {
  return { groups: groupsAs === "overage" ? [...groups, ...manyGroups] : groups };
}

/** The token of a caller, as an option of a test authority. */
export function describeToken(caller: CallerSpec): TrialTokenOptions {
  const { authority, kind, scopes, roles, groupsAs, acrs, client, tenant, isAgent, isRevoked, defect } = caller;
  const isUser = kind === "user";
  const seconds = Math.floor(Date.now() / 1_000);
  const isOutsider = authority === defaultAuthority && tenant === tenants.fabrikam.id;
  return {
    authority,
    ...(isUser ? { scopes, acrs, ...describeGroups(caller) } : { client: "daemon" }),
    ...(isOutsider && { tenant: "fabrikam", ...(isUser && { persona: "outsider" }) }),
    roles,
    claims: {
      azp: client,
      ...(isAgent && agentClaims),
      ...(isRevoked && { revoked: true }),
      ...(groupsAs === "marker" && { hasgroups: true }),
      ...(groupsAs === "names" && { groups: ["Approvers", ...caller.groups] }),
      ...(defect === "expired" && { iat: seconds - 9_000, nbf: seconds - 9_000, exp: seconds - 5_000 }),
      ...(defect === "audience" && { aud: otherClient }),
    },
  };
}

/** The test authorities. */
export interface Entras {
  readonly default: TestEntra;
  readonly customers: TestEntra<typeof customers>;
}

/** Issues the tokens of callers, each once. */
export function createTokens(entras: Entras): (caller: CallerSpec) => Promise<string> {
  const issued = new Map<string, Promise<string>>();
  return (caller) => {
    const key = JSON.stringify(caller);
    const known = issued.get(key) ?? issueToken(entras, caller);
    issued.set(key, known);
    return known;
  };
}

async function issueToken(entras: Entras, caller: CallerSpec): Promise<string> {
  const { authority, ...options } = describeToken(caller);
  const token = await (authority === customers ? entras.customers : entras.default).token(options);
  if (caller.defect !== "signature") return token;
  const at = token.lastIndexOf(".") + 20;
  return `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`;
}
