import * as limits from "../../common/limits.ts";
import type { GuardFacts } from "../../guard/facts.ts";
import { type Alternative, listAlternatives } from "../../policy/alternatives.ts";
import { type Access, listRequirements } from "../../policy/requirement.ts";
import type { Rule } from "../../policy/rule.ts";
import { applicationScheme } from "../types/auth.ts";
import { extensions } from "./members.ts";

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
 * Describes who may call. A public route needs nothing. A route that allows no caller requires sign-in, because an empty
 * list would mean that it is public. So does a route with too many alternatives, whose description says what it requires.
 *
 * @param reportGap called if there are too many alternatives
 * @param scheme of users
 * @param nameScope returns the full name of a scope; `undefined` if the guard is not Entra's
 */
export function describeSecurity(
  access: Access,
  facts: GuardFacts | undefined,
  scheme: string,
  nameScope: ((scope: string) => string) | undefined,
  reportGap: () => void,
): DescribedSecurity {
  if (access.kind === "public") return { security: [], extensions: {} };
  const found = listAlternatives(listRequirements(access, facts?.defaultRequirement), limits.operationAlternatives);
  if (found === undefined) {
    reportGap();
    return { security: distinct([], nameScope === undefined ? foreignScheme : scheme), extensions: {} };
  }
  if (nameScope === undefined) {
    const entries = found.map(({ kind, scopes = [], roles = [] }) => ({
      [foreignScheme]: kind === "user" ? scopes : roles,
    }));
    return { security: distinct(entries, foreignScheme), extensions: {} };
  }
  const bases = { user: scheme, app: applicationScheme };
  /** Schemes by what they need in addition: a second one of a kind has another name. */
  const schemes = new Map<string, { readonly name: string; readonly extras: Extras }>();
  const entries = found.map((alternative): Security => {
    const { kind, scopes = [".default"], roles = [] } = alternative;
    const extras = listExtras(alternative);
    const key = JSON.stringify([kind, extras]);
    const number = [...schemes.keys()].filter((each) => each.startsWith(`["${kind}"`)).length + 1;
    const name = schemes.get(key)?.name ?? (number === 1 ? bases[kind] : `${bases[kind]}-${number}`);
    schemes.set(key, { name, extras });
    // A list without names would mean that any token is enough.
    const names = kind === "app" ? roles : scopes.map(nameScope);
    return { [name]: names };
  });
  return { security: distinct(entries, scheme), extensions: listExtensions([...schemes.values()]) };
}

function distinct(entries: readonly Security[], scheme: string): readonly Security[] {
  const found = new Map(entries.map((security) => [JSON.stringify(security), security]));
  return found.size > 0 ? [...found.values()] : [{ [scheme]: [] }];
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
