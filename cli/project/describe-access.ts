import { type Access, describeRequirements, type Requirement } from "../../src/cli-exports/policy.ts";

/**
 * Who may call, as a phrase.
 *
 * @param standard the default requirement; `undefined` if none is configured
 */
export function describeAccess(access: Access, standard: Requirement | undefined): string {
  switch (access.kind) {
    case "public":
      return "anyone";
    case "authenticated":
      return "any caller with a valid token";
    case "closed":
      return "404";
    case "absent":
      return "404 to any caller";
    case "default":
      return `${standard === undefined ? "no caller" : describeRequirements([standard])} (the default)`;
    case "required":
      return describeRequirements(access.requirements);
  }
}
