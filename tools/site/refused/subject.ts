import { toCredential } from "../../../cli/common/credential.ts";
import { isMicrosoftApi } from "../../../cli/explain/causes/audience.ts";
import { decodeUnverifiedToken, readBearer } from "../../../src/cli-exports/gate.ts";

/** Variables of a gate that the page has a field for, each with its name in the portal of Entra. */
export const fields = {
  ENTRA_TENANT_ID: "Directory (tenant) ID of the API",
  ENTRA_API_AUDIENCE: "Application (client) ID of the API",
  ENTRA_REQUIRED_SCOPE: "Scope that the API requires",
  ENTRA_REQUIRED_ROLE: "App role that the API requires",
  ENTRA_AUTHORITY: "Authority, if it is not login.microsoftonline.com",
} as const;
export type Field = keyof typeof fields;

/** The checks that compare the token with a variable, and show nothing if the value is the token's own. */
const comparedWith: Readonly<Record<string, Field>> = {
  "allowed tenant": "ENTRA_TENANT_ID",
  audience: "ENTRA_API_AUDIENCE",
  scopes: "ENTRA_REQUIRED_SCOPE",
  roles: "ENTRA_REQUIRED_ROLE",
};

/** The token and the gate that the page explains. */
export interface Subject {
  readonly authorization: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Variables whose values are those of the token, because their fields are empty. */
  readonly assumed: readonly string[];
  /** Whether a check compares the token with nothing that the person wrote. */
  isUncompared(check: string): boolean;
}

/**
 * Completes what a person pasted. An empty field gets the value of the token, with which the token is compared to
 * itself.
 *
 * @param pasted token, Bearer credential or header line
 * @param written value of each field
 */
export function readSubject(pasted: string, written: Readonly<Record<Field, string>>): Subject {
  const authorization = toCredential(pasted);
  const filled = Object.fromEntries(
    Object.entries(written)
      .map(([name, value]) => [name, value.trim()] as const)
      .filter(([, value]) => value !== ""),
  );
  const own = Object.entries(readOwn(authorization)).filter(([name]) => filled[name] === undefined);
  const isRequired = "ENTRA_REQUIRED_SCOPE" in filled || "ENTRA_REQUIRED_ROLE" in filled;
  const assumed = own.filter(([name]) => !isRequired || !name.startsWith("ENTRA_REQUIRED_"));
  return {
    authorization,
    environment: { ...placeholders, ...Object.fromEntries(assumed), ...filled },
    assumed: assumed.map(([name]) => name),
    isUncompared: (check) => filled[comparedWith[check] ?? check] === undefined && Object.hasOwn(comparedWith, check),
  };
}

/** Values of a gate that no token has, for a token that cannot be read. */
const placeholders = {
  ENTRA_TENANT_ID: "11111111-2222-3333-4444-555555555555",
  ENTRA_API_AUDIENCE: "22222222-3333-4444-5555-666666666666",
};

/** The values with which the gate would accept the token, as far as it has any. */
function readOwn(authorization: string): Readonly<Record<string, string>> {
  const scope = { ENTRA_REQUIRED_SCOPE: "access_as_user" };
  const token = readBearer(authorization);
  // It bounds the length and the nesting of the token before it parses it.
  const decoded = token.ok ? decodeUnverifiedToken(token.value) : token;
  if (!decoded.ok) return scope;
  const { tid, aud, scp, roles } = decoded.value.claims;
  const [role] = Array.isArray(roles) ? roles : [];
  const [name] = typeof scp === "string" ? scp.split(" ") : [];
  return {
    ...(isWord(tid) && { ENTRA_TENANT_ID: tid }),
    ...(isWord(aud) && !isMicrosoftApi(aud) && { ENTRA_API_AUDIENCE: aud }),
    ...(isWord(name) ? { ENTRA_REQUIRED_SCOPE: name } : isWord(role) ? { ENTRA_REQUIRED_ROLE: role } : scope),
  };
}

/** A list of the configuration is separated by commas and spaces. */
function isWord(value: unknown): value is string {
  return typeof value === "string" && /^[^\s,]+$/.test(value);
}
