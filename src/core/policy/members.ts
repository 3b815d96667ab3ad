import { describeGroupListMistake, describeGroupMistake } from "../config/group.ts";
import { isGuid } from "../config/guid.ts";
import { describeScopeMistake } from "../config/scope.ts";
import type { MemberName } from "./rule.ts";

/** Explains why no token has an item of a list: a clause about the item, or `undefined`. */
export type DescribeItem = (item: string) => string | undefined;

/** One member of a requirement. */
interface Member {
  /** Its values, if it is a choice. Otherwise it is a list of strings. */
  readonly choices?: readonly string[];
  /** Whether it restricts callers enough without another member. */
  readonly isGrant?: true;
  /** Whether only tokens of users can have it. */
  readonly isOfUsers?: true;
  readonly describeItem?: DescribeItem;
  /** Explains why no token can meet the list: a clause about the list, or `undefined`. */
  readonly describeList?: (items: readonly string[]) => string | undefined;
}

/** What the members of a requirement may be, for tokens of Entra. A member that is missing here does not compile. */
export const members: Readonly<Record<MemberName, Member>> = {
  from: {},
  kind: { choices: ["user", "app"] },
  tenants: { describeItem: describeIdMistake },
  clients: { describeItem: describeIdMistake },
  agent: { choices: ["only", "never"] },
  scopes: { isGrant: true, isOfUsers: true, describeItem: describeScopeMistake },
  anyScope: { isGrant: true, isOfUsers: true, describeItem: describeScopeMistake },
  roles: { isGrant: true, describeItem: describeRoleMistake },
  anyRole: { isGrant: true, describeItem: describeRoleMistake },
  groups: {
    isOfUsers: true,
    describeItem: describeGroupMistake,
    describeList: describeGroupListMistake,
  },
  anyGroup: {
    isOfUsers: true,
    describeItem: describeGroupMistake,
    describeList: describeGroupListMistake,
  },
  acrs: { isOfUsers: true, describeItem: describeContextMistake },
};

function describeRoleMistake(role: string): string | undefined {
  return role.includes("*") ? "but wildcards are not supported" : undefined;
}

function describeIdMistake(id: string): string | undefined {
  const lower = id.toLowerCase();
  if (!isGuid(lower)) return "which is not a GUID";
  return lower === id ? undefined : `which must be in lower case: ${JSON.stringify(lower)}`;
}

/** Explains why a text is no authentication context of Entra. */
export function describeContextMistake(context: string): string | undefined {
  return /^c[1-9]\d?$/.test(context) ? undefined : "which is not an authentication context from c1 to c99";
}
