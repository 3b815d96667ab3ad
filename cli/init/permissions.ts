import { type GateCode, listRules, tableOf } from "../project/gate-code.ts";
import { traits } from "../project/traits.ts";
import type { Variables } from "./answers.ts";
import { splitList } from "./rule.ts";

/** Who can have an app role, in the words of Microsoft Graph. */
export type MemberType = "Application" | "User";

/** What the registration of an API must have. */
export interface Permissions {
  readonly scopes: readonly string[];
  readonly roles: ReadonlyMap<string, readonly MemberType[]>;
  /** Whether its tokens must list groups. */
  readonly listsGroups: boolean;
  /** Delegated permissions of Microsoft Graph. */
  readonly ofGraph: readonly string[];
}

/** Lists the permissions that the variables name, and those that the routes of the code name. */
export function listPermissions(
  {
    ENTRA_REQUIRED_SCOPE: scopes = "",
    ENTRA_REQUIRED_ROLE: roles = "",
    ENTRA_REQUIRED_GROUP: requiredGroups = "",
  }: Variables,
  code: GateCode | undefined,
): Permissions {
  const table = code && tableOf(code);
  const rules = table === undefined ? [] : listRules([...table.routes, table.rest]);
  const members = new Map<string, ReadonlySet<MemberType>>();
  const add = (names: readonly string[], member: MemberType) => {
    for (const name of names) members.set(name, new Set([...(members.get(name) ?? []), member]));
  };
  add(splitList(roles), "Application");
  for (const rule of rules) add(traits.roles.listNames(rule), rule.kind === "user" ? "User" : "Application");
  const named = rules.flatMap(traits.scopes.listNames);
  return {
    scopes: [...new Set([...splitList(scopes), ...named])],
    roles: new Map([...members].map(([name, types]) => [name, [...types].sort()])),
    listsGroups:
      code?.options.groups?.source !== "graph" &&
      (requiredGroups !== "" || rules.flatMap(traits.groups.listNames).length > 0),
    ofGraph: code?.options.groups?.permissions ?? [],
  };
}
