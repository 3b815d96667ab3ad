// Names in the tokens and the requirements of the comparison. Plain data, without code of the gate.

/** 2026-11-25T12:00:00Z. */
export const nowSeconds = Date.UTC(2026, 10, 25, 12) / 1_000;

export const audience = "a9100000-0000-4000-8000-000000000010";
export const apiUri = `api://${audience}`;

/** Two allowed tenants, and one that is allowed only for a second authority. */
export const tenants = {
  contoso: "c0c0c0c0-0000-4000-8000-000000000001",
  fabrikam: "fab1fab1-0000-4000-8000-000000000002",
  northwind: "abcdabcd-0000-4000-8000-000000000003",
} as const;

/**
 * Authorities by name: their address, and the issuer that their metadata and keys name. External ID is behind custom
 * URL domains.
 */
export const authorities = {
  cloud: { login: "https://login.microsoftonline.com", issuer: "https://login.microsoftonline.com/{tenantid}/v2.0" },
  own: { login: "https://login-own.contoso.com", issuer: "https://login-own.contoso.com/{tenantid}/v2.0" },
  tenant: { login: "https://login-tenant.contoso.com", issuer: "https://{tenantid}.ciamlogin.com/{tenantid}/v2.0" },
  public: { login: "https://login-public.contoso.com", issuer: "https://login.microsoftonline.com/{tenantid}/v2.0" },
  customers: {
    login: "https://login-customers.contoso.com",
    issuer: "https://login-customers.contoso.com/{tenantid}/v2.0",
  },
} as const;
export type AuthorityName = keyof typeof authorities;

export const clients = ["c11e0000-0000-4000-8000-000000000021", "c11e0000-0000-4000-8000-0000000000ab"] as const;
export const objects = ["0b1ec700-0000-4000-8000-0000000000a1", "0b1ec700-0000-4000-8000-0000000000b2"] as const;

export const blueprint = "b1e00000-0000-4000-8000-0000000000c3";

export const scopes = ["access_as_user", "orders.read", "orders.write"] as const;
export const roles = ["Orders.Read.All", "Orders.Admin", "Users of the shop"] as const;
export const groups = [
  "96000000-0000-4000-8000-0000000000a1",
  "96000000-0000-4000-8000-0000000000b2",
  "96000000-0000-4000-8000-0000000000c3",
] as const;
export const contexts = ["c1", "c10"] as const;
