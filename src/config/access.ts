import { describeGroupListMistake, describeGroupMistake } from "./group.ts";
import { isGuid } from "./guid.ts";
import { describeScopeMistake } from "./scope.ts";
import type { VariableReader } from "./variables.ts";

/** Reads who may call: accepted audiences, the default requirement and the allowed client applications. */
export function readAccess(reader: VariableReader, defaultRequirementUnused: boolean) {
  const audiences = readAudiences(reader);
  const requiredScopes = reader.listOf("ENTRA_REQUIRED_SCOPE", describeScopeMistake);
  const requiredRoles = reader.listOf("ENTRA_REQUIRED_ROLE", (role) =>
    role.includes("*") ? "but wildcards are not supported" : undefined,
  );
  if (!reader.isFaulty("ENTRA_REQUIRED_SCOPE", "ENTRA_REQUIRED_ROLE") && !defaultRequirementUnused) {
    if (requiredScopes === undefined && requiredRoles === undefined) {
      reader.fault("ENTRA_REQUIRED_SCOPE", "or ENTRA_REQUIRED_ROLE is required");
    }
  }
  const requiredGroups = reader.listOf("ENTRA_REQUIRED_GROUP", describeGroupMistake);
  const mistake = describeGroupListMistake(requiredGroups);
  if (mistake !== undefined) reader.fault("ENTRA_REQUIRED_GROUP", mistake);
  if (requiredGroups !== undefined && requiredScopes === undefined)
    reader.fault("ENTRA_REQUIRED_GROUP", "restricts users, and requires ENTRA_REQUIRED_SCOPE");
  const allowedClients = reader.guids("ENTRA_ALLOWED_CLIENTS", "a client ID");
  return {
    audiences,
    requiredScopes: Object.freeze(requiredScopes ?? []),
    requiredRoles: Object.freeze(requiredRoles ?? []),
    requiredGroups: Object.freeze(requiredGroups ?? []),
    allowedClients: allowedClients && new Set(allowedClients),
  };
}

function readAudiences(reader: VariableReader): ReadonlySet<string> {
  const audiences = reader.listOf(
    "ENTRA_API_AUDIENCE",
    // Entra writes GUIDs in lower case, and the gate compares audiences exactly. A GUID in upper case would match no
    // token.
    (audience) =>
      audience.includes("://") || isGuid(audience)
        ? undefined
        : "which is not a client ID (lower-case GUID) or an App ID URI",
    `${reader.exampleOf("ENTRA_API_AUDIENCE")}, or api://orders`,
  );
  if (audiences === undefined && !reader.isFaulty("ENTRA_API_AUDIENCE")) {
    reader.fault("ENTRA_API_AUDIENCE", "is missing");
  }
  return new Set(audiences);
}
