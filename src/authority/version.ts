/** The two formats of access tokens; the API's manifest chooses (`requestedAccessTokenVersion`). */
export type TokenVersion = "1.0" | "2.0";
