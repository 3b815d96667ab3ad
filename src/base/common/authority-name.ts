/** Name of the authority whose variables have no name: `ENTRA_TENANT_ID`, `ENTRA_API_AUDIENCE` and the others. */
export const defaultAuthority = "default";

/** Whether a value has the form of a name, as `customers`. */
export function isAuthorityName(value: unknown): value is string {
  return typeof value === "string" && /^[a-z][a-z0-9_]*$/.test(value);
}

/** The start of the names of an authority's variables. */
export function prefixOf(name: string): "ENTRA" | `ENTRA_${string}` {
  return name === defaultAuthority ? "ENTRA" : `ENTRA_${name.toUpperCase()}`;
}
