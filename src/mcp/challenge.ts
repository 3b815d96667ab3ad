import type { RequestContext } from "../app/serve/context.ts";
import type { Denial } from "../denial.ts";
import { writeChallenge } from "../http/problem.ts";
import type { Access, Requirement } from "../policy/requirement.ts";
import { describeDenial } from "../refusal.ts";
import { listNeededScopes } from "./scopes.ts";
import type { ResourceExtension } from "./types.ts";

/** What a challenge below a resource says. */
export interface ChallengeParts {
  readonly extension: ResourceExtension;
  /** Of the route. */
  readonly access: Access;
  /** Address of the resource's metadata. */
  readonly metadata: string;
}

/** Requirements of a request beside its route's: of the tools that it calls. */
const further = new WeakMap<RequestContext, readonly Requirement[]>();

/** Notes what a request needs beside what its route asks for, so that one challenge can name all of it. */
export function noteRequirements(context: RequestContext, requirements: readonly Requirement[]): void {
  further.set(context, requirements);
}

/**
 * Lets a client find the authorization server, and ask for all that the request needs at once: `resource_metadata` (RFC 9728
 * section 5.1) and qualified scopes. Where another sign-in cannot help, there is no `insufficient_scope`, and the text says what
 * can: clients would sign in again in vain.
 *
 * @param response of the gate or of the origin, which stays as it is
 */
export function qualifyChallenge(
  response: Response,
  context: RequestContext,
  { extension, access, metadata }: ChallengeParts,
): Response {
  const { denial, setup } = context;
  const { status, headers } = response;
  if (denial === undefined || (status !== 401 && status !== 403) || !headers.has("www-authenticate")) return response;
  const { challenge } = describeDenial(denial);
  if (challenge === undefined) return response;
  const { error, claims } = challenge;
  const text = describeVainSignIn(denial);
  const needed = claims === undefined && text === undefined ? listWanted(context, access, challenge.scopes) : [];
  const parts = {
    ...(error !== undefined && text === undefined && { error }),
    ...(needed.length > 0 && { scopes: needed.map((scope) => extension.qualify(scope, setup)) }),
    ...(claims !== undefined && { claims }),
  };
  const value = `${writeChallenge(setup.authorizationUri, parts)}, resource_metadata="${metadata}"`;
  headers.set("www-authenticate", value);
  return text === undefined ? response : withDetail(response, text, context);
}

function listWanted(context: RequestContext, access: Access, missing: readonly string[] = []): readonly string[] {
  const { setup } = context;
  const requirements = further.get(context) ?? [];
  const ofTools = requirements.flatMap((each) => listNeededScopes({ kind: "required", requirements: [each] }, setup));
  return [...new Set([...listNeededScopes(access, setup), ...ofTools, ...missing])];
}

/** What a person can do where a client cannot; `undefined` where a client can. */
function describeVainSignIn(denial: Denial): string | undefined {
  if (denial.reason === "requirement_missing") return "Nobody may do this here. Another sign-in does not help.";
  if (denial.reason !== "authentication_context_missing" || denial.challengeable) return undefined;
  const step = `authentication context ${denial.context}`;
  return `This needs a further step of sign-in (${step}), which this client cannot ask for. Ask your administrator which client can.`;
}

/** The same refusal with another text. */
function withDetail(response: Response, detail: string, { requestId }: RequestContext): Response {
  const { status, headers } = response;
  const instance = `urn:uuid:${requestId}`;
  return new Response(JSON.stringify({ type: "about:blank", title: "Forbidden", status, detail, instance }), {
    status,
    headers,
  });
}
