/**
 * Tokens for other APIs, such as Microsoft Graph, on behalf of the user or as the gate.
 *
 * @module
 */
import { defaultAuthority } from "../../base/common/authority-name.ts";
import type { Denial } from "../../base/common/denial.ts";
import { checkOptionsOf, isFunction } from "../../base/common/options.ts";
import { fail, type Result, succeed } from "../../base/common/result.ts";
import type { Config, ConfigContext } from "../../core/config/config.ts";
import { listOrigins, prefixOf } from "../../core/config/origin.ts";
import { isScopeToken } from "../../core/config/scope.ts";
import { createReader, type VariableReader } from "../../core/config/variables.ts";
import type {
  Downstream,
  DownstreamFetch,
  DownstreamToken,
  ServiceContext,
  TokenCaller,
  TokenService,
} from "../../core/guard/downstream.ts";
import type { DownstreamProvider } from "../../core/guard/entra-options.ts";
import { createDownstreamError } from "../../core/guard/exception.ts";
import { createProvider } from "../../core/guard/provider.ts";
import { readBearer } from "../../core/token/bearer.ts";
import type { Identity } from "../../core/token/identity.ts";
import { createAcquire } from "./acquisition.ts";
import { createAuthenticate, listParameters } from "./authentication.ts";
import { checkCredentials, checkOriginCallers, checkOriginScopes, readHomeTenant } from "./configuration.ts";
import {
  type AssertionSource,
  createCredential,
  createFederatedCredential,
  createIssuerCredential,
} from "./credential.ts";
import { createDownstreamFetch } from "./downstream-fetch.ts";
import { describeFailure } from "./failure.ts";
import { createSharedTier } from "./shared-tier.ts";
import { readTokenCache } from "./token-cache.ts";
import { checkScopes, createTokenRequest, type TokenRequest } from "./token-request.ts";
import { readClaims } from "./token-response.ts";
import { createTokenStore } from "./token-store.ts";

export type { DownstreamProvider } from "../../core/guard/entra-options.ts";
export { readClaimsChallenge } from "./challenge.ts";
export type { AssertionSource, ProofContext } from "./credential.ts";

/** Options of {@link downstream}. */
export interface DownstreamOptions {
  /**
   * Returns an assertion of another identity provider, for a federated credential of the registration. It is tried
   * before the credentials in the environment.
   */
  readonly assertion?: AssertionSource;
}

/**
 * Creates the option `downstream`: tokens for other APIs, on behalf of callers and for the gate itself. It adds MSAL to
 * the bundle, and evaluates it when the first token is needed.
 *
 * @throws TypeError if an option is unknown or not a function
 *
 * @example
 * import { downstream } from "entra-gate/downstream";
 *
 * export default createGate({ routes, downstream: downstream() });
 */
export function downstream(options: DownstreamOptions = {}): DownstreamProvider {
  checkOptionsOf("downstream", options, { assertion: isFunction });
  const { assertion } = options;
  const factory = {
    check(
      reader: VariableReader,
      read: Pick<Config, "origin" | "origins" | "credentials">,
      { serving }: Pick<ConfigContext, "serving">,
    ) {
      // `entra-gate/issuer` checks its value.
      const isFederated = reader.names.includes("ENTRA_CLIENT_FEDERATION");
      checkCredentials(reader, read.credentials, assertion !== undefined || isFederated);
      for (const [prefix, origin] of listOrigins(read)) checkOriginScopes(reader.of(prefix), origin);
      for (const { name, foreignAuthority, forwarding } of serving?.routes?.() ?? []) {
        const { to } = forwarding ?? {};
        const origin = to === undefined ? read.origin : read.origins.get(to);
        if (forwarding === undefined || origin === undefined || foreignAuthority === undefined) continue;
        checkOriginCallers(reader.of(origin === read.origin ? "ORIGIN" : prefixOf(String(to))), origin, name);
      }
      readTokenCache(reader);
    },
    create: (parts: ServiceContext) => createService(parts, assertion),
  };
  return createProvider("downstream", factory);
}

function createService(parts: ServiceContext, assertion: AssertionSource | undefined): TokenService {
  const { io, authority, config, environment, signClientAssertion, trace = (_background, work) => work() } = parts;
  // Without credentials the configuration is faulty, so this code does not run.
  const { clientId, list } = config.credentials ?? { clientId: "", list: [] };
  const credentials = [
    ...(assertion === undefined ? [] : [createFederatedCredential(io, assertion, environment)]),
    ...(signClientAssertion === undefined ? [] : [createIssuerCredential(signClientAssertion)]),
    ...list.map((credential) => createCredential(io, credential)),
  ];
  const authenticate = createAuthenticate(io, clientId, credentials);
  const acquire = createAcquire(io, authority, clientId, authenticate);
  const reader = createReader(environment);
  const homeTenant = readHomeTenant(reader);
  const shared = createSharedTier(io, readTokenCache(reader));
  const tokens = createTokenStore(io, shared, acquire);

  function find(
    { identity, background }: TokenCaller,
    wanted: Pick<TokenRequest, "tenant" | "scopes" | "assertion" | "claims">,
  ): Promise<Result<DownstreamToken, Denial>> {
    return trace(background, async () => {
      const found = await tokens.find(await createTokenRequest(clientId, wanted), background);
      if (found.ok) return found;
      const { failure, retryAtMs } = found.error;
      return fail(describeFailure(failure, wanted.scopes, identity, { retryAtMs, nowMs: io.now() }));
    });
  }

  async function exchange(
    caller: TokenCaller,
    scopes: readonly string[],
    claims?: string,
  ): Promise<Result<DownstreamToken, Denial>> {
    const { identity, request } = caller;
    const bearer = readBearer(request.headers.get("authorization"));
    if (identity?.kind !== "user" || !bearer.ok) return fail({ reason: "downstream_user_missing" });
    if (identity.authority !== defaultAuthority) return fail(denyForeign(identity));
    return find(caller, { tenant: identity.tid, scopes, assertion: bearer.value, claims });
  }

  async function askForApp(caller: TokenCaller, resource: string): Promise<Result<DownstreamToken, Denial>> {
    const { identity } = caller;
    if (identity !== undefined && identity.authority !== defaultAuthority) return fail(denyForeign(identity));
    const tenant = identity?.tid ?? homeTenant;
    if (tenant === undefined)
      return fail({
        reason: "downstream_misconfigured",
        problem: "the tenant is unknown: set ENTRA_TENANT_ID to a GUID",
      });
    return find(caller, { tenant, scopes: [`${resource}/.default`], assertion: undefined, claims: undefined });
  }

  return {
    async authenticate(endpoint, ask, background) {
      const asked = await authenticate(endpoint, (proof) => ask(listParameters(proof)), background);
      return asked.ok ? asked.value : undefined;
    },
    exchange,
    authorize(caller, origin, ownScopes) {
      // Public routes have no caller, and the origin gets no token.
      const isConfigured = origin.authorization === "on-behalf-of" && caller.identity !== undefined;
      const scopes = ownScopes ?? (isConfigured ? (origin.scopes ?? []) : undefined);
      if (scopes === undefined) return succeed(undefined);
      return exchange(caller, scopes).then((token) =>
        token.ok ? succeed(`Bearer ${token.value.accessToken}`) : token,
      );
    },
    stateOf(caller) {
      const state: Downstream = {
        async onBehalfOf(scopes, { claims } = {}) {
          checkScopes(scopes, "onBehalfOf");
          if (claims !== undefined && readClaims(claims) === undefined) {
            throw new TypeError("onBehalfOf: claims must be the JSON text of a claims request");
          }
          return unwrap(await exchange(caller, scopes, claims));
        },
        async asApp(resource) {
          checkResource(resource);
          return unwrap(await askForApp(caller, resource));
        },
      };
      return { downstream: state, downstreamFetch: createDownstreamFetch(io, state.onBehalfOf, caller.trace) };
    },
  };
}

/** The gate's registration, with which it asks for tokens, is that of `default`. */
function denyForeign({ authority }: Identity): Denial {
  const problem = `the caller is of ${authority}, and tokens for other APIs are for callers of default only`;
  return { reason: "downstream_misconfigured", problem };
}

function unwrap(result: Result<DownstreamToken, Denial>): DownstreamToken {
  if (result.ok) return result.value;
  throw createDownstreamError(result.error);
}

function checkResource(resource: unknown): asserts resource is string {
  const valid = typeof resource === "string" && isScopeToken(resource) && !resource.endsWith("/.default");
  if (!valid) throw new TypeError('asApp: resource must be an App ID URI, for example "https://graph.microsoft.com"');
}

declare module "../../core/guard/app-state.ts" {
  interface AppState {
    /** Tokens for other APIs, if the gate has the option `downstream`. */
    readonly downstream: Downstream;
    /** Sends a request to another API on behalf of the caller, if the gate has the option `downstream`. */
    readonly downstreamFetch: DownstreamFetch;
  }
}
