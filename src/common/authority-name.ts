/** Name of the authority whose variables have no name: `ENTRA_TENANT_ID`, `ENTRA_API_AUDIENCE` and the others. */
export const defaultAuthority = "default";
