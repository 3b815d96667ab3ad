import type { ReasonTexts } from "./reason-text.ts";
import { retryAfterSeconds } from "./samples.ts";

/** Reasons about the form of a request. */
export const requestReasons = {
  plaintext_transport: {
    meaning:
      "The request used plain http, where others can read the token. With GATE_TLS_PROXY, `forwardedProto` says what is wrong " +
      "with the header X-Forwarded-Proto, which must be `https`, once: it is `absent`, `repeated` or `other`.",
    fix:
      "Call over https, and let the zone redirect or refuse http (Always Use HTTPS). If a proxy of yours ends TLS, set " +
      "GATE_TLS_PROXY=true, and let the proxy overwrite X-Forwarded-Proto.",
  },
  message_ambiguous: {
    meaning:
      "The request has two Host headers, one that is more than a host and a port, or a transfer coding other than chunked. A proxy could " +
      "read another request. With GATE_TLS_PROXY, it can also have no Host header, or another address in its request line or in `:authority`.",
    fix:
      "Send one Host header, and no Transfer-Encoding but `chunked`. Look for a proxy that adds a header, or that omits Host because it " +
      "speaks HTTP/2 to the gate.",
  },
  path_ambiguous: {
    meaning:
      "The path can be read in two ways: dot segments (Node and Bun resolve them before the gate), `//`, `;`, encoded slashes, double encodings. Or the URL contains a user name. In a DaloyJS app, also a slash at the end, or characters that a URL must encode.",
    fix:
      "Call the path in its plain form, with a URL without a user name. In a DaloyJS app, `send` in the log says which form that is: " +
      "`without_slash_at_end` means `/reports` in place of `/reports/`, and `percent_encoded` means `/a%20b` in place of `/a b`.",
  },
  method_not_supported: {
    meaning: "The method is CONNECT, TRACE or TRACK, or it is not in upper case.",
    fix: "Use another method, and write it in upper case: `fetch` does not change `patch`.",
  },
  upgrade_not_supported: {
    meaning: "The request opens a WebSocket to the origin, and the gate does not run on Workers.",
    fix: "Run the gate on Workers, or let clients call the origin's WebSockets without it.",
  },
  host_not_served: {
    meaning:
      "The request is addressed to a scheme, host or port that GATE_URL does not list. With GATE_TLS_PROXY, only the Host header " +
      "counts.",
    fix:
      "Call the gate by an address in GATE_URL, or add the address there. A proxy in front must pass `Host` on. Probes by IP " +
      "address are answered by the health page (GATE_HEALTH) only.",
  },
  credential_missing: {
    meaning: "There is no Authorization header. The gate ignores tokens in a query, a form or a cookie.",
    fix: "Send `Authorization: Bearer <token>`. Browsers drop the header on a redirect to another host.",
  },
  credential_other_scheme: {
    meaning: "The Authorization header has another scheme than Bearer, or the token without a scheme.",
    fix: "Write `Bearer`, one space and the token.",
  },
  credential_malformed: {
    meaning:
      "After Bearer, there is nothing, or text that cannot be a token: spaces, quotation marks or a second word.",
    fix: "Send only the token: without quotation marks, line breaks or a second `Bearer`.",
  },
  credential_repeated: {
    meaning: "There is more than one credential, or more than one Authorization header.",
    fix: "Send one. A proxy may add its own.",
  },
  credential_also_in_query: {
    meaning: "There is a bearer token in the Authorization header, and a parameter `access_token` in the query.",
    fix: "Send the token only in the header. If the parameter belongs to the route, declare `ownsAccessTokenParameter: true`.",
  },
  too_many_failures: {
    meaning:
      "The binding RATE_LIMITER reported that too many tokens from this client's address were refused. Tokens that the " +
      "gate knows to be good still pass.",
    fix: "Read the reasons of the earlier refusals. The address can try again after at most a minute.",
    samples: [{ members: { retryAfterSeconds } }],
  },
} satisfies ReasonTexts;
