import { Hono } from "hono";
import { cors } from "hono/cors";
import { tokenLifetimeSeconds } from "./access-token.ts";
import { createCodeStore } from "./authorization-code.ts";
import { createClientKeys } from "./client-assertion.ts";
import { createCounter } from "./counter.ts";
import { clients } from "./directory.ts";
import { addAuthorizeEndpoint } from "./endpoints/authorize.ts";
import { addGraphEndpoints } from "./endpoints/graph.ts";
import { addLocalEndpoints, type LocalPowers } from "./endpoints/local.ts";
import { addMetadataEndpoints } from "./endpoints/metadata.ts";
import { addPlaygroundEndpoints } from "./endpoints/playground.ts";
import { addTokenEndpoint } from "./endpoints/token.ts";
import { createFaultBody, FaultError } from "./fault.ts";
import { createIssuer } from "./issuer.ts";
import { createKeyRing, type MakeKeyPair } from "./key-ring.ts";
import { createRefreshTokenStore } from "./refresh-token.ts";
import { createApis } from "./scope.ts";
import type { RandomBytes } from "./subject.ts";
import { createWeatherStation } from "./weather.ts";

export interface EntraOptions {
  /** Seconds since 1970; the clock of the machine when absent. */
  readonly nowSeconds?: () => number;
  /** Waits for slow weather; a timer when absent. */
  readonly sleepMs?: (delayMs: number) => Promise<void>;
  readonly randomBytes?: RandomBytes;
  /** Supplies the signing keys; new ones are made when absent. */
  readonly makeKeyPair?: MakeKeyPair;
  /** Where the pages of the playground come from; without, there is none. */
  readonly playgroundUrl?: string | undefined;
}

export interface Entra extends LocalPowers {
  /** Answers as Entra does. The authority is the origin of the request's URL. */
  fetch(request: Request): Promise<Response>;
}

/**
 * A worker that behaves like Microsoft Entra ID for the tenants of `directory.ts`. Every call makes one with keys and
 * state of its own; the keys are made on first use.
 */
export function createEntra(options: EntraOptions = {}): Entra {
  const nowSeconds = options.nowSeconds ?? (() => Math.floor(Date.now() / 1000));
  const sleepMs = options.sleepMs ?? ((delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)));
  const randomBytes = options.randomBytes ?? ((length) => crypto.getRandomValues(new Uint8Array(length)));
  const ring = createKeyRing(nowSeconds, options.makeKeyPair);
  const issuer = createIssuer(ring, nowSeconds, randomBytes);
  const weather = createWeatherStation(sleepMs);
  const counter = createCounter();
  const codes = createCodeStore(nowSeconds, randomBytes);
  const refreshTokens = createRefreshTokenStore(randomBytes);
  const apis = createApis();
  let lifetimeSeconds = tokenLifetimeSeconds;
  const clientKeys = createClientKeys();
  const app = new Hono();

  const entra: Entra = {
    ...issuer,
    fetch: async (request) => app.fetch(request),
    rollOver: ring.rollOver,
    switchKey: ring.switchKey,
    removeKey: ring.remove,
    keys: ring.describe,
    trustClientKey: (client, key) => clientKeys.add(clients[client].clientId, key),
    trustIssuer: (client, federated) => clientKeys.addFederated(clients[client].clientId, federated),
    setWeather: weather.set,
    weather: weather.read,
    addMcpUri: apis.addMcpUri,
    setTokenLifetime(seconds) {
      lifetimeSeconds = seconds;
    },
    counts: counter.read,
    resetCounts: counter.reset,
  };

  app.use(cors());
  addPlaygroundEndpoints(app, options.playgroundUrl);
  addLocalEndpoints(app, entra);
  addMetadataEndpoints(app, { ring, weather, counter });
  addAuthorizeEndpoint(app, { codes, counter, apis });
  const grantParts = { issuer, ring, codes, refreshTokens, apis, lifetimeSeconds: () => lifetimeSeconds };
  addTokenEndpoint(app, { ...grantParts, counter, weather, clientKeys, nowSeconds });
  addGraphEndpoints(app, { ring, nowSeconds });
  app.onError((error) => {
    if (error instanceof FaultError) {
      const body = createFaultBody(error.fault, nowSeconds(), crypto.randomUUID(), crypto.randomUUID());
      return Response.json(body, { status: error.fault.status, headers: { "Cache-Control": "no-store" } });
    }
    if (error instanceof RangeError || error instanceof SyntaxError) {
      return new Response(`${error.message}\n`, { status: 400 });
    }
    throw error;
  });
  return entra;
}
