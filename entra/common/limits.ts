// Numbers of the local Entra. Lifetimes are Microsoft's.

/**
 * Codes, device codes, sessions, consents and policies that are kept, each: a test or a developer has few at a time.
 */
export const maxKept = 1_000;
/** Revocations that are kept. Beyond that, one revocation of everything replaces them. */
export const maxRevocations = 1_000;
/** Signing keys that exist. An authority that nobody tests has five. */
export const maxSigningKeys = 100;
/** Keys, federated credentials and Application ID URIs that are added to one app while the authority runs, each. */
export const maxAdded = 100;
/** Tenants that are counted by name: callers choose the names. */
export const maxCountedTenants = 1_000;
/** Bytes of a form. A request with an assertion and an access token of 200 groups has 25 KiB. */
export const maxFormBytes = 64 * 1024;
/** Characters of the parameters of an authorization request. */
export const maxQueryLength = 16 * 1024;

/** https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow */
export const codeSeconds = 600;
/** https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code */
export const deviceCodeSeconds = 900;
/** `interval` of a device code. */
export const pollSeconds = 5;
/** https://learn.microsoft.com/entra/identity-platform/refresh-tokens#token-lifetime */
export const refreshTokenSeconds = 90 * 24 * 3600;
/** From the first sign-in on, however often the token is replaced. */
export const spaRefreshTokenSeconds = 24 * 3600;
/**
 * A session that is not persistent:
 * https://learn.microsoft.com/entra/identity/conditional-access/concept-session-lifetime
 */
export const sessionSeconds = 24 * 3600;
