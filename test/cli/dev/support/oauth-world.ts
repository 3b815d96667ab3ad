import * as oauth from "oauth4webapi";
import { type ClientName, clients } from "../../../../entra/directory/clients.ts";
import { tenants } from "../../../../entra/directory/directory.ts";
import { createEntra, type Entra } from "../../../../entra/entra.ts";
import { reuseKeyPairs } from "../../../support/key-pairs.ts";

export const authority = "http://127.0.0.1:8788";
export const tokenEndpoint = `${authority}/${tenants.contoso.id}/oauth2/v2.0/token`;

/** A local Entra with an adjustable clock, and the options for oauth4webapi to call it in this process. */
export interface OAuthWorld {
  readonly entra: Entra;
  nowSeconds: number;
  readonly options: ReturnType<typeof createOptions>;
  discover(): Promise<oauth.AuthorizationServer>;
  postToken(form: Record<string, string>): Promise<{ status: number; body: Record<string, unknown> }>;
}

export function createOAuthWorld(): OAuthWorld {
  const entra: Entra = createEntra({ nowSeconds: () => world.nowSeconds, makeKeyPair: reuseKeyPairs() });
  const options = createOptions(entra);
  const world: OAuthWorld = {
    entra,
    nowSeconds: Math.floor(Date.now() / 1000),
    options,
    async discover() {
      const issuer = new URL(`${authority}/${tenants.contoso.id}/v2.0`);
      return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options));
    },
    async postToken(form) {
      const body = new URLSearchParams(form);
      const response = await entra.fetch(new Request(tokenEndpoint, { method: "POST", body }));
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
  };
  return world;
}

export function describeClient(name: ClientName): { client: oauth.Client; authentication: oauth.ClientAuth } {
  const { clientId, secret } = { secret: undefined, ...clients[name] };
  return {
    client: { client_id: clientId },
    authentication: secret === undefined ? oauth.None() : oauth.ClientSecretPost(secret),
  };
}

function createOptions(entra: Entra) {
  return {
    [oauth.customFetch]: (url: string, init: object) => entra.fetch(new Request(url, init)),
    [oauth.allowInsecureRequests]: true as const,
  };
}
