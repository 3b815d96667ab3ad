import type { OAuthClientProvider } from "@modelcontextprotocol/sdk/client/auth.js";
import { signIn, type Trace } from "./browser.ts";

type Tokens = NonNullable<Awaited<ReturnType<OAuthClientProvider["tokens"]>>>;
type Information = NonNullable<Awaited<ReturnType<OAuthClientProvider["clientInformation"]>>>;

/** The storage of an MCP client with a browser. Both generations of the SDK accept it. */
export interface BrowserProvider extends OAuthClientProvider {
  /** The last code from the browser. */
  readonly code: string;
  /** All parameters of the last callback. */
  readonly callback: URLSearchParams;
  stored: { tokens?: Tokens; client?: Information };
}

interface ProviderOptions {
  /** The registered client. */
  readonly clientId?: string;
  readonly clientMetadataUrl?: string;
  readonly redirectUrl?: string;
}

export function createProvider(
  trace: Trace,
  { clientId, clientMetadataUrl, redirectUrl = "http://localhost:51234/callback" }: ProviderOptions,
): BrowserProvider {
  let verifier = "";
  let callback = new URLSearchParams();
  const stored: BrowserProvider["stored"] = {};
  if (clientId !== undefined) stored.client = { client_id: clientId };
  return {
    stored,
    get code() {
      return callback.get("code") ?? "";
    },
    get callback() {
      return callback;
    },
    redirectUrl,
    ...(clientMetadataUrl !== undefined && { clientMetadataUrl }),
    clientMetadata: { client_name: "Test", redirect_uris: [redirectUrl], token_endpoint_auth_method: "none" },
    state: () => "state of the client",
    clientInformation: () => stored.client,
    saveClientInformation(information: Information) {
      stored.client = information;
    },
    tokens: () => stored.tokens,
    saveTokens(tokens: Tokens) {
      stored.tokens = tokens;
    },
    async redirectToAuthorization(url) {
      callback = (await signIn(trace, url)).searchParams;
      if (callback.get("state") !== "state of the client") throw new Error("the state was lost");
      const error = callback.get("error_description");
      if (error !== null) throw new Error(error);
    },
    saveCodeVerifier(given) {
      verifier = given;
    },
    codeVerifier: () => verifier,
  };
}
