import type { ReasonTexts } from "./reason-text.ts";

/** A token for another API could not be had. */
export const downstreamReasons = {
  downstream_user_missing: {
    meaning:
      "The handler or the origin needs a token on behalf of a user, and the caller is an application or has no token.",
    fix: "Call with a user's token, or let the handler use asApp, which gets the gate's own token.",
  },
  downstream_interaction_needed: {
    meaning: "Entra asks the user for a further step of sign-in before it gives a token for the API behind.",
    fix: "Let the client sign the user in again with the claims of the challenge; one without the capability cp1 gets 403 instead.",
  },
  downstream_consent_needed: {
    meaning: "Neither the user nor an administrator has consented to what the gate asks the API behind for.",
    fix: "Grant admin consent to these scopes under API permissions of the gate's registration, or let the client ask the user for it.",
  },
  downstream_refused: {
    meaning:
      "Entra lets this user have no token for the API behind, whatever the user does: a policy, or an assignment.",
    fix: "Look up codes and correlationId of the log line under Sign-in logs.",
  },
  downstream_assertion_refused: {
    meaning:
      "Entra did not accept the caller's token as an assertion: it has expired, was revoked, or is for another registration.",
    fix: "Get a new token. If all are refused, ENTRA_CLIENT_ID must be the registration whose audience the tokens have.",
  },
  downstream_throttled: {
    meaning: "Entra is throttling the gate.",
    fix: "Wait as long as Retry-After says. A TOKEN_CACHE lets isolates share tokens, and saves requests.",
  },
  downstream_unavailable: {
    meaning: "Entra's token endpoint cannot be reached, is late, or answers without a usable token.",
    fix: "See cause in the log line, and Microsoft's status page.",
  },
  downstream_misconfigured: {
    meaning: "Entra refuses the gate itself: its credential, its client ID, or the scopes it asks for.",
    fix: "The log line names the credential, when it expires, and Entra's codes: renew it, or correct the registration.",
  },
} satisfies ReasonTexts;
