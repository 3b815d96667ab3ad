import type { Variables } from "./answers.ts";

/** What a route requires, as code. */
export interface Rule {
  /** `requireAuth("access_as_user")`. */
  readonly code: string;
  /** Functions that the code calls. */
  readonly names: readonly string[];
}

/**
 * Writes the default requirement of the variables as code: all scopes and one of the groups for users, or one of the
 * roles for apps.
 */
export function writeRule({
  ENTRA_REQUIRED_SCOPE: scope,
  ENTRA_REQUIRED_GROUP: group,
  ENTRA_REQUIRED_ROLE: role,
}: Variables): Rule {
  const inGroup = group && `requireAuth({ scopes: [${writeNames(scope)}], anyGroup: [${writeNames(group)}] })`;
  const ofUsers = inGroup || (scope && `requireAuth(${writeNames(scope)})`);
  const ofApps = role && `requireAuth({ anyRole: [${writeNames(role)}] })`;
  if (ofUsers && ofApps) return { code: `anyOf(${ofUsers}, ${ofApps})`, names: ["anyOf", "requireAuth"] };
  return { code: ofUsers || ofApps || "requireAuth()", names: ["requireAuth"] };
}

export function splitList(list: string): readonly string[] {
  return list.split(/[\s,]+/).filter(Boolean);
}

const writeNames = (list = "") =>
  splitList(list)
    .map((name) => JSON.stringify(name))
    .join(", ");
