import type { AuthoritySetup } from "./authorities.ts";

/**
 * The endpoints where users get tokens (Microsoft, "Microsoft identity platform and OAuth 2.0 authorization code
 * flow").
 */
export interface SignIn {
  readonly authorizationUrl: string;
  readonly tokenUrl: string;
  /** Returns the full name of one of the API's scopes. */
  nameScope(scope: string): string;
}

/** What says where users sign in, and for which API. */
export type SignInFacts = Pick<AuthoritySetup, "login" | "tenants" | "audiences">;

/**
 * Derives the endpoints from the configuration. With several tenants it names none, so the user selects one at sign-in.
 */
export function createSignIn({ login, tenants, audiences }: SignInFacts): SignIn {
  const [tenant, another] = tenants.decided === "by-list" ? tenants.allowed : [];
  const base = `${login}/${tenant === undefined || another !== undefined ? "organizations" : tenant}/oauth2/v2.0`;
  const [first = ""] = audiences;
  const uri = [...audiences].find((audience) => audience.includes("://")) ?? `api://${first}`;
  return {
    authorizationUrl: `${base}/authorize`,
    tokenUrl: `${base}/token`,
    nameScope: (scope) => `${uri}/${scope}`,
  };
}
