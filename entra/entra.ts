import { Hono } from "hono";
import { cors } from "hono/cors";
import { type ClientKey, createClientKeys } from "./clients/client-assertion.ts";
import type { FederatedKey } from "./clients/federated-assertion.ts";
import type { IssuerHost } from "./common/authority.ts";
import { type Counts, createCounter } from "./common/counter.ts";
import { createErrorBody, EntraRefusal, readCorrelationId } from "./common/error.ts";
import { createOutages, type NoOutage, type Outage, type Outages } from "./common/outage.ts";
import type { ClientName } from "./directory/clients.ts";
import type { ConditionalAccessConfig } from "./directory/config.ts";
import { createDirectory } from "./directory/create-directory.ts";
import type { Directory } from "./directory/model.ts";
import { addNumberedMembers } from "./directory/numbered-members.ts";
import { createApis } from "./directory/scope.ts";
import type { RandomBytes } from "./directory/subject.ts";
import { addAdminConsentEndpoint } from "./endpoints/admin-consent.ts";
import { addAuthorizeEndpoint } from "./endpoints/authorize.ts";
import { addDeviceEndpoints } from "./endpoints/device.ts";
import { addErrorEndpoints } from "./endpoints/error-lookup.ts";
import { addGraphEndpoints } from "./endpoints/graph.ts";
import { addLogoutEndpoint } from "./endpoints/logout.ts";
import { addMetadataEndpoints } from "./endpoints/metadata.ts";
import { addTokenEndpoint } from "./endpoints/token.ts";
import { createKeyRing, type KeyDescription, type MakeCertificate, type MakeKeyPair } from "./keys/key-ring.ts";
import { tokenLifetimeSeconds } from "./tokens/access-token.ts";
import { createCodeStore } from "./tokens/authorization-code.ts";
import { createConditionalAccess } from "./tokens/conditional-access.ts";
import { createConsents } from "./tokens/consent.ts";
import { createDeviceCodes } from "./tokens/device-code.ts";
import { createIssuer, type Issuer } from "./tokens/issuer.ts";
import { createRefreshTokens } from "./tokens/refresh-token.ts";
import { createRevocations, type Revocation } from "./tokens/revocation.ts";
import { createSessions } from "./tokens/session.ts";

export interface EntraOptions {
  /** Tenants, users and apps; the default directory if absent. */
  readonly directory?: Directory;
  /** Seconds since 1970; the clock of the machine if absent. */
  readonly nowSeconds?: () => number;
  /** Waits for a slow outage; a timer if absent. */
  readonly sleepMs?: (delayMs: number) => Promise<void>;
  readonly randomBytes?: RandomBytes;
  /** Fetches the documents of issuers that clients trust; the platform's `fetch` if absent. */
  readonly fetchDocument?: (url: string) => Promise<Response>;
  /** Whose host its issuers have, as in External ID; its own if absent. */
  readonly issuerHost?: IssuerHost;
  /** Supplies the signing keys; new keys if absent. */
  readonly makeKeyPair?: MakeKeyPair;
  /** Creates the certificates that the key set publishes as `x5c`; no certificates if absent. */
  readonly makeCertificate?: MakeCertificate;
  /** Key IDs of the first keys, for a test in which two authorities have the same; the SHA-1 of each key if absent. */
  readonly keyIds?: readonly string[];
  /** Adds endpoints before Entra's own, whose first path segment is a tenant. */
  readonly addEndpoints?: (app: Hono, entra: Entra) => void;
}

/** Answers as Entra does, and lets a test control what only Entra decides. */
export interface Entra extends Issuer {
  /** Answers as Entra does. The authority is the origin of the request's URL. */
  fetch(request: Request): Promise<Response>;
  /**
   * `planned` publishes the next key and signs with the current one until `switchKey`. `emergency` publishes a new key
   * and signs with it at once. The old keys stay published until `removeKey`.
   *
   * @returns the kid of the new key
   */
  rollOver(kind: "planned" | "emergency"): Promise<string>;
  /** Starts to sign with the next key. @returns its kid */
  switchKey(): Promise<string>;
  /** Removes a key from the published set. It can still sign. @returns false if it was not published */
  removeKey(kid: string): Promise<boolean>;
  /** Tenants, users and apps. */
  readonly directory: Directory;
  /** Every key that exists, published or not. */
  keys(): Promise<readonly KeyDescription[]>;
  /**
   * Registers a client's public key, as an upload of its certificate does. The client can then sign in with signed
   * assertions.
   */
  trustClientKey(client: ClientName | (string & {}), key: ClientKey): void;
  /** Adds a federated credential to a client. The client can then sign in with assertions of another issuer. */
  trustIssuer(client: ClientName | (string & {}), federated: FederatedKey): void;
  /** Sets how the discovery, key and token endpoints answer. */
  setOutage(outage: Outage | NoOutage): void;
  outages: Outages["read"];
  /** Adds an Application ID URI to the registration of the MCP server. */
  addMcpUri(uri: string): void;
  /** Sets the lifetime of access tokens that the token endpoint issues from now on. */
  setTokenLifetime(seconds: number): void;
  /** Sets how far the clock is ahead of the machine's, in seconds. A negative number sets it back. */
  setClockOffset(seconds: number): void;
  /** Replaces the policies of Conditional Access. An empty list ends all. */
  setConditionalAccess(policies: readonly ConditionalAccessConfig[]): void;
  /** Ends the sessions and refresh tokens of a user, of a client, of both, or all. Access tokens stay valid. */
  revoke(revocation?: Revocation): void;
  /** Numbers of what is kept in memory. */
  kept(): Kept;
  /** Counts requests to the endpoints of Entra. Requests to added endpoints do not count. */
  counts(): Counts;
  resetCounts(): void;
}

/** Numbers of what an Entra keeps in memory. Each has a maximum. */
export interface Kept {
  readonly codes: number;
  readonly sessions: number;
  readonly revocations: number;
}

/**
 * Creates a worker that behaves like Microsoft Entra ID for the tenants of `directory`. Each call creates one with its
 * own keys and state. The keys are generated on first use.
 */
export function createEntra(options: EntraOptions = {}): Entra {
  const readClock = options.nowSeconds ?? (() => Math.floor(Date.now() / 1000));
  let clockOffsetSeconds = 0;
  const nowSeconds = () => readClock() + clockOffsetSeconds;
  const sleepMs = options.sleepMs ?? ((delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)));
  const randomBytes = options.randomBytes ?? ((length) => crypto.getRandomValues(new Uint8Array(length)));
  const ring = createKeyRing(nowSeconds, options.makeKeyPair, options.makeCertificate, options.keyIds);
  const directory = addNumberedMembers(options.directory ?? createDirectory());
  const issuer = createIssuer(directory, ring, nowSeconds, randomBytes, options.issuerHost);
  const outages = createOutages(sleepMs);
  const counter = createCounter();
  const codes = createCodeStore(nowSeconds, randomBytes);
  const refreshTokens = createRefreshTokens(nowSeconds, randomBytes);
  const revocations = createRevocations();
  const sessions = createSessions(nowSeconds, randomBytes, revocations);
  const deviceCodes = createDeviceCodes(nowSeconds, randomBytes);
  const consents = createConsents(directory);
  const conditionalAccess = createConditionalAccess(directory);
  const apis = createApis(directory);
  let lifetimeSeconds = tokenLifetimeSeconds;
  const clientKeys = createClientKeys();
  const fetchDocument = options.fetchDocument ?? ((url) => fetch(url, { redirect: "manual" }));
  const app = new Hono();

  function findClientId(client: string): string {
    const app = directory.findApp(client);
    if (app === undefined) throw new RangeError(`no client "${client}" in the directory`);
    return app.clientId;
  }

  const entra: Entra = {
    ...issuer,
    fetch: async (request) => app.fetch(request),
    rollOver: ring.rollOver,
    switchKey: ring.switchKey,
    removeKey: ring.remove,
    keys: ring.describe,
    directory,
    trustClientKey: (client, key) => clientKeys.add(findClientId(client), key),
    trustIssuer: (client, federated) => clientKeys.addFederated(findClientId(client), federated),
    setOutage: outages.set,
    outages: outages.read,
    addMcpUri: apis.addMcpUri,
    setTokenLifetime(seconds) {
      lifetimeSeconds = seconds;
    },
    setClockOffset(seconds) {
      clockOffsetSeconds = seconds;
    },
    setConditionalAccess: conditionalAccess.set,
    revoke: (revocation = {}) => revocations.add(revocation),
    kept: () => ({ codes: codes.size(), sessions: sessions.size(), revocations: revocations.size() }),
    counts: counter.read,
    resetCounts: counter.reset,
  };

  options.addEndpoints?.(app, entra);
  app.use(cors());
  addMetadataEndpoints(app, { directory, ring, outages, counter, issuerHost: options.issuerHost });
  const grantParts = {
    directory,
    issuer,
    ring,
    nowSeconds,
    codes,
    deviceCodes,
    refreshTokens,
    revocations,
    consents,
    conditionalAccess,
    apis,
    lifetimeSeconds: () => lifetimeSeconds,
  };
  addAuthorizeEndpoint(app, { ...grantParts, sessions, counter, outages });
  addTokenEndpoint(app, { ...grantParts, counter, outages, clientKeys, fetchDocument });
  addDeviceEndpoints(app, { ...grantParts, clientKeys, fetchDocument });
  addLogoutEndpoint(app, directory, sessions);
  addAdminConsentEndpoint(app, directory, consents);
  addErrorEndpoints(app);
  addGraphEndpoints(app, { directory, ring, nowSeconds, outages });
  app.onError((error, c) => {
    if (error instanceof EntraRefusal) {
      const { origin: authority, searchParams } = new URL(c.req.url);
      const correlationId = readCorrelationId(searchParams, c.req.raw.headers);
      const context = { authority, nowSeconds: nowSeconds(), traceId: crypto.randomUUID(), correlationId };
      const { status = 400 } = error.details;
      return Response.json(createErrorBody(error.details, context), {
        status,
        headers: { "Cache-Control": "no-store" },
      });
    }
    if (error instanceof RangeError || error instanceof SyntaxError) {
      return new Response(`${error.message}\n`, { status: 400 });
    }
    throw error;
  });
  return entra;
}
