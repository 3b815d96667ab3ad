import { type GateCode, tableOf } from "../project/gate-code.ts";
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
  const rules = code === undefined ? [] : listRules(code);
  const members = new Map<string, ReadonlySet<MemberType>>();
  const add = (names: readonly string[], member: MemberType) => {
    for (const name of names) members.set(name, new Set([...(members.get(name) ?? []), member]));
  };
  add(splitList(roles), "Application");
  for (const { kind, roles: all = [], anyRole = [] } of rules) {
    add([...all, ...anyRole], kind === "user" ? "User" : "Application");
  }
  const named = rules.flatMap(({ scopes: all = [], anyScope = [] }) => [...all, ...anyScope]);
  return {
    scopes: [...new Set([...splitList(scopes), ...named])],
    roles: new Map([...members].map(([name, types]) => [name, [...types].sort()])),
    listsGroups:
      code?.options.groups?.source !== "graph" &&
      (requiredGroups !== "" || rules.some(({ groups, anyGroup }) => (groups ?? anyGroup) !== undefined)),
    ofGraph: code?.options.groups?.permissions ?? [],
  };
}

function listRules(code: GateCode) {
  const { routes, rest } = tableOf(code);
  return [...routes, rest].flatMap(({ access }) =>
    access?.kind === "required" ? access.requirements.flatMap(({ anyOf }) => anyOf) : [],
  );
}
