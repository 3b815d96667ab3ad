import { applicationScheme } from "../../app/types/auth.ts";
import { defaultAuthority } from "../../base/common/authority-name.ts";
import * as limits from "../../base/common/limits.ts";
import { type Admitting, type AuthoritySetup, listAdmitted } from "../../core/guard/authorities.ts";
import type { SignIn, SignInFacts } from "../../core/guard/sign-in.ts";
import { type Alternative, listAlternatives } from "../../core/policy/alternatives.ts";
import { listRequirements } from "../../core/policy/decision.ts";
import type { Access, Rule } from "../../core/policy/rule.ts";
import { extensions } from "./members.ts";

/** The part of a setup that a document may show. It has no authorities if the guard is not Entra's. */
export type DocumentedGuard = Admitting<Pick<AuthoritySetup, "name"> & SignInFacts>;

/** Where users of each authority sign in, by its name. */
export type SignIns = ReadonlyMap<string, SignIn>;

/**
 * Security schemes with the required scopes or roles. A caller must meet all schemes of one object, and one object of
 * the list.
 */
export type Security = Readonly<Record<string, readonly string[]>>;

/** What a caller needs, and no security scheme can say: values by the names of their extensions. */
type Extras = Readonly<Record<string, unknown>>;

/** Who may call, as members of an Operation Object. An extension concerns all entries, or those with a scheme. */
export interface DescribedSecurity {
  readonly security: readonly Security[];
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** The scheme for users, unless a route's `auth.scheme` has another name. */
export const userScheme = "oauth2";
/** The scheme for all callers if the guard is not Entra's. OpenAPI 3.1 allows roles in schemes other than OAuth. */
export const foreignScheme = "bearer";

/**
 * Describes who may call. A public route needs nothing. A route that allows no caller requires sign-in, because an
 * empty list would mean that it is public. So does a route with too many alternatives, whose description says what it
 * requires.
 *
 * @param reportGap called if there are too many alternatives
 * @param scheme of users of the default authority
 */
export function describeSecurity(
  access: Access,
  guard: DocumentedGuard,
  signIns: SignIns,
  scheme: string,
  reportGap: () => void,
): DescribedSecurity {
  if (access.kind === "public") return { security: [], extensions: {} };
  const found = listAlternatives(listRequirements(access, guard.defaultRequirement), limits.operationAlternatives);
  if (found === undefined) reportGap();
  if (found === undefined || found.length === 0) {
    return { security: requireSignIn(access, guard, scheme), extensions: {} };
  }
  if (signIns.size === 0) {
    const entries = found.map(({ kind, scopes = [], roles = [] }) => ({
      [foreignScheme]: kind === "user" ? scopes : roles,
    }));
    return { security: distinct(entries), extensions: {} };
  }
  /** Schemes by what they need in addition: a second one with the same base has another name. */
  const schemes = new Map<string, { readonly name: string; readonly base: string; readonly extras: Extras }>();
  const entries = found.map((alternative): Security => {
    const { kind, from: [authority = defaultAuthority] = [], scopes = [".default"], roles = [] } = alternative;
    const base = nameScheme(kind, authority, scheme);
    const extras = listExtras(alternative);
    const key = JSON.stringify([base, extras]);
    const number = [...schemes.values()].filter((each) => each.base === base).length + 1;
    const name = schemes.get(key)?.name ?? (number === 1 ? base : `${base}-${number}`);
    schemes.set(key, { name, base, extras });
    // A list without names would mean that any token is enough.
    const names = kind === "app" ? roles : scopes.map((each) => signIns.get(authority)?.nameScope(each) ?? each);
    return { [name]: names };
  });
  return { security: distinct(entries), extensions: listExtensions([...schemes.values()]) };
}

/** The name of the scheme for callers of an authority, unless there is a second one. */
function nameScheme(kind: Rule["kind"], authority: string, scheme: string): string {
  if (authority === defaultAuthority) return kind === "user" ? scheme : applicationScheme;
  return `${kind === "user" ? userScheme : applicationScheme}-${authority}`;
}

/** The names of schemes for callers of other authorities than `default`, which are in the first group. */
export const schemeOfAuthority = /^(?:oauth2|application)-([a-z]\w*)(?:-\d+)?$/;

/** Whether a scheme is for applications. A second one of `default` is `application-2`. */
export function isOfApplications(scheme: string): boolean {
  return /^application(?:-|$)/.test(scheme);
}

/** Finds the authority whose callers a scheme is for. */
export function findAuthorityOf(scheme: string): string {
  return schemeOfAuthority.exec(scheme)?.[1] ?? defaultAuthority;
}

/** Users of the authorities that may call must sign in. What else they need, only the description says. */
function requireSignIn(access: Access, guard: DocumentedGuard, scheme: string): readonly Security[] {
  const admitted = listAdmitted(guard, access).map(({ name }) => ({ [nameScheme("user", name, scheme)]: [] }));
  if (admitted.length > 0) return admitted;
  return [{ [guard.authorities.length === 0 ? foreignScheme : scheme]: [] }];
}

function distinct(entries: readonly Security[]): readonly Security[] {
  return [...new Map(entries.map((security) => [JSON.stringify(security), security])).values()];
}

/** The roles of an app are in its scheme. */
function listExtras(alternative: Alternative): Extras {
  const { kind, roles, ...others } = alternative;
  const unsaid: Rule = kind === "user" ? alternative : { kind, ...others };
  return Object.fromEntries(
    extensions.flatMap(([name, extension]) => (unsaid[name] === undefined ? [] : [[extension, unsaid[name]]])),
  );
}

/** An extension that all schemes have with one value concerns all entries. Otherwise it names the schemes. */
function listExtensions(schemes: readonly { readonly name: string; readonly extras: Extras }[]) {
  const names = new Set(schemes.flatMap(({ extras }) => Object.keys(extras)));
  return Object.fromEntries(
    [...names].flatMap((extension) => {
      const values = schemes.map(({ name, extras }) => [name, extras[extension]] as const);
      const present = values.filter(([, value]) => value !== undefined);
      const isShared = new Set(values.map(([, value]) => JSON.stringify(value))).size === 1;
      return [[extension, isShared ? present[0]?.[1] : Object.fromEntries(present)]];
    }),
  );
}
