import { type App, type RequestContext, readText } from "../../../app/part.ts";
import { hashText } from "../../../base/common/digest.ts";
import * as limits from "../../../base/common/limits.ts";
import { encodeUtf8 } from "../../../base/common/utf8.ts";
import { readQuery } from "../../../base/http/path.ts";
import { isGuid } from "../../../core/config/guid.ts";
import type { GateSetup } from "../../../core/guard/setup.ts";
import { gateAddress } from "../discovery/document.ts";
import { describeSignIn, redirect } from "../facade/authorization.ts";
import type { Endpoint, FacadeContext } from "../facade/clients.ts";
import { findEntra } from "../facade/metadata.ts";
import { OAuthFault } from "../facade/oauth-fault.ts";
import { type Parameters, readParameters } from "../facade/parameters.ts";
import { findScopePrefix } from "../facade/scope.ts";
import { formType } from "../facade/token-endpoint.ts";
import type { Applications } from "./applications.ts";
import { checkBinding, createBinding, endBinding, type Step } from "./binding.ts";
import { sealCode } from "./code.ts";
import { asPage, SignInError } from "./errors.ts";
import { writeConsentPage } from "./page.ts";
import { describeScopes } from "./scope-words.ts";
import type { Purpose, Seals } from "./seals.ts";

/** What the endpoints of one callback share. */
export interface CallbackParts {
  /** Name of the authority where users sign in. */
  readonly authority: string;
  /** Path of the callback. */
  readonly path: string;
  readonly seals: Seals;
  readonly applications: Applications;
}

/** A sign-in whose client and redirect URI were checked. */
interface SignIn {
  /** Hash of the client ID. */
  readonly client: string;
  readonly uri: string;
  /** State of the client; absent if it sent none. */
  readonly state?: string;
}

/** A sealed value that belongs to one browser: a sign-in and the hash of a cookie. */
interface Bound extends SignIn {
  readonly cookie: string;
}

/** The same before consent, with the parameters for Entra. */
interface Asked extends Bound {
  readonly parameters: Record<string, string>;
}

/** Starts a sign-in. A client that is not listed needs consent, and nothing redirects before that. */
export function createAuthorize(parts: CallbackParts, app: App): Endpoint {
  return onPage(async (shared, context) => {
    const { request, setup } = context;
    const { url } = context.target;
    const address = gateAddress(setup);
    // The cookies belong to one address.
    if (URL.parse(url)?.origin !== address) return redirect(`${address}/authorize${readQuery(url)}`, {});
    const parameters = readParameters(new URL(request.url).searchParams, limits.facadeParameterCharacters);
    const clientId = parameters.get("client_id") ?? "";
    const uri = parameters.get("redirect_uri") ?? "";
    const application = await parts.applications.find(context, clientId, uri);
    const state = parameters.get("state");
    const signIn: SignIn = { client: await hashText(clientId), uri, ...(state !== undefined && { state }) };
    let described: Record<string, string>;
    try {
      described = describeChecked(shared, parameters, setup);
    } catch (error) {
      if (!application.isListed || !(error instanceof OAuthFault) || error.status !== 400) throw error;
      return answerClient(context, signIn, { error: error.code, error_description: error.message });
    }
    if (application.isListed) return startAtEntra(parts, context, signIn, described);
    if (described.prompt?.split(" ").includes("none")) {
      throw new SignInError(
        "FacadePromptError",
        "The application asked for a sign-in without a page, and it needs your consent.",
      );
    }
    const { hash, cookies } = await createBinding(context, "consent");
    const sealed = await seal(parts, context, "Consent", { ...signIn, cookie: hash, parameters: described });
    const { name, host } = application;
    const target = nameTarget(shared, parameters.get("resource"), setup);
    const prefix = findScopePrefix(shared.clients, setup);
    const scopes = describeScopes(app, setup, parts.authority, prefix, described.scope ?? "");
    return withCookies(
      writeConsentPage({ name, host, redirectUri: uri, target, scopes, sealed, action: consentPathOf(parts.path) }),
      cookies,
    );
  });
}

/** Reads the form of the page for consent. */
export function createConsent(parts: CallbackParts): Endpoint {
  return onPage(async (_, context) => {
    const { request, setup } = context;
    // `null` is the origin of a sandboxed frame, which any page can create.
    if (request.headers.get("origin") !== gateAddress(setup)) {
      throw new SignInError("FacadeFormOriginError", "The form was not sent by the page of this server.");
    }
    const form = readParameters(
      new URLSearchParams(await readText(context, formType, limits.facadeBodyBytes)),
      limits.facadeTokenCharacters,
    );
    const asked = await openBound<Asked>(parts, context, "Consent", "consent", form.get("request"));
    const { parameters, cookie, ...signIn } = asked;
    const end = endBinding(context, "consent", cookie);
    switch (form.get("decision")) {
      case "allow":
        return withCookies(afterForm(await startAtEntra(parts, context, signIn, parameters)), [end]);
      case "deny": {
        const told = { error: "access_denied", error_description: "The user did not allow the access." };
        return withCookies(afterForm(answerClient(context, signIn, told)), [end]);
      }
      default:
        throw new SignInError("FacadeFormMalformedError", "The form has no decision.");
    }
  });
}

/** Receives the response of Entra, and passes it on to the client. */
export function createReceiver(parts: CallbackParts): Endpoint {
  return onPage(async (_, context) => {
    const { request, setup } = context;
    const parameters = readParameters(new URL(request.url).searchParams, limits.facadeTokenCharacters);
    const signIn = await openBound<Bound>(parts, context, "State", "sign-in", parameters.get("state"));
    const end = [endBinding(context, "sign-in", signIn.cookie)];
    const issuer = parameters.get("iss");
    if (issuer !== undefined && !isIssuer(issuer, setup, parts.authority)) {
      throw new SignInError("FacadeIssuerMismatchError", "The answer does not come from the expected sign-in service.");
    }
    const code = parameters.get("code");
    const error = parameters.get("error");
    if ((code === undefined) === (error === undefined)) {
      throw new SignInError("FacadeResponseMalformedError", "The answer of the sign-in service is not valid.");
    }
    if (code === undefined) return withCookies(answerClient(context, signIn, describeError(parameters)), end);
    const sealed = await sealCode(parts.seals, context, code, signIn.client, signIn.uri);
    if (sealed === undefined) throw new SignInError("FacadeKeyUnusableError", "The server cannot use its key.", 503);
    const fits = sealed.length <= limits.facadeCodeCharacters;
    const told = fits ? { code: sealed } : { error: "server_error", error_description: "The code is too long." };
    return withCookies(answerClient(context, signIn, told), end);
  });
}

/** The address at which Entra sends the browser back. */
export function callbackUrl({ path }: Pick<CallbackParts, "path">, setup: GateSetup): string {
  return `${gateAddress(setup)}${path}`;
}

/** Path of the form of the page for consent. */
export function consentPathOf(path: string): string {
  return `${path}/consent`;
}

/** Names the resource that the client asks for; if it named none, all of them. */
function nameTarget({ resources }: FacadeContext, url: string | undefined, setup: GateSetup): string {
  const asked = resources.filter((resource) => {
    const own = resource.urlOf(setup);
    return url === own || url === `${own}/`;
  });
  const named = asked.length > 0 ? asked : resources;
  return named.map((resource) => resource.options.name ?? resource.urlOf(setup)).join(", ");
}

function onPage(respond: Endpoint): Endpoint {
  return async (shared, context) => {
    try {
      return await respond(shared, context);
    } catch (error) {
      throw asPage(error);
    }
  };
}

function describeChecked(shared: FacadeContext, parameters: Parameters, setup: GateSetup): Record<string, string> {
  const state = parameters.get("state") ?? "";
  if (encodeUtf8(state).byteLength > limits.facadeSealedBytes) {
    throw new OAuthFault("invalid_request", "The state is longer than 1 KiB.");
  }
  return describeSignIn(shared, parameters, setup);
}

/** Redirects the browser to Entra, with a cookie that binds the sign-in to it. */
async function startAtEntra(
  parts: CallbackParts,
  context: RequestContext,
  signIn: SignIn,
  parameters: Record<string, string>,
): Promise<Response> {
  const { setup } = context;
  const { hash, cookies } = await createBinding(context, "sign-in");
  const state = await seal(parts, context, "State", { ...signIn, cookie: hash });
  if (state.length > limits.facadeStateCharacters) {
    return answerClient(context, signIn, { error: "invalid_request", error_description: "The state is too long." });
  }
  const others = { redirect_uri: callbackUrl(parts, setup), response_mode: "query", state };
  return withCookies(
    redirect(findEntra(setup, parts.authority).authorizationUrl, { ...parameters, ...others }),
    cookies,
  );
}

async function seal(
  parts: CallbackParts,
  context: RequestContext,
  purpose: Purpose,
  value: Bound | Asked,
): Promise<string> {
  const untilMs = context.services.io.now() + limits.facadeSignInMilliseconds;
  const sealed = await parts.seals.seal(context, purpose, value, untilMs);
  if (sealed === undefined) throw new SignInError("FacadeKeyUnusableError", "The server cannot use its key.", 503);
  return sealed;
}

/** Opens a sealed value, and checks that it belongs to the browser of the request. */
async function openBound<Value extends Bound>(
  { seals }: CallbackParts,
  context: RequestContext,
  purpose: "Consent" | "State",
  step: Step,
  sealed: string | undefined,
): Promise<Value> {
  const opened = await seals.open<Value>(context, purpose, sealed ?? "");
  if (!opened.ok) {
    const isLate = opened.error === "Expired";
    const text = isLate ? "More than ten minutes have passed." : "This server did not start the sign-in.";
    throw new SignInError(`Facade${purpose}${opened.error}Error`, text);
  }
  const problem = await checkBinding(context, step, opened.value.cookie);
  if (problem !== undefined) {
    const text = "The sign-in was started in another browser, or is complete.";
    throw new SignInError(`Facade${purpose}Cookie${problem}Error`, text);
  }
  return opened.value;
}

/**
 * Whether `iss` of a response is an issuer of an allowed tenant (RFC 9207 section 2.4), as in its tokens: behind a
 * custom URL domain, it is not at the address where users sign in. Where several tenants sign in at `organizations`,
 * its metadata has a template.
 */
function isIssuer(issuer: string, { authorities }: GateSetup, authority: string): boolean {
  const found = authorities.find(({ name }) => name === authority);
  if (found === undefined) return false;
  const { login, tenants, versionOf } = found;
  const isShared = tenants.decided !== "by-list" || tenants.allowed.size > 1;
  if (isShared && issuer === `${login}/{tenantid}/v2.0`) return true;
  const [, , , tenant] = issuer.split("/");
  const isAllowed = isGuid(tenant) && (tenants.decided !== "by-list" || tenants.allowed.has(tenant));
  return isAllowed && versionOf(issuer, tenant) === "2.0";
}

/** Printable ASCII without quotes and backslashes (RFC 6749 section 4.1.2.1). */
const unprintable = /[^\x20\x21\x23-\x5b\x5d-\x7e]+/g;

function describeError(parameters: Parameters): Record<string, string> {
  const description = parameters.get("error_description")?.replace(unprintable, " ");
  return {
    error: (parameters.get("error") ?? "").replace(unprintable, " ").slice(0, limits.facadeSealedBytes),
    ...(description !== undefined && { error_description: description.slice(0, limits.facadeSealedBytes) }),
  };
}

/** Sends the client a response with its own state, and `iss` of the metadata (RFC 9207 section 2). */
function answerClient({ setup }: RequestContext, { uri, state }: SignIn, told: Record<string, string>): Response {
  const response = redirect(uri, { ...told, ...(state !== undefined && { state }), iss: gateAddress(setup) });
  return keepOpener(response);
}

/** A page of the client may have opened this window, and waits for its callback there. */
function keepOpener(response: Response): Response {
  response.headers.set("cross-origin-opener-policy", "unsafe-none");
  return response;
}

/** The browser follows with GET (RFC 9110 section 15.4.4). */
function afterForm({ headers }: Response): Response {
  return new Response(null, { status: 303, headers });
}

function withCookies(response: Response, cookies: readonly string[]): Response {
  keepOpener(response);
  for (const cookie of cookies) response.headers.append("set-cookie", cookie);
  return response;
}
