import type { Context, Hono } from "hono";
import { base64url } from "jose";
import type { Counter } from "../common/counter.ts";
import { describeError, EntraRefusal, formatError, readCorrelationId, refuse } from "../common/error.ts";
import type { Outages } from "../common/outage.ts";
import type { Directory, DirectoryUser } from "../directory/model.ts";
import { canSignIn, listAccounts } from "../grants/accounts.ts";
import type { GrantParts } from "../grants/grant.ts";
import { refuseControl } from "../grants/refuse.ts";
import { createClientInfo } from "../grants/user-tokens.ts";
import { listScopeClaims } from "../tokens/id-token.ts";
import type { Session, Sessions } from "../tokens/session.ts";
import type { SignIn } from "../tokens/sign-in.ts";
import { type AuthorizeRequest, type Destination, readAuthorizeRequest, readCaller } from "./authorize-request.ts";
import { formatMetadataIssuer } from "./documents.ts";
import { readForm, readQuery } from "./form.ts";
import { requireTenantId } from "./metadata.ts";
import { renderApprovalPage, renderConsentPage, renderErrorPage, renderSignInPage } from "./pages.ts";
import { isOfOwnPage, promptHeaders, respond } from "./respond.ts";
import { readSessionId, writeSessionId } from "./session-cookie.ts";

export interface AuthorizeContext extends GrantParts {
  readonly counter: Counter;
  readonly outages: Outages;
  readonly sessions: Sessions;
}

/** What the user has chosen on Entra's pages. Only forms of these pages have it. */
interface Choice {
  readonly persona: string | undefined;
  /** Whether the user has used multifactor authentication. */
  readonly isApproved: boolean;
  readonly decision: string | undefined;
}

const choiceNames = ["persona", "approved", "decision"];
const noChoice: Choice = { persona: undefined, isApproved: false, decision: undefined };

/**
 * Serves the sign-in page, and sends the code to the client. Before the redirect URI is trusted, the user sees an error
 * page. After that, the error goes to the client (RFC 6749 section 4.1.2.1).
 */
export function addAuthorizeEndpoint(app: Hono, parts: AuthorizeContext): void {
  for (const [path, version] of [
    ["/:tenant/oauth2/v2.0/authorize", 2],
    ["/:tenant/oauth2/authorize", 1],
  ] as const) {
    app.get(path, (c) => {
      const segment = c.req.param("tenant");
      parts.counter.add("authorize", parts.directory.findTenant(segment)?.id ?? segment);
      return serve(c, version, parts, async () => [readQuery(c.req.raw), noChoice]);
    });
    app.post(path, (c) => serve(c, version, parts, () => readPost(c)));
  }
}

/** A client may send its request as a form too. The page of another site cannot choose for the user. */
async function readPost(c: Context): Promise<[URLSearchParams, Choice]> {
  const form = await readForm(c.req.raw);
  const choice = {
    persona: form.get("persona") ?? undefined,
    isApproved: form.get("approved") === "yes",
    decision: form.get("decision") ?? undefined,
  };
  for (const name of choiceNames) form.delete(name);
  return [form, isOfOwnPage(c) ? choice : noChoice];
}

async function serve(
  c: Context,
  version: 1 | 2,
  parts: AuthorizeContext,
  read: () => Promise<[URLSearchParams, Choice]>,
): Promise<Response> {
  const segment = c.req.param("tenant")!;
  let destination: Destination | undefined;
  let parameters = new URLSearchParams();
  try {
    const [sent, choice] = await read();
    parameters = sent;
    const caller = readCaller(parts.directory, segment, parameters);
    destination = caller.destination;
    const request = readAuthorizeRequest(segment, parameters, version, caller, parts.apis);
    return await continueSignIn(c, request, choice, identifyIssuer(c, segment, version, parts), parts);
  } catch (error) {
    if (!(error instanceof EntraRefusal)) throw error;
    if (destination === undefined) return showError(c, error);
    const answer = describeRefusal(c, error, parameters, parts.nowSeconds());
    return respond(c, destination, { ...answer, ...identifyIssuer(c, segment, version, parts) });
  }
}

/** `iss` (RFC 9207 section 2), which Entra does not send: it is one of the failures on demand. */
function identifyIssuer(
  c: Context,
  segment: string,
  version: 1 | 2,
  { outages, directory }: AuthorizeContext,
): Readonly<Record<string, string>> {
  if (outages.read().discovery.kind !== "response-issuer") return {};
  return { iss: formatMetadataIssuer(new URL(c.req.url).origin, requireTenantId(directory, segment), version) };
}

function showError(c: Context, { details }: EntraRefusal): Response | Promise<Response> {
  return c.html(renderErrorPage(formatError(details)), 400, promptHeaders);
}

function describeRefusal(c: Context, { details }: EntraRefusal, parameters: URLSearchParams, nowSeconds: number) {
  const { origin: authority } = new URL(c.req.url);
  const correlationId = readCorrelationId(parameters, c.req.raw.headers);
  const context = { authority, nowSeconds, traceId: crypto.randomUUID(), correlationId };
  return {
    error: details.error,
    error_description: describeError(details, context),
    ...(details.suberror !== undefined && { suberror: details.suberror }),
    ...(details.claims !== undefined && { claims: details.claims }),
  };
}

/** Asks the user for what is missing, one page after the other, then responds to the client. */
async function continueSignIn(
  c: Context,
  request: AuthorizeRequest,
  choice: Choice,
  issuer: Readonly<Record<string, string>>,
  parts: AuthorizeContext,
): Promise<Response> {
  const { client, segment, prompt, parameters, requested } = request;
  const isSilent = prompt === "none";
  if (choice.decision === "cancel") throw refuse("consentDeclined");
  const chosen = choice.persona === undefined ? undefined : parts.directory.findUser(choice.persona);
  if (choice.persona !== undefined && (!chosen || !canSignIn(parts.directory, segment, chosen))) {
    return showError(c, refuse("unknownPersona", { user: choice.persona, tenant: segment }));
  }

  const session = parts.sessions.find(readSessionId(c));
  const signIn = chosen
    ? createSignIn(request, chosen, choice.isApproved, parts)
    : findSignIn(request, session, parts.directory);
  if (signIn === undefined) {
    const accounts = listHinted(request, parts.directory);
    return c.html(renderSignInPage(request.claims.acrs, accounts, parameters), 200, promptHeaders);
  }

  const user = parts.directory.findUser(signIn.persona)!;
  const occasion = describeOccasion(request, user);
  const unsatisfied = parts.conditionalAccess.evaluate(occasion, requested, signIn);
  if (unsatisfied !== undefined) {
    const refusal = refuseControl(unsatisfied, requested.resource.clientId);
    if (isSilent) throw refusal;
    if (unsatisfied === "block") return showError(c, refusal);
    return c.html(renderApprovalPage(user, parameters), 200, promptHeaders);
  }

  const isCovered = parts.consents.covers(user, client, requested);
  if (choice.decision === "accept") parts.consents.grant(user, client, requested);
  else if (isSilent && !isCovered) {
    throw refuse("silentConsentNeeded", { clientId: client.clientId, clientName: client.name });
  } else if (!isCovered || prompt === "consent") {
    const names = requested.scopes.map((scope) => `${requested.prefix}/${scope}`);
    return c.html(renderConsentPage(client.name, user, choice.isApproved, names, parameters), 200, promptHeaders);
  }

  const { id, sid } = parts.sessions.add(session?.id, signIn, client.clientId);
  writeSessionId(c, id);
  return respond(c, request.destination, {
    ...(await createAnswer(c, request, signIn, user, parts)),
    session_state: sid,
    ...issuer,
  });
}

function describeOccasion({ client, requested }: AuthorizeRequest, user: DirectoryUser) {
  return { user: user.shortName, app: client.shortName, api: requested.resource.shortName };
}

/** Users of the tenant whom the hints do not exclude. */
function listHinted(request: AuthorizeRequest, directory: Directory): readonly DirectoryUser[] {
  const accounts = listAccounts(directory, request.segment);
  const hinted = accounts.filter((user) => isHinted(request, user));
  return hinted.length > 0 ? hinted : accounts;
}

/** Whether `login_hint` and `domain_hint` allow this user. */
function isHinted({ parameters }: AuthorizeRequest, { tenant, username }: DirectoryUser): boolean {
  const login = parameters.get("login_hint")?.toLowerCase();
  const domain = parameters.get("domain_hint")?.toLowerCase();
  const kind = tenant.kind === "personal" ? "consumers" : "organizations";
  return (
    (login === undefined || login === username.toLowerCase()) &&
    (domain === undefined || [tenant.domain, tenant.id, kind].includes(domain))
  );
}

/**
 * Finds the one user of the session who fits, for single sign-on. `undefined` if the user has to choose. Throws a
 * refusal if the client forbids to ask.
 */
function findSignIn(request: AuthorizeRequest, session: Session | undefined, directory: Directory): SignIn | undefined {
  const { prompt, segment, claims } = request;
  if (prompt === "login" || prompt === "select_account" || prompt === "create") return undefined;
  const fitting = (session?.signIns ?? []).filter(({ persona }) => {
    const user = directory.findUser(persona);
    return user !== undefined && canSignIn(directory, segment, user) && isHinted(request, user);
  });
  const [signIn] = fitting;
  const missing = claims.acrs.find((context) => !signIn?.acrs.includes(context));
  if (prompt === "none") {
    if (signIn === undefined) throw refuse("signInNeeded");
    if (fitting.length > 1) throw refuse("selectionNeeded");
    if (missing !== undefined) throw refuseControl(missing, request.requested.resource.clientId);
  }
  return fitting.length === 1 && missing === undefined ? signIn : undefined;
}

/** There are no passwords: who chooses a user is that user, and satisfies the contexts that the client asks for. */
function createSignIn(
  request: AuthorizeRequest,
  user: DirectoryUser,
  isApproved: boolean,
  { nowSeconds, revocations, conditionalAccess }: AuthorizeContext,
): SignIn {
  const { claims, requested } = request;
  const controls = isApproved ? conditionalAccess.list(describeOccasion(request, user), requested) : [];
  const contexts = controls.filter((control) => control !== "block" && control !== "mfa");
  return {
    tenant: user.tenant,
    persona: user.shortName,
    acrs: [...new Set([...claims.acrs, ...contexts])],
    hasMultifactor: user.mfa || isApproved || claims.acrs.length > 0,
    signedInAtSeconds: nowSeconds(),
    epoch: revocations.epoch(),
  };
}

async function createAnswer(
  c: Context,
  request: AuthorizeRequest,
  signIn: SignIn,
  user: DirectoryUser,
  parts: AuthorizeContext,
): Promise<Record<string, string>> {
  const { client, destination, scope, parameters, codeChallenge } = request;
  const nonce = parameters.get("nonce") ?? undefined;
  const code = request.wantsCode
    ? parts.codes.add({
        ...signIn,
        // The session is valid now, so only later revocations concern the code.
        epoch: parts.revocations.epoch(),
        clientId: client.clientId,
        redirectUri: destination.redirectUri,
        codeChallenge,
        scope,
        nonce,
        claims: parameters.get("claims") ?? undefined,
      })
    : undefined;
  const idToken = request.wantsIdToken
    ? await parts.issuer.issueIdToken({
        authority: new URL(c.req.url).origin,
        tenant: signIn.tenant.id,
        persona: signIn.persona,
        audience: client.clientId,
        signedInAtSeconds: signIn.signedInAtSeconds,
        nonce: nonce!,
        claims: {
          ...listScopeClaims(scope, user),
          ...(code !== undefined && { c_hash: await hashCode(code) }),
        },
      })
    : undefined;
  return {
    ...(code !== undefined && { code }),
    ...(idToken !== undefined && { id_token: idToken }),
    ...(parameters.get("client_info") === "1" && { client_info: createClientInfo(user) }),
  };
}

/** `c_hash` (OpenID Connect Core section 3.3.2.11). */
async function hashCode(code: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(code));
  return base64url.encode(new Uint8Array(digest, 0, 16));
}
