/**
 * A local Entra for tests, in process.
 *
 * @module
 */
import type { Counts } from "./common/counter.ts";
import type { DirectoryConfig } from "./directory/config.ts";
import { createDirectory } from "./directory/create-directory.ts";
import { type AuthorityVariable, createAuthorityVariables, describeCustomers } from "./directory/customer-directory.ts";
import { api, tenants } from "./directory/directory.ts";
import { createEntra } from "./entra.ts";
import { createFaults, type Faults } from "./faults.ts";
import { requireKnownNames } from "./known-names.ts";
import { accessTokenNames, type TestTokenOptions } from "./tokens/issuer.ts";

export type { Counts, EndpointCounts, EndpointKind } from "./common/counter.ts";
export type {
  AnyOutage,
  Outage,
  OutageEndpoint,
  PlainOutage,
  SlowOutage,
  ThrottledOutage,
} from "./common/outage.ts";
export {
  type AgentClient,
  type Client,
  type ClientName,
  type Clients,
  type ConfidentialClient,
  clients,
} from "./directory/clients.ts";
export type {
  AgentConfig,
  AppConfig,
  ConditionalAccessConfig,
  ConsentConfig,
  DirectoryConfig,
  FederatedCredentialConfig,
  GroupConfig,
  GroupMembershipClaims,
  OptionalClaims,
  RedirectUris,
  ScopeConfig,
  TenantConfig,
  TenantKind,
  TokenVersion,
  UserConfig,
} from "./directory/config.ts";
export type { AuthorityVariable } from "./directory/customer-directory.ts";
export {
  type ApiRegistration,
  api,
  type DownstreamApi,
  downstreamApi,
  type ProtectedApi,
  type Tenant,
  type TenantName,
  type Tenants,
  tenants,
} from "./directory/directory.ts";
export { type Persona, type PersonaName, type Personas, personas } from "./directory/personas.ts";
export type { Faults } from "./faults.ts";
export type { KeyReference } from "./keys/key-ring.ts";
export type { Claims } from "./tokens/access-token.ts";
export type { TestTokenOptions, TokenChanges } from "./tokens/issuer.ts";
export type { Revocation } from "./tokens/revocation.ts";

/** Options of {@link createTestEntra}. */
export interface TestEntraOptions<Name extends string = "default"> {
  /**
   * Name of the authority in `authorities("customers")`. It has a directory of its own: one External ID tenant with the
   * user `customer`. If absent, it is the authority without a name.
   */
  readonly authority?: Name;
  /**
   * Tenants, users and apps, in addition to the default ones: what `entra-gate entra --config` reads from a file. An
   * authority with a name then has the default ones too, and no longer its own.
   */
  readonly directory?: DirectoryConfig;
  /** Seconds since 1970 for the times in tokens; the clock of the machine if absent. */
  readonly nowSeconds?: () => number;
}

/** Variables of a gate that trusts an authority. */
export type TestVariables<Name extends string> = Name extends "default"
  ? {
      /** Address of this authority, on loopback. */
      readonly ENTRA_AUTHORITY: string;
      /** Tenant ID of Contoso. */
      readonly ENTRA_TENANT_ID: string;
      /** Client ID of the API. */
      readonly ENTRA_API_AUDIENCE: string;
      /** `access_as_user`. */
      readonly ENTRA_REQUIRED_SCOPE: string;
    }
  : Readonly<Record<AuthorityVariable<`ENTRA_${Uppercase<Name>}`>, string>>;

/** An authority for tests, with its own keys, tenants, clients, users and faults. */
export interface TestEntra<Name extends string = "default"> extends Faults {
  /**
   * Variables of a gate that trusts this authority. Pass them to `fetch` as its environment. Those of `customers` are
   * ENTRA_CUSTOMERS_AUTHORITY, ENTRA_CUSTOMERS_TENANT_ID and ENTRA_CUSTOMERS_API_AUDIENCE.
   */
  readonly variables: TestVariables<Name>;
  /**
   * Issues an access token for the API, signed with the current key.
   *
   * @throws RangeError if a persona, client, tenant, key or option is unknown
   */
  token(options?: TestTokenOptions): Promise<string>;
  /** Answers a request as Entra does: discovery, keys, sign-in, tokens, and a small Microsoft Graph. */
  fetch(request: Request): Promise<Response>;
  /**
   * Answers requests to this authority from now on, and without a name also those to Microsoft Graph. Other requests go
   * to the previous `fetch`.
   *
   * @returns a function that restores the previous `fetch`
   */
  install(): () => void;
  /** Counts of the requests to the endpoints, by kind and tenant. */
  counts(): Counts;
}

const tokenNames = accessTokenNames.filter((name) => name !== "authority");
const graphOrigin = "https://graph.microsoft.com";

/**
 * Creates an authority that behaves like Microsoft Entra ID, without the network. Each one has its own keys and
 * address, so that no cache confuses one with another.
 *
 * @throws RangeError that names an unknown option, a name that is none, or all faults of the directory
 *
 * @example
 * import { createTestEntra } from "entra-gate/testing";
 *
 * const entra = createTestEntra();
 * beforeAll(() => entra.install());
 *
 * it("allows a user with the scope", async () => {
 *   const headers = { authorization: `Bearer ${await entra.token({ scopes: ["orders.read"] })}` };
 *   const request = new Request("https://api.contoso.com/orders", { headers });
 *   expect((await worker.fetch(request, entra.variables)).status).toBe(200);
 * });
 */
export function createTestEntra<const Name extends string = "default">(
  options: TestEntraOptions<Name> = {},
): TestEntra<Name> {
  requireKnownNames(options, ["authority", "directory", "nowSeconds"], "option");
  const { authority: name, directory: own, ...others } = options;
  const directory = createDirectory(own ?? (name === undefined ? {} : describeCustomers(name)));
  const entra = createEntra({ directory, ...others });
  // On loopback, a gate needs no GATE_URL, and an unanswered request does not leave the machine.
  const authority = `http://entra-${crypto.randomUUID()}.localhost`;
  const variables =
    name === undefined
      ? {
          ENTRA_AUTHORITY: authority,
          ENTRA_TENANT_ID: tenants.contoso.id,
          ENTRA_API_AUDIENCE: api.clientId,
          ENTRA_REQUIRED_SCOPE: "access_as_user",
        }
      : createAuthorityVariables(name, authority, directory);
  return {
    variables: variables as TestVariables<Name>,
    async token(token = {}) {
      requireKnownNames(token, tokenNames, "option");
      return entra.issueAccessToken({ ...token, authority });
    },
    fetch: entra.fetch,
    // Tokens of Microsoft Graph belong to the authority without a name.
    install: () => answerFor(name === undefined ? [authority, graphOrigin] : [authority], entra.fetch),
    ...createFaults(entra),
    counts: entra.counts,
  };
}

/** Answers requests to some origins instead of the platform's `fetch`. */
function answerFor(origins: readonly string[], answer: (request: Request) => Promise<Response>): () => void {
  const { fetch: before } = globalThis;
  globalThis.fetch = async (input, init) => {
    // A Request that is made of another one takes its body, which `before` needs.
    const { origin } = new URL(input instanceof Request ? input.url : input);
    return origins.includes(origin) ? answer(new Request(input, init)) : before(input, init);
  };
  return () => {
    globalThis.fetch = before;
  };
}
