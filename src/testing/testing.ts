import { api, tenants } from "./directory/directory.ts";
import { createEntra, type Entra } from "./entra.ts";
import { type AccessTokenOptions, accessTokenNames } from "./issuer.ts";
import { requireKnownNames } from "./known-names.ts";
import type { Weather } from "./weather.ts";

export { clients } from "./directory/clients.ts";
export { api, downstreamApi, tenants } from "./directory/directory.ts";
export { personas } from "./directory/personas.ts";
export type { Weather } from "./weather.ts";

/** What a test says of a token. Whatever is absent is as Entra writes it for the persona `member`. */
export type TestTokenOptions = Omit<AccessTokenOptions, "authority">;

/** How the authority fails. */
export type Outage = Weather;

export interface TestEntraOptions {
  /** Seconds since 1970, for the times in tokens; the clock of the machine when absent. */
  readonly nowSeconds?: () => number;
}

/** An authority for tests, with keys, tenants, clients and people of its own. */
export interface TestEntra {
  /** Variables that make a gate trust this authority: hand them to `fetch` as its environment. */
  readonly variables: Readonly<
    Record<"ENTRA_AUTHORITY" | "ENTRA_TENANT_ID" | "ENTRA_API_AUDIENCE" | "ENTRA_REQUIRED_SCOPE", string>
  >;
  /**
   * Issues an access token for the API, signed with the current key.
   *
   * @throws RangeError where a persona, client, tenant, key or option is unknown
   */
  token(options?: TestTokenOptions): Promise<string>;
  /** Answers a request as Entra does: discovery, keys, sign-in, tokens, and a small Microsoft Graph. */
  fetch(request: Request): Promise<Response>;
  /**
   * Answers requests to this authority and to Microsoft Graph from now on. Other requests go where they went before.
   *
   * @returns a function that takes it back
   */
  install(): () => void;
  /**
   * Changes the signing key. `emergency` signs with a new key at once; `planned` publishes it, and `switchKey` begins to
   * sign with it. Old keys stay published until `removeKey`.
   *
   * @returns the `kid` of the new key
   */
  rollOver: Entra["rollOver"];
  switchKey: Entra["switchKey"];
  /** Withdraws a published key; tokens can still be signed with it. @returns false where it was not published */
  removeKey: Entra["removeKey"];
  /** Lets discovery and key endpoints, or one endpoint, fail from now on. */
  startOutage(outage?: Outage): void;
  endOutage(): void;
  /** Requests to the endpoints so far, by kind and tenant. */
  counts: Entra["counts"];
}

const tokenNames = accessTokenNames.filter((name) => name !== "authority");
const graphOrigin = "https://graph.microsoft.com";

/**
 * Creates an authority that behaves like Microsoft Entra ID, without the network. Each one has keys of its own and an
 * address of its own, so that no cache mistakes one for another.
 *
 * @throws RangeError naming an option that is unknown
 *
 * @example
 * import { createTestEntra } from "entra-gate/testing";
 *
 * const entra = createTestEntra();
 * beforeAll(() => entra.install());
 *
 * it("lets a user with the scope in", async () => {
 *   const headers = { authorization: `Bearer ${await entra.token({ scopes: ["orders.read"] })}` };
 *   const request = new Request("https://api.contoso.com/orders", { headers });
 *   expect((await worker.fetch(request, entra.variables)).status).toBe(200);
 * });
 */
export function createTestEntra(options: TestEntraOptions = {}): TestEntra {
  requireKnownNames(options, ["nowSeconds"], "option");
  const entra = createEntra(options);
  // On loopback: there a gate needs no GATE_URL, and a request that nobody answers leaves no machine.
  const authority = `http://entra-${crypto.randomUUID()}.localhost`;
  return {
    variables: {
      ENTRA_AUTHORITY: authority,
      ENTRA_TENANT_ID: tenants.contoso.id,
      ENTRA_API_AUDIENCE: api.clientId,
      ENTRA_REQUIRED_SCOPE: "access_as_user",
    },
    async token(token = {}) {
      requireKnownNames(token, tokenNames, "option");
      return entra.issueAccessToken({ ...token, authority });
    },
    fetch: entra.fetch,
    install: () => answerFor([authority, graphOrigin], entra.fetch),
    rollOver: entra.rollOver,
    switchKey: entra.switchKey,
    removeKey: entra.removeKey,
    startOutage: (outage = { kind: "down" }) => entra.setWeather(outage),
    endOutage() {
      for (const endpoint of ["discovery", "keys", "token"] as const) entra.setWeather({ kind: "ok", endpoint });
    },
    counts: entra.counts,
  };
}

/** Puts an answer before the platform's `fetch`, for some origins. */
function answerFor(origins: readonly string[], answer: (request: Request) => Promise<Response>): () => void {
  const { fetch: before } = globalThis;
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    return origins.includes(new URL(request.url).origin) ? answer(request) : before(input, init);
  };
  return () => {
    globalThis.fetch = before;
  };
}
