import type { INetworkModule, NetworkRequestOptions } from "@azure/msal-node";
import type { Io } from "../../base/common/io.ts";
import { isShallowJose, parseJson } from "../../base/common/json.ts";
import * as limits from "../../base/common/limits.ts";
import { isRecord } from "../../base/common/objects.ts";
import { readBounded } from "../../base/http/bounded-body.ts";
import { readRetryAfter } from "../../core/keys/document.ts";
import type { TokenResponse } from "./token-response.ts";

/** The network of MSAL: one POST to one endpoint. */
export interface TokenNetwork {
  readonly client: INetworkModule;
  /** The raw response. MSAL drops `Retry-After` and some members. */
  lastResponse(): TokenResponse | undefined;
}

/**
 * Creates the network for one acquisition. It follows no redirects and limits the size of the response.
 *
 * @param endpoint the only permitted URL
 * @param signal aborts the request at the caller's deadline
 */
export function createTokenNetwork(io: Pick<Io, "fetch">, endpoint: string, signal: AbortSignal): TokenNetwork {
  let latest: TokenResponse | undefined;

  async function post(url: string, { body = "", headers = {} }: NetworkRequestOptions = {}): Promise<TokenResponse> {
    if (url.split("?")[0] !== endpoint) throw new TypeError("MSAL requested a URL that is not the token endpoint");
    const response = await io.fetch(url, { method: "POST", body, headers, redirect: "manual", signal });
    const text = await readBounded(response.body, limits.downstreamAnswerBytes);
    latest = { status: response.status, body: text === undefined ? {} : readObject(text), ...readRetryAfter(response) };
    return latest;
  }

  return {
    lastResponse: () => latest,
    client: {
      // The endpoints are configured, so no discovery is needed.
      sendGetRequestAsync: () => Promise.reject(new TypeError("MSAL requested a document")),
      async sendPostRequestAsync<T>(url: string, options?: NetworkRequestOptions) {
        const { status, body } = await post(url, options);
        return { status, headers: {}, body: body as T };
      },
    },
  };
}

/** JSON in base64url that MSAL decodes. */
const decodedMembers = ["id_token", "client_info"];

function isShallow(value: unknown): boolean {
  return typeof value !== "string" || isShallowJose(value);
}

function readObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const members: unknown = parseJson(text);
    if (!isRecord(members)) return {};
    // MSAL decodes the whole of it, and Node ignores dots in base64. The check divides a text at dots.
    if (String(members.client_info).includes(".")) return {};
    return decodedMembers.every((name) => isShallow(members[name])) ? members : {};
  } catch {
    return {};
  }
}
