import { createEntra, type Entra, type EntraOptions } from "../../../entra/entra.ts";
import { api, clients, downstreamApi, tenants } from "../../../entra/testing.ts";
import { reuseKeyPairs } from "../../support/key-pairs.ts";

export const authority = "https://localhost:8788";
export const contoso = `${authority}/${tenants.contoso.id}`;
export const spaUri = "http://localhost:5173/callback";
export const desktopUri = "http://localhost:33333/callback";
export const verifier = "verifier-of-forty-three-characters-or-more-0";

type Form = Readonly<Record<string, string | undefined>>;

/** JSON of a response. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** A local Entra with a clock, and a browser with cookies. */
export interface FlowWorld {
  readonly entra: Entra;
  nowSeconds: number;
  /** Sends a request of the browser, with and without its session. */
  browse(url: string, form?: Form, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Opens the sign-in page, and chooses a user. Returns where the browser is sent. */
  signIn(persona: string, changes?: Form): Promise<URL>;
  forgetCookies(): void;
  /** Forgets the cookies, and ends the faults that tests of flows set. */
  reset(): void;
  /** Posts to a token endpoint. */
  post(form: Form, headers?: Readonly<Record<string, string>>, path?: string): Promise<Answer>;
  /** Signs in at a SPA and redeems the code. */
  getTokens(persona: string, changes?: Form): Promise<Answer>;
}

export async function createFlowWorld(options: EntraOptions = {}): Promise<FlowWorld> {
  const makeKeyPair = reuseKeyPairs();
  let cookie = "";
  const world: FlowWorld = {
    entra: createEntra({ makeKeyPair, nowSeconds: () => world.nowSeconds, ...options }),
    nowSeconds: Math.floor(Date.now() / 1000),
    async browse(url, form, headers = {}) {
      const body = form && new URLSearchParams(omitAbsent(form));
      const init = {
        headers: { ...(cookie !== "" && { Cookie: cookie }), ...headers },
        ...(body && { method: "POST", body }),
      };
      const response = await world.entra.fetch(new Request(url, init));
      const [sent] = response.headers.get("Set-Cookie")?.split(";") ?? [];
      if (sent !== undefined) cookie = sent;
      return response;
    },
    async signIn(persona, changes = {}) {
      const parameters = await createParameters(changes);
      const response = await world.browse(`${contoso}/oauth2/v2.0/authorize`, { ...parameters, persona });
      return new URL(response.headers.get("Location") ?? `about:${response.status}`);
    },
    forgetCookies() {
      cookie = "";
    },
    reset() {
      world.forgetCookies();
      world.entra.setConditionalAccess([]);
      world.entra.setClockOffset(0);
    },
    async post(form, headers = {}, path = "/oauth2/v2.0/token") {
      const url = path.startsWith("https:") ? path : contoso + path;
      const body = new URLSearchParams(omitAbsent(form));
      const response = await world.entra.fetch(new Request(url, { method: "POST", headers, body }));
      return { status: response.status, body: await response.json() };
    },
    async getTokens(persona, changes = {}) {
      const callback = await world.signIn(persona, changes);
      return world.post(createRedemption(callback), { Origin: "http://localhost:5173" });
    },
  };
  return world;
}

/** Parameters of an authorization request of the SPA. */
export async function createParameters(changes: Form = {}): Promise<Record<string, string>> {
  return omitAbsent({
    client_id: clients.spa.clientId,
    redirect_uri: spaUri,
    response_type: "code",
    scope: "openid profile offline_access api://a9100000-0000-4000-8000-000000000010/access_as_user",
    state: "the state",
    nonce: "the nonce",
    code_challenge: await challenge(verifier),
    code_challenge_method: "S256",
    ...changes,
  });
}

/** The form that redeems the code of a callback, for the SPA. */
export function createRedemption(callback: URL, changes: Form = {}): Form {
  return {
    grant_type: "authorization_code",
    client_id: clients.spa.clientId,
    redirect_uri: spaUri,
    code: callback.searchParams.get("code") ?? new URLSearchParams(callback.hash.slice(1)).get("code") ?? undefined,
    code_verifier: verifier,
    ...changes,
  };
}

/** The form with which the API exchanges a user's token for one of the next API. */
export function createExchange(assertion: string): Form {
  return {
    grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    client_id: api.clientId,
    client_secret: clients.api.secret,
    assertion,
    scope: `${downstreamApi.appIdUri}/.default`,
    requested_token_use: "on_behalf_of",
  };
}

export async function challenge(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=/g, "");
}

function omitAbsent(form: Form): Record<string, string> {
  return Object.fromEntries(Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
