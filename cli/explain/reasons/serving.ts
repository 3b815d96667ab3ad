import type { ReasonTexts } from "./reason-text.ts";
import { retryAfterSeconds } from "./samples.ts";

/** Reasons about the gate itself and its origin. */
export const servingReasons = {
  misconfigured: {
    meaning: "The gate's configuration is faulty, so it refuses every request.",
    fix: "Run `entra-gate doctor`, or read the `misconfigured` lines of the log: one for each fault.",
  },
  tenant_check_failed: {
    meaning: "`isTenantAllowed` threw, or did not answer in 3 seconds.",
    fix: "Check the database or service that the callback uses.",
  },
  revocation_check_failed: {
    meaning: "`revokedAtSeconds` threw, did not answer in 3 seconds, or returned something other than a number.",
    fix: "Make the callback return seconds since the epoch, or `undefined` if nothing is revoked.",
  },
  revocation_in_milliseconds: {
    meaning: "`revokedAtSeconds` returned 100,000,000,000 or more, which is a time in milliseconds.",
    fix: "Return seconds since the epoch: `Date.now() / 1000`. A fraction is allowed.",
  },
  revocations_unavailable: {
    meaning:
      "The gate has the option `revocations`, and this isolate has not read a valid list yet. The lines `revocations_failed` say why.",
    fix: "If there is no list, write an empty one with `entra-gate revoke --init --remote`. Otherwise correct what `problem` names, or restore the service that has the list.",
    samples: [{ members: { retryAfterSeconds } }],
  },
  verifier_failed: {
    meaning:
      "The verifier of another provider, in an adapter, did not answer in 9 seconds, or returned no caller, or one with an `authority` other than `default` that is not itself a principal of this package.",
    fix: "Make it return an object with `sub` and `claims`, and with `scopes` and `roles` as lists of strings, without `authority`. Return a principal of this package as it is, not a copy.",
  },
  internal_error: {
    meaning: "The gate or a handler threw an unexpected error; `cause` in the log describes it.",
    fix: "Read `cause`. Errors of a route's handler have this reason too.",
    samples: [{ members: { cause: "TypeError: total is not a function" } }],
  },
  route_unlisted: {
    meaning:
      "No route has this method and path, and `unlisted` is `reject`. Or the path is a look-alike: an origin could read it as another route, for example because of letter case, a trailing slash or an encoded `?`. Or GET has a stricter route at a more specific path.",
    fix: "Call the path as the route writes it, or add a route for exactly this method and path.",
  },
  identity_too_large: {
    meaning:
      "The identity headers and the assertion do not fit, even without the claims that the gate may omit. They may take 2 to 4 KiB, depending on the size of the token that is sent on. The request did not reach the origin.",
    fix: "Assign fewer or shorter app roles and scopes, or shorten the name or e-mail address. A token for fewer scopes is shorter too.",
  },
  signing_key_unusable: {
    meaning:
      "The gate cannot sign for the origin, or cannot publish its keys. `variable` in the log names the key, and `problem` says why. `cannot sign` means that the runtime failed with a key that it had imported; the name of its error follows.",
    fix: "Set the key again: `npx entra-gate keygen` makes one. If it is in a Secrets Store, check the binding and the name of the secret. After `cannot sign`, look for faults of the platform.",
    samples: [{ members: { variable: "GATE_SIGNING_KEY", problem: "cannot be read from its store" } }],
  },
  origin_unreachable: {
    meaning: "The origin refused the connection or could not be reached; `cause` in the log says why.",
    fix: "Check ORIGIN_URL, the origin, and the network between the gate and the origin.",
    samples: [{ members: { cause: "ECONNREFUSED" } }],
  },
  origin_timeout: {
    meaning: "The origin did not start its response in time.",
    fix: "Find out why the origin is slow, or increase `originMilliseconds`.",
  },
  client_gone: {
    meaning: "The caller closed the connection before the gate answered.",
    fix: "No fix is needed. If it happens often, measure the response time of the origin.",
  },
} satisfies ReasonTexts;
