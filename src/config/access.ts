import { describeGroupListMistake, describeGroupMistake } from "./group.ts";
import { isGuid } from "./guid.ts";
import { describeScopeMistake } from "./scope.ts";
import type { VariableReader } from "./variables.ts";

/** Reads who may call: accepted audiences, the default requirement and the allowed client applications. */
export function readAccess(reader: VariableReader, defaultRequirementUnused: boolean) {
  const audiences = readAudiences(reader);
  const requiredScopes = reader.list("ENTRA_REQUIRED_SCOPE");
  for (const scope of requiredScopes ?? []) {
    const mistake = describeScopeMistake(scope);
    if (mistake === undefined) continue;
    reader.fault("ENTRA_REQUIRED_SCOPE", `contains ${JSON.stringify(scope)}, ${mistake}`);
  }
  const requiredRoles = reader.listOf(
    "ENTRA_REQUIRED_ROLE",
    (role) => !role.includes("*"),
    "but wildcards are not supported",
  );
  if (!reader.isFaulty("ENTRA_REQUIRED_SCOPE", "ENTRA_REQUIRED_ROLE") && !defaultRequirementUnused) {
    if (requiredScopes === undefined && requiredRoles === undefined) {
      reader.fault("ENTRA_REQUIRED_SCOPE", "or ENTRA_REQUIRED_ROLE is required");
    }
  }
  const requiredGroups = reader.list("ENTRA_REQUIRED_GROUP");
  for (const problem of listGroupProblems(requiredGroups, requiredScopes))
    reader.fault("ENTRA_REQUIRED_GROUP", problem);
  const allowedClients = reader.guids("ENTRA_ALLOWED_CLIENTS", "a client ID");
  return {
    audiences,
    requiredScopes: Object.freeze(requiredScopes ?? []),
    requiredRoles: Object.freeze(requiredRoles ?? []),
    requiredGroups: Object.freeze(requiredGroups ?? []),
    allowedClients: allowedClients && new Set(allowedClients),
  };
}

function* listGroupProblems(groups: readonly string[] = [], scopes: readonly string[] | undefined) {
  for (const group of groups) {
    const mistake = describeGroupMistake(group);
    if (mistake !== undefined) yield `contains ${JSON.stringify(group)}, ${mistake}`;
  }
  const mistake = describeGroupListMistake(groups);
  if (mistake !== undefined) yield mistake;
  if (groups.length > 0 && scopes === undefined) yield "restricts users, and requires ENTRA_REQUIRED_SCOPE";
}

function readAudiences(reader: VariableReader): ReadonlySet<string> {
  const audiences = reader.list("ENTRA_API_AUDIENCE");
  if (audiences === undefined && !reader.isFaulty("ENTRA_API_AUDIENCE")) {
    reader.fault("ENTRA_API_AUDIENCE", "is missing");
  }
  for (const audience of audiences ?? []) {
    // Entra writes GUIDs in lower case, and the gate compares audiences exactly. A GUID in upper case would match no
    // token.
    if (!audience.includes("://") && !isGuid(audience)) {
      const problem = `contains ${JSON.stringify(audience)}, which is not a client ID (lower-case GUID) or an App ID URI`;
      reader.fault("ENTRA_API_AUDIENCE", problem, `${reader.exampleOf("ENTRA_API_AUDIENCE")}, or api://orders`);
    }
  }
  return new Set(audiences);
}
