/** Scopes of OpenID Connect and of Microsoft Graph. */
const foreignScopes = ["openid", "profile", "email", "offline_access", "User.Read"];

/** Whether tokens of an API of your own never have a scope. */
export function isForeignScope(scope: string): boolean {
  return foreignScopes.includes(scope);
}

export const ownScopeFix = "a scope from Expose an API in the API's registration";
