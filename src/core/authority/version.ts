/** The two formats of access tokens. The API's manifest selects one (`requestedAccessTokenVersion`). */
export type TokenVersion = "1.0" | "2.0";
