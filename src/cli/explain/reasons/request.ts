import type { ReasonTexts } from "./reason-text.ts";

/** What the request looks like. */
export const requestReasons = {
  plaintext_transport: {
    meaning: "The request came over plain http, where anybody could read the token.",
    fix: "Call over https, and let the zone redirect or refuse http (Always Use HTTPS).",
  },
  path_ambiguous: {
    meaning:
      "The path can be read in two ways: dot segments, `//`, `;`, encoded slashes, double encodings. Or the URL contains a user name.",
    fix: "Call the path in its plain form, at an address without a user.",
  },
  method_not_supported: {
    meaning: "The method is CONNECT, TRACE or TRACK, or it is not in upper case.",
    fix: "Use another method, and write it in upper case: `fetch` sends `patch` as it is written.",
  },
  host_not_served: {
    meaning: "The request is addressed to a scheme, host or port that GATE_URL does not list.",
    fix:
      "Call the gate by an address in GATE_URL, or add the address there. A proxy in front must pass `Host` on. Probes by IP " +
      "address are answered by the health page (GATE_HEALTH) only.",
  },
  credential_missing: {
    meaning: "There is no Authorization header. Tokens in a query, a form or a cookie are not looked at.",
    fix: "Send `Authorization: Bearer <token>`. Browsers drop the header on a redirect to another host.",
  },
  credential_other_scheme: {
    meaning: "The Authorization header has another scheme than Bearer, or the token without a scheme.",
    fix: "Write `Bearer`, one space and the token.",
  },
  credential_malformed: {
    meaning: "Bearer is followed by nothing, or by what cannot be a token: spaces, quotes, a second word.",
    fix: "Send the token alone: no quotes, no line break, no `Bearer` twice.",
  },
  credential_repeated: {
    meaning: "There is more than one credential, or more than one Authorization header.",
    fix: "Send one. A proxy on the way may add its own.",
  },
  credential_also_in_query: {
    meaning: "There is a bearer token in the Authorization header, and a parameter `access_token` in the query.",
    fix: "Send the token in the header only. Where the parameter is the route's own, declare `ownsAccessTokenParameter: true`.",
  },
  too_many_failures: {
    meaning:
      "The binding RATE_LIMITER reported that too many tokens from this client's address were refused. Tokens that the " +
      "gate knows to be good still pass.",
    fix: "Look at the reasons of the refusals before this one. The address may try again within a minute.",
  },
} satisfies ReasonTexts;
