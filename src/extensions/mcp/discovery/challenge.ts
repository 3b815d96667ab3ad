import type { ChangeRefusal, RequestContext } from "../../../app/part.ts";
import { defaultAuthority } from "../../../base/common/authority-name.ts";
import type { Denial } from "../../../base/common/denial.ts";
import { describeDenial } from "../../../base/common/refusal.ts";
import { writeChallenge, writeProblem } from "../../../base/http/problem.ts";
import { type AuthoritySetup, findSignIn } from "../../../core/guard/authorities.ts";
import type { Access } from "../../../core/policy/rule.ts";
import { documentPathOf, gateAddress } from "./document.ts";
import { listNeededScopes } from "./scopes.ts";
import type { ProtectedResource } from "./types.ts";

/**
 * Adds `resource_metadata` (RFC 9728 section 5.1) and qualified scopes to the challenges of a route. A client can then
 * find the authorization server, and request every scope at once. If another sign-in cannot help, a challenge has no
 * `insufficient_scope`, because clients would sign in again in vain. The text says what helps.
 */
export function qualifyRefusals(resource: ProtectedResource, access: Access): ChangeRefusal {
  return (refusal, denial, context) => {
    const { setup } = context;
    const { status, headers } = refusal;
    const described = describeDenial(denial);
    const { challenge } = described;
    if ((status !== 401 && status !== 403) || !headers.has("www-authenticate") || challenge === undefined)
      return refusal;
    const { error, claims } = challenge;
    const text = describeVainSignIn(denial);
    const signIn = findSignIn(setup, access, context.caller);
    const needed =
      claims === undefined && text === undefined ? listWanted(context, access, signIn, challenge.scopes) : [];
    const parts = {
      ...(error !== undefined && text === undefined && { error }),
      ...(needed.length > 0 && { scopes: needed.map((scope) => resource.qualify(scope, setup)) }),
      ...(claims !== undefined && { claims }),
    };
    const metadata = `${gateAddress(setup)}${documentPathOf(resource.resourcePath)}`;
    const value = `${writeChallenge(signIn?.authorizationUri ?? "", parts)}, resource_metadata="${metadata}"`;
    headers.set("www-authenticate", value);
    if (text === undefined) return refusal;
    const { body } = writeProblem({ ...described, detail: text }, context.requestId, "");
    return new Response(body, { status, headers });
  };
}

/** The scopes of the route, and of the tools about which the guard was asked last, so that one sign-in is enough. */
function listWanted(
  { setup, asked }: RequestContext,
  access: Access,
  { name = defaultAuthority }: Partial<AuthoritySetup> = {},
  missing: readonly string[] = [],
): readonly string[] {
  const needed = [access, asked ?? access].flatMap((each) => listNeededScopes(each, setup, name));
  return [...new Set([...needed, ...missing])];
}

/** What a person can do if the client cannot do anything; `undefined` if the client can. */
function describeVainSignIn(denial: Denial): string | undefined {
  if (denial.reason === "requirement_missing") return "No caller may do this here. Another sign-in does not help.";
  if (denial.reason !== "authentication_context_missing" || denial.challengeable) return undefined;
  const step = `authentication context ${denial.context}`;
  return `This requires another sign-in step (${step}), which this client cannot request. Ask your administrator for a client that can.`;
}
