import type { ReasonTexts } from "./reason-text.ts";
import { answer, byChallenge, graphScopes, newToken, retryAfterSeconds, secondFactor } from "./samples.ts";

/** Reasons why there is no token for another API. */
export const downstreamReasons = {
  downstream_user_missing: {
    meaning:
      "The handler or the origin needs a token on behalf of a user, and the caller is an application or has no token.",
    fix: "Call with a user's token, or let the handler use asApp, which gets the gate's own token.",
  },
  downstream_interaction_needed: {
    meaning: "Entra requires another sign-in step from the user before it issues a token for the other API.",
    fix: "Let the client sign the user in again with the claims of the challenge. A client without the capability cp1 gets 403 instead.",
    samples: byChallenge(
      { scopes: graphScopes, claims: secondFactor },
      { entra: answer("interaction_required", 50076, { suberror: "basic_action" }) },
    ),
  },
  downstream_consent_needed: {
    meaning:
      "Neither the user nor an administrator has consented to the scopes that the gate requests from the other API.",
    fix: "Grant admin consent to these scopes under API permissions of the gate's registration, or let the client ask the user for it.",
    samples: byChallenge(
      { scopes: graphScopes, claims: newToken },
      { entra: answer("invalid_grant", 65001, { suberror: "consent_required" }) },
    ),
  },
  downstream_refused: {
    meaning: "Entra issues no token for the other API to this user, because of a policy or a missing assignment.",
    fix: "Look up codes and correlationId of the log line under Sign-in logs.",
    samples: [
      {
        members: {
          scopes: graphScopes,
          entra: answer("interaction_required", 53003, { suberror: "message_only" }),
        },
      },
    ],
  },
  downstream_assertion_refused: {
    meaning:
      "Entra did not accept the caller's token as an assertion: it has expired, was revoked, or is for another registration.",
    fix: "Get a new token. If Entra refuses every token, set ENTRA_CLIENT_ID to the registration that the tokens' audience names.",
    samples: [{ members: { entra: answer("invalid_grant", 50013) } }],
  },
  downstream_throttled: {
    meaning: "Entra is throttling the gate.",
    fix: "Wait for the time in Retry-After. With a TOKEN_CACHE, isolates share tokens and send fewer requests.",
    samples: [{ members: { retryAfterSeconds, entra: { status: 429 } } }],
  },
  downstream_unavailable: {
    meaning: "Entra's token endpoint cannot be reached, does not answer in time, or answers without a usable token.",
    fix: "See cause in the log line, and Microsoft's status page.",
    samples: [{ members: { retryAfterSeconds, cause: "timed out" } }],
  },
  downstream_misconfigured: {
    meaning: "Entra refuses the gate itself: its credential, its client ID, or the scopes it asks for.",
    fix: "The log line has the credential, its expiry and Entra's codes. Renew the credential, or correct the registration.",
    samples: [
      {
        members: {
          problem: "Entra refused the request: invalid_scope",
          entra: answer("invalid_scope", 70011),
        },
      },
    ],
  },
} satisfies ReasonTexts;
