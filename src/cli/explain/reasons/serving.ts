import type { ReasonTexts } from "./reason-text.ts";

/** The gate itself, and what lies behind it. */
export const servingReasons = {
  misconfigured: {
    meaning: "The gate's configuration is faulty, so it refuses every request.",
    fix: "Run `entra-gate doctor`, or read the `misconfigured` lines of the log: one for each fault.",
  },
  tenant_check_failed: {
    meaning: "`isTenantAllowed` threw, or did not answer in 3 seconds.",
    fix: "Make the callback answer: look at the database or service that it asks.",
  },
  revocation_check_failed: {
    meaning: "`revokedAtSeconds` threw, did not answer in 3 seconds, or gave something that is no whole number.",
    fix: "Make the callback answer seconds since the epoch, or `undefined` where nothing is revoked.",
  },
  verifier_failed: {
    meaning: "The verifier of another provider, in an adapter, did not answer in 9 seconds, or gave no caller.",
    fix: "Make it answer an object with `sub` and `claims`, and with `scopes` and `roles` as lists of strings.",
  },
  internal_error: {
    meaning: "The gate or a handler threw an unexpected error; `cause` in the log describes it.",
    fix: "Read `cause`. A route's handler that throws ends here too.",
  },
  route_unlisted: {
    meaning:
      "No route has this method and path, and `unlisted` is `reject`. Or the path is a look-alike: an origin could read it as another route, for example because of letter case, a trailing slash or an encoded `?`. Or GET has a stricter route at a more specific path.",
    fix: "Call the path as the route writes it, or add a route for exactly this method and path.",
  },
  identity_too_large: {
    meaning:
      "The identity headers are larger than 2 KiB, even without the claims that the gate may omit. The request did not reach the origin.",
    fix: "Assign fewer or shorter app roles and scopes, or shorten the name or e-mail address. A token for fewer scopes is shorter too.",
  },
  origin_unreachable: {
    meaning: "The origin did not take the connection; `cause` in the log says why.",
    fix: "Compare ORIGIN_URL, and look at the origin and at the network between.",
  },
  origin_timeout: {
    meaning: "The origin did not begin its answer in time.",
    fix: "Look at the origin, or raise `originMilliseconds`.",
  },
  client_gone: {
    meaning: "The caller went away before there was an answer. It sees none.",
    fix: "Nothing, unless it happens often: then look at how long the origin takes.",
  },
} satisfies ReasonTexts;
