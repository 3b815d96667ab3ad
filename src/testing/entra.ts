import { Hono } from "hono";
import { cors } from "hono/cors";
import { tokenLifetimeSeconds } from "./access-token.ts";
import { createCodeStore } from "./authorization-code.ts";
import { type ClientKey, createClientKeys, type FederatedKey } from "./clients/client-assertion.ts";
import { type Counts, createCounter } from "./counter.ts";
import { type ClientName, clients } from "./directory/clients.ts";
import { addAuthorizeEndpoint } from "./endpoints/authorize.ts";
import { addGraphEndpoints } from "./endpoints/graph.ts";
import { addMetadataEndpoints } from "./endpoints/metadata.ts";
import { addTokenEndpoint } from "./endpoints/token.ts";
import { createFaultBody, FaultError } from "./fault.ts";
import { createIssuer, type Issuer } from "./issuer.ts";
import { createKeyRing, type KeyDescription, type MakeCertificate, type MakeKeyPair } from "./keys/key-ring.ts";
import { createRefreshTokenStore } from "./refresh-token.ts";
import { createApis } from "./scope.ts";
import type { RandomBytes } from "./subject.ts";
import { createWeatherStation, type Weather, type WeatherStation } from "./weather.ts";

export interface EntraOptions {
  /** Seconds since 1970; the clock of the machine when absent. */
  readonly nowSeconds?: () => number;
  /** Waits for slow weather; a timer when absent. */
  readonly sleepMs?: (delayMs: number) => Promise<void>;
  readonly randomBytes?: RandomBytes;
  /** Supplies the signing keys; new ones are made when absent. */
  readonly makeKeyPair?: MakeKeyPair;
  /** Makes the certificates that the key set has as `x5c`; it has none when absent. */
  readonly makeCertificate?: MakeCertificate;
  /** Adds endpoints before Entra's own, whose first path segment is a tenant. */
  readonly addEndpoints?: (app: Hono, entra: Entra) => void;
}

/** Answers as Entra does, and lets a test decide what Entra never lets anybody decide. */
export interface Entra extends Issuer {
  /** Answers as Entra does. The authority is the origin of the request's URL. */
  fetch(request: Request): Promise<Response>;
  /**
   * `planned` publishes the next key and keeps signing with the current one until `switchKey`; `emergency` publishes a
   * new key and signs with it at once. The old keys stay published until `removeKey`.
   *
   * @returns the new key's kid
   */
  rollOver(kind: "planned" | "emergency"): Promise<string>;
  /** Signs with the next key from now on. @returns its kid */
  switchKey(): Promise<string>;
  /** Takes a key out of the published set; it can still sign. @returns false if it was not published */
  removeKey(kid: string): Promise<boolean>;
  /** Every key made so far, published or not. */
  keys(): Promise<readonly KeyDescription[]>;
  /** Registers a client's public key, as uploading its certificate does: its signed assertions are then credentials. */
  trustClientKey(client: ClientName, key: ClientKey): void;
  /** Adds a federated credential to a client: assertions of another issuer are then credentials too. */
  trustIssuer(client: ClientName, federated: FederatedKey): void;
  /** Decides how discovery, key and token endpoints answer. */
  setWeather(weather: Weather): void;
  weather: WeatherStation["read"];
  /** Adds an Application ID URI to the registration of the MCP server. */
  addMcpUri(uri: string): void;
  /** How long the access tokens of the token endpoint live from now on. */
  setTokenLifetime(seconds: number): void;
  /** Requests to the endpoints of Entra; those to endpoints that were added are not counted. */
  counts(): Counts;
  resetCounts(): void;
}

/**
 * A worker that behaves like Microsoft Entra ID for the tenants of `directory`. Every call makes one with keys and
 * state of its own; the keys are made on first use.
 */
export function createEntra(options: EntraOptions = {}): Entra {
  const nowSeconds = options.nowSeconds ?? (() => Math.floor(Date.now() / 1000));
  const sleepMs = options.sleepMs ?? ((delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)));
  const randomBytes = options.randomBytes ?? ((length) => crypto.getRandomValues(new Uint8Array(length)));
  const ring = createKeyRing(nowSeconds, options.makeKeyPair, options.makeCertificate);
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
  options.addEndpoints?.(app, entra);
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
