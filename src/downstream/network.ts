import type { INetworkModule, NetworkRequestOptions } from "@azure/msal-node";
import type { Io } from "../io.ts";
import { readBounded, readRetryAfter } from "../keys/document.ts";
import * as limits from "../limits.ts";
import type { TokenAnswer } from "./answer.ts";

/** MSAL's way to the world: one POST to one endpoint. */
export interface TokenNetwork {
  readonly client: INetworkModule;
  /** The answer as it came, of which MSAL keeps neither `Retry-After` nor all members. */
  answer(): TokenAnswer | undefined;
}

/**
 * Makes the network for one acquisition: no redirect is followed, the answer is bounded in bytes.
 *
 * @param endpoint the only URL that is asked
 * @param signal ends it at the caller's deadline
 */
export function createTokenNetwork(io: Pick<Io, "fetch">, endpoint: string, signal: AbortSignal): TokenNetwork {
  let latest: TokenAnswer | undefined;

  async function post(url: string, { body = "", headers = {} }: NetworkRequestOptions = {}): Promise<TokenAnswer> {
    if (url.split("?")[0] !== endpoint) throw new TypeError("MSAL asked another URL than the token endpoint");
    const response = await io.fetch(url, { method: "POST", body, headers, redirect: "manual", signal });
    const text = await readBounded(response, limits.downstreamAnswerBytes);
    latest = { status: response.status, body: text.ok ? readObject(text.value) : {}, ...readRetryAfter(response) };
    return latest;
  }

  return {
    answer: () => latest,
    client: {
      // The endpoints are told beforehand: there is nothing to discover.
      sendGetRequestAsync: () => Promise.reject(new TypeError("MSAL asked for a document")),
      async sendPostRequestAsync<T>(url: string, options?: NetworkRequestOptions) {
        const { status, body } = await post(url, options);
        return { status, headers: {}, body: body as T };
      },
    },
  };
}

function readObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
