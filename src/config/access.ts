import { isGuid } from "./guid.ts";
import { isScopeToken } from "./scope.ts";
import type { VariableReader } from "./variables.ts";

const audienceExample = "ENTRA_API_AUDIENCE=22222222-3333-4444-5555-666666666666";
const scopeExample = "ENTRA_REQUIRED_SCOPE=access_as_user";
const roleExample = "ENTRA_REQUIRED_ROLE=Orders.Read.All";
const clientsExample = "ENTRA_ALLOWED_CLIENTS=33333333-4444-5555-6666-777777777777";

/** What a token must say to be let in at all: audiences, the default requirement, client applications. */
export function readAccess(reader: VariableReader, defaultRequirementUnused: boolean) {
  const audiences = readAudiences(reader);
  const requiredScopes = reader.listOf(
    "ENTRA_REQUIRED_SCOPE",
    scopeExample,
    (scope) => isScopeToken(scope) && !scope.includes("*") && !scope.includes("://") && scope !== ".default",
    "which no token carries: scopes stand in scp by their short name",
  );
  const requiredRoles = reader.listOf(
    "ENTRA_REQUIRED_ROLE",
    roleExample,
    (role) => !role.includes("*"),
    "which no token carries: wildcards are not supported",
  );
  if (!reader.faults.some(({ variable }) => /^ENTRA_REQUIRED_/.test(variable)) && !defaultRequirementUnused) {
    if (requiredScopes === undefined && requiredRoles === undefined) {
      reader.fault("ENTRA_REQUIRED_SCOPE", "and ENTRA_REQUIRED_ROLE are both missing", scopeExample);
    }
  }
  const allowedClients = reader
    .listOf(
      "ENTRA_ALLOWED_CLIENTS",
      clientsExample,
      (item) => isGuid(item.toLowerCase()),
      "which is no client application GUID",
    )
    ?.map((item) => item.toLowerCase());
  return {
    audiences,
    requiredScopes: Object.freeze(requiredScopes ?? []),
    requiredRoles: Object.freeze(requiredRoles ?? []),
    allowedClients: allowedClients && new Set(allowedClients),
  };
}

function readAudiences(reader: VariableReader): ReadonlySet<string> {
  const audiences = reader.list("ENTRA_API_AUDIENCE", audienceExample);
  if (audiences === undefined && !reader.faults.some(({ variable }) => variable === "ENTRA_API_AUDIENCE")) {
    reader.fault("ENTRA_API_AUDIENCE", "is missing", audienceExample);
  }
  for (const audience of audiences ?? []) {
    // Audiences are compared exactly and Entra writes GUIDs in lower case: another spelling would refuse everybody.
    if (!audience.includes("://") && !isGuid(audience)) {
      const problem = `holds ${JSON.stringify(audience)}, neither a lower-case client-ID GUID nor an App ID URI`;
      reader.fault("ENTRA_API_AUDIENCE", problem, `${audienceExample}, or api://orders`);
    }
  }
  return new Set(audiences);
}
