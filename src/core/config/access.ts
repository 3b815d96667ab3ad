import { describeGroupListMistake, describeGroupMistake } from "./group.ts";
import { describeScopeMistake } from "./scope.ts";
import type { VariableReader } from "./variables.ts";

/** Reads the default requirement. */
export function readAccess(reader: VariableReader, defaultRequirementUnused: boolean) {
  const requiredScopes = reader.listOf("ENTRA_REQUIRED_SCOPE", describeScopeMistake);
  const requiredRoles = reader.listOf("ENTRA_REQUIRED_ROLE", (role) =>
    role.includes("*") ? "but wildcards are not supported" : undefined,
  );
  if (requiredScopes === undefined && requiredRoles === undefined && !defaultRequirementUnused) {
    if (!reader.isFaulty("ENTRA_REQUIRED_SCOPE", "ENTRA_REQUIRED_ROLE"))
      reader.fault("ENTRA_REQUIRED_SCOPE", "or ENTRA_REQUIRED_ROLE is required");
  }
  const requiredGroups = reader.listOf("ENTRA_REQUIRED_GROUP", describeGroupMistake);
  if (requiredGroups !== undefined) {
    const mistake = describeGroupListMistake(requiredGroups);
    if (mistake !== undefined) reader.fault("ENTRA_REQUIRED_GROUP", mistake);
    if (requiredScopes === undefined)
      reader.fault("ENTRA_REQUIRED_GROUP", "restricts users, and requires ENTRA_REQUIRED_SCOPE");
  }
  return {
    requiredScopes: Object.freeze(requiredScopes ?? []),
    requiredRoles: Object.freeze(requiredRoles ?? []),
    requiredGroups: Object.freeze(requiredGroups ?? []),
  };
}
