/** Name of the authority whose variables have no name: `ENTRA_TENANT_ID`, `ENTRA_API_AUDIENCE` and the others. */
export const defaultAuthority = "default";

/** The start of the names of an authority's variables. */
export function prefixOf(name: string): "ENTRA" | `ENTRA_${string}` {
  return name === defaultAuthority ? "ENTRA" : `ENTRA_${name.toUpperCase()}`;
}
