import type { Members } from "../../cli/compile/fault.ts";
import { isRecord } from "../../src/cli-exports/text.ts";

/** Variables of the gate that the documents are compiled for. */
export const corpusVariables = {
  ENTRA_TENANT_ID: "11111111-2222-3333-4444-555555555555",
  ENTRA_API_AUDIENCE: "22222222-3333-4444-5555-666666666666",
};

const scheme = {
  type: "oauth2",
  flows: {
    clientCredentials: {
      tokenUrl: "https://login.microsoftonline.com/organizations/oauth2/v2.0/token",
      scopes: { "Api.Call": "" },
    },
  },
};

/** Replaces all requirements of a document by one. */
export function requireScope(document: Members): Members {
  const { components, paths } = document;
  return {
    ...document,
    components: { ...(isRecord(components) && components), securitySchemes: { entra: scheme } },
    security: [{ entra: ["Api.Call"] }],
    ...(isRecord(paths) && { paths: mapMembers(paths, withoutSecurity) }),
  };
}

function withoutSecurity(item: unknown): unknown {
  if (!isRecord(item)) return item;
  return mapMembers(item, (operation) => {
    if (!isRecord(operation)) return operation;
    const { security: _, ...others } = operation;
    return others;
  });
}

function mapMembers(members: Members, change: (value: unknown) => unknown): Members {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, change(value)]));
}
