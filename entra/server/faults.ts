import { parseJson } from "../../src/cli-exports/text.ts";
import type { AccessTokenOptions } from "../tokens/issuer.ts";

/** A fault of a token. */
export interface PlaygroundFault {
  readonly title: string;
  /**
   * Changes that the local Entra makes to the token.
   *
   * @param nowSeconds seconds since the epoch
   */
  change?(nowSeconds: number): Pick<AccessTokenOptions, "claims" | "header" | "key" | "without">;
  /** Changes the token after it was signed. */
  damage?(token: string): string;
  /** Sent instead of an access token. */
  readonly instead?: "id-token" | "nothing";
}

const hourSeconds = 3_600;

export const playgroundFaults = {
  none: { title: "The token has no fault" },
  "no-token": { title: "No token", instead: "nothing" },
  "id-token": { title: "An ID token instead of an access token", instead: "id-token" },
  expired: {
    title: "Expired an hour ago",
    change: (now) => ({ claims: { iat: now - 2 * hourSeconds, nbf: now - 2 * hourSeconds, exp: now - hourSeconds } }),
  },
  future: {
    title: "From a clock that is ten minutes ahead",
    change: (now) => ({ claims: { iat: now + 600, nbf: now + 600, exp: now + 600 + hourSeconds } }),
  },
  "graph-audience": {
    title: "For Microsoft Graph, by its audience",
    change: () => ({ claims: { aud: "00000003-0000-0000-c000-000000000000" } }),
  },
  "graph-nonce": {
    title: "For Microsoft Graph, with a nonce in the header",
    change: () => ({ header: { nonce: "AQABAAAAAAD" }, claims: { aud: "https://graph.microsoft.com" } }),
  },
  "other-cloud": {
    title: "From the cloud of the US Government",
    change: () => ({ claims: { iss: "https://login.microsoftonline.us/c0c0c0c0-0000-4000-8000-000000000001/v2.0" } }),
  },
  "unknown-key": { title: "Signed with a key that is not published", change: () => ({ key: "next" }) },
  "algorithm-none": { title: "With the algorithm none", change: () => ({ header: { alg: "none" } }) },
  "group-overage": {
    title: "Of a user in more groups than a token lists",
    change: () => ({ claims: { _claim_names: { groups: "src1" } } }),
  },
  bound: {
    title: "Bound to a key (proof of possession)",
    change: () => ({ claims: { cnf: { kid: "key-of-the-client" } } }),
  },
  altered: { title: "Changed after it was signed", damage: alterPayload },
  truncated: { title: "Without its signature", damage: (token) => token.slice(0, token.lastIndexOf(".")) },
  twice: { title: "With the word Bearer twice", damage: (token) => `Bearer ${token}` },
} as const satisfies Record<string, PlaygroundFault>;

export type PlaygroundFaultName = keyof typeof playgroundFaults;

/** Adds a scope and keeps the old signature. */
function alterPayload(token: string): string {
  const [header, payload = "", signature] = token.split(".");
  const claims = parseJson(Buffer.from(payload, "base64url").toString()) as Readonly<Record<string, unknown>>;
  const altered = JSON.stringify({ ...claims, scp: "access_as_user orders.read", altered: true });
  return [header, Buffer.from(altered).toString("base64url"), signature].join(".");
}
