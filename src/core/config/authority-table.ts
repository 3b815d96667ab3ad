import { entryVariables, mcpVariables, type VariableTable } from "./table.ts";

/**
 * The variables of an authority with a name. They are read as those of the default authority. This table is a file of
 * its own, so that only the option `authorities` has it in a bundle.
 */
export const authorityVariables = {
  // ## Named authorities
  /** GUID of its tenant; `organizations` for several tenants. Required. */
  "ENTRA_<NAME>_TENANT_ID": entryVariables.ENTRA_TENANT_ID,
  /** As ENTRA_ALLOWED_TENANTS. Default: `ENTRA_<NAME>_TENANT_ID`. */
  "ENTRA_<NAME>_ALLOWED_TENANTS": entryVariables.ENTRA_ALLOWED_TENANTS,
  /** As ENTRA_API_AUDIENCE. Required. */
  "ENTRA_<NAME>_API_AUDIENCE": entryVariables.ENTRA_API_AUDIENCE,
  /** As ENTRA_ALLOWED_CLIENTS. Default: any client. */
  "ENTRA_<NAME>_ALLOWED_CLIENTS": entryVariables.ENTRA_ALLOWED_CLIENTS,
  /** As ENTRA_CLOUD. */
  "ENTRA_<NAME>_CLOUD": entryVariables.ENTRA_CLOUD,
  /** As ENTRA_AUTHORITY. */
  "ENTRA_<NAME>_AUTHORITY": entryVariables.ENTRA_AUTHORITY,
  /** As ENTRA_ACCEPT_V1. A fault beside an https `ENTRA_<NAME>_AUTHORITY`. */
  "ENTRA_<NAME>_ACCEPT_V1": entryVariables.ENTRA_ACCEPT_V1,
  /** As ENTRA_APP_ID_URI, for MCP servers. Default: see ENTRA_APP_ID_URI. */
  "ENTRA_<NAME>_APP_ID_URI": mcpVariables.ENTRA_APP_ID_URI,
  /** As ENTRA_CLIENT_ID, for the facade of an MCP server. */
  "ENTRA_<NAME>_CLIENT_ID": entryVariables.ENTRA_CLIENT_ID,
} as const satisfies VariableTable;
