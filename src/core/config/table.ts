/** How a variable is read, and an example of its value. The first word is the default and the example. */
export type VariableRow =
  | readonly [read: "text" | "list" | "guids" | "flag", example: string]
  | readonly [read: "word", words: readonly [string, ...string[]]]
  | readonly [read: "secret"]
  | readonly [read: "binding", setting: string, kind: string, methods: readonly string[]];

/** Rows by the names of the variables. In a name, `<NAME>` stands for a part that an operator chooses. */
export type VariableTable = Readonly<Record<string, VariableRow>>;

// Each variable has one row, with its text and its default. `npm run generate` writes the tables of
// docs/reference/variables.md from them, below the headings in the comments.

/** The variables of every entry, the adapters included. */
export const entryVariables = {
  // ## Tokens
  /**
   * GUID of your tenant; `organizations` for several tenants, with ENTRA_ALLOWED_TENANTS or `isTenantAllowed`.
   * Required.
   */
  ENTRA_TENANT_ID: ["text", "11111111-2222-3333-4444-555555555555"],
  /** Allowlist of tenant GUIDs. Default: ENTRA_TENANT_ID. */
  ENTRA_ALLOWED_TENANTS: ["guids", "11111111-2222-3333-4444-555555555555"],
  /**
   * Accepted `aud` values, compared exactly: the client ID of the API (v2.0 tokens), `api://…` (v1.0 tokens). Required.
   */
  ENTRA_API_AUDIENCE: ["list", "22222222-3333-4444-5555-666666666666"],
  /**
   * Scopes that a user's token must have, all of them, on routes without a requirement. Required, unless
   * ENTRA_REQUIRED_ROLE is set, or every route has a requirement and `unlisted` is `reject`.
   */
  ENTRA_REQUIRED_SCOPE: ["list", "access_as_user"],
  /** App roles of which an application's token must have one, on routes without a requirement. Default: see
   * ENTRA_REQUIRED_SCOPE. */
  ENTRA_REQUIRED_ROLE: ["list", "Orders.Read.All"],
  /**
   * Object IDs of groups, at most 100, of which a user must be in one, on routes without a requirement. It requires
   * ENTRA_REQUIRED_SCOPE. Default: users need no group.
   */
  ENTRA_REQUIRED_GROUP: ["list", "44444444-5555-6666-7777-888888888888"],
  /** Allowlist of client application GUIDs. Default: any client. */
  ENTRA_ALLOWED_CLIENTS: ["guids", "33333333-4444-5555-6666-777777777777"],
  /** `public`, `usgov` or `china`. */
  ENTRA_CLOUD: ["word", ["public", "usgov", "china"]],
  /**
   * Replaces the cloud: External ID (`https://contoso.ciamlogin.com`, or its custom URL domain), or a local Entra (http
   * on loopback only).
   */
  ENTRA_AUTHORITY: ["text", "https://contoso.ciamlogin.com"],
  /** `true` accepts v1.0 tokens too. A fault beside an https ENTRA_AUTHORITY. */
  ENTRA_ACCEPT_V1: ["flag", "true"],
  /** Allowed difference between clocks, from 0 to 300 seconds. Default: `60`. */
  ENTRA_CLOCK_SKEW_SECONDS: ["text", "60"],

  // ## Addresses
  /**
   * Addresses that the gate answers for, such as `https://api.contoso.com`. A request to another address gets 421.
   * Default: any on Workers; elsewhere required, unless ENTRA_AUTHORITY is on loopback.
   */
  GATE_URL: ["list", "https://api.contoso.com"],
  /**
   * `true`: only a proxy that ends TLS can reach the process, see docs/how-to/run-behind-a-proxy.md. It requires
   * GATE_URL with https addresses alone, and is a fault on Workers and in DaloyJS.
   */
  GATE_TLS_PROXY: ["flag", "true"],
  /** Number of proxies that append an address to `X-Forwarded-For`, from 1 to 5. */
  GATE_TLS_PROXY_HOPS: ["word", ["1", "2", "3", "4", "5"]],

  // ## Operation
  /** `enforce`, or `report`: allow and log what policy would refuse, see docs/how-to/run-in-report-mode.md. */
  GATE_MODE: ["word", ["enforce", "report"]],
  /** Share of allowed requests in the log, from 0 to 1. Refusals are always logged. Default: `0`. */
  GATE_LOG_ALLOWED: ["text", "0.1"],
  /** How the log names users: `hash`, `plain` (object ID) or `none`. */
  GATE_LOG_SUBJECT: ["word", ["hash", "plain", "none"]],
  /** Key of the hash, so that you can compare lines of different isolates. Default: a random key for each isolate. */
  GATE_LOG_KEY: ["secret"],

  // ## Tokens for other APIs
  /** Client ID of the gate's registration. */
  ENTRA_CLIENT_ID: ["text", "22222222-3333-4444-5555-666666666666"],
  /** PEM certificate of that registration, with its private key. */
  ENTRA_CLIENT_CERTIFICATE: ["secret"],
  /** The older certificate during a rotation, see docs/how-to/rotate-a-secret.md. */
  ENTRA_CLIENT_CERTIFICATE_PREVIOUS: ["secret"],
  /** Client secret of that registration. */
  ENTRA_CLIENT_SECRET: ["secret"],
  /** The older secret during a rotation. */
  ENTRA_CLIENT_SECRET_PREVIOUS: ["secret"],
} as const satisfies VariableTable;

/** Those of a gate and of an App. */
export const gateVariables = {
  // ## Origin
  /**
   * Where the gate forwards allowed requests. Beside the binding ORIGIN, it gives their scheme, host and base path.
   * Default: the zone's origin on Workers; elsewhere required if the gate forwards requests.
   */
  ORIGIN_URL: ["text", "https://origin.contoso.com"],
  /**
   * `true` allows an ORIGIN_URL with plain HTTP that is not on loopback, or beside a binding, for a private network.
   */
  ORIGIN_PLAINTEXT: ["flag", "true"],
  /** `forward` the caller's token, `strip` it, or `on-behalf-of`: exchange it for a token with ORIGIN_SCOPE. */
  ORIGIN_AUTHORIZATION: ["word", ["forward", "strip", "on-behalf-of"]],
  /** Scopes of the origin's token. Required with `on-behalf-of`. */
  ORIGIN_SCOPE: ["list", "api://orders/access_as_user"],
  /**
   * `forward` the cookies of callers and of the origin, or `strip` them, see
   * docs/how-to/use-several-origins.md#keep-cookies-apart.
   */
  ORIGIN_COOKIES: ["word", ["forward", "strip"]],

  // ## Operation
  /**
   * `true` adds `Server-Timing` to the responses of admitted callers: where their keys came from, and how old the
   * isolate is, see docs/how-to/go-to-production.md#measure-a-deployed-worker.
   */
  GATE_SERVER_TIMING: ["flag", "true"],

  // ## Health page
  /** `off`, `public` (names no tenant), or `guarded` (needs the default requirement). */
  GATE_HEALTH: ["word", ["off", "public", "guarded"]],
  /** Path of the health page. Default: `/.well-known/entra-gate/health`. */
  GATE_HEALTH_PATH: ["text", "/.well-known/entra-gate/health"],

  // ## Bindings
  /**
   * Binding that carries the requests to the origin: a service, a VPC service, a VPC network or an mTLS certificate.
   */
  ORIGIN: ["binding", "[[services]] binding", "a service", ["fetch"]],
  /** Rate limiting, see docs/how-to/limit-requests.md: limits refused tokens, and serves `rateLimit()`. */
  RATE_LIMITER: ["binding", "[[ratelimits]] name", "a rate limiting", ["limit"]],
  /** Analytics Engine: counters, see docs/reference/log.md#counters. */
  DECISIONS: ["binding", "[[analytics_engine_datasets]] binding", "an Analytics Engine", ["writeDataPoint"]],
} as const satisfies VariableTable;

/** Those of the option `downstream`. */
export const downstreamVariables = {
  // ## Bindings
  /**
   * KV namespace for tokens for other APIs and lists of groups, encrypted, see
   * docs/reference/tokens-for-other-apis.md#cache.
   */
  TOKEN_CACHE: ["binding", "[[kv_namespaces]] binding", "a KV namespace", ["get", "put", "delete"]],
  /**
   * Keys that encrypt them: `name:key`, the newest first, each key 32 bytes in base64url. Required with TOKEN_CACHE.
   */
  TOKEN_CACHE_KEY: ["secret"],
} as const satisfies VariableTable;

/** Names of those of the option `revocations`. Without it, they are faults, and its table is in no bundle. */
export const revocationNames = ["REVOCATIONS", "GATE_REVOCATIONS_URL", "GATE_REVOCATIONS_TOKEN"] as const;

/** Those of the option `revocations`. */
export const revocationVariables = {
  // ## Bindings
  /** KV namespace with the list of revoked callers, see docs/reference/revocations.md. */
  REVOCATIONS: ["binding", "[[kv_namespaces]] binding", "a KV namespace", ["get"]],
  // ## Revoked callers
  /** URL of that list, outside Workers. It must be https, or on loopback. */
  GATE_REVOCATIONS_URL: ["text", "https://config.contoso.com/revocations.json"],
  /** Bearer token with which the gate fetches it. Required with GATE_REVOCATIONS_URL. */
  GATE_REVOCATIONS_TOKEN: ["secret"],
} as const satisfies Readonly<Record<(typeof revocationNames)[number], VariableRow>>;

/** Names of those of the option `issuer`. Without it, they are faults, and its table is in no bundle. */
export const issuerNames = [
  "GATE_ISSUER",
  "GATE_SIGNING_KEY",
  "GATE_SIGNING_KEY_OTHER",
  "ORIGIN_ASSERTION",
  "ORIGIN_AUDIENCE",
  "ENTRA_CLIENT_KEY",
  "ENTRA_CLIENT_KEY_OTHER",
  "ENTRA_CLIENT_FEDERATION",
  "ENTRA_CLIENT_SUBJECT",
] as const;

/** Those of the option `issuer`. */
export const issuerVariables = {
  // ## Keys of the gate
  /** Address at which the gate publishes its public keys, one of GATE_URL. Default: the first address of GATE_URL. */
  GATE_ISSUER: ["text", "https://api.contoso.com"],
  /**
   * Private EC key on P-256, with which the gate signs for the origin: a PEM block `PRIVATE KEY` (PKCS #8) or a JWK.
   */
  GATE_SIGNING_KEY: ["secret"],
  /** Public JWK that is only published: the next key before a rotation, the previous one after it. */
  GATE_SIGNING_KEY_OTHER: ["text", "{…}, the public JWK that npx entra-gate keygen prints"],
  /** `jwt` sends each origin a signed assertion with each request. */
  ORIGIN_ASSERTION: ["text", "jwt"],
  /** `aud` of these assertions. Default: ORIGIN_URL without its path; required if that is not set. */
  ORIGIN_AUDIENCE: ["text", "https://origin.contoso.com"],
  /** Private RSA key, with which the gate signs in at Entra: PKCS #8 or a JWK. */
  ENTRA_CLIENT_KEY: ["secret"],
  /** Public JWK that is only published, as GATE_SIGNING_KEY_OTHER. */
  ENTRA_CLIENT_KEY_OTHER: ["text", "{…}, the public JWK that npx entra-gate keygen --rsa prints"],
  /**
   * `gate` signs in at Entra with assertions of the gate's own issuer, before the other credentials. It requires the
   * option `downstream`.
   */
  ENTRA_CLIENT_FEDERATION: ["text", "gate"],
  /** `sub` of these assertions, as in the federated credential. Default: ENTRA_CLIENT_ID. */
  ENTRA_CLIENT_SUBJECT: ["text", "gate-of-orders"],
} as const satisfies Readonly<Record<(typeof issuerNames)[number], VariableRow>>;

/** Those of `entra-gate/mcp`. A gate without such a route does not know them. */
export const mcpVariables = {
  // ## MCP servers
  /**
   * Keys that encrypt the session IDs of an MCP server, and sign-ins through a facade, see docs/reference/mcp.md:
   * `name:key`, the newest first, each key 32 bytes in base64url. Required if the server has sessions, and with a
   * facade.
   */
  GATE_SESSION_KEY: ["secret"],
  /**
   * Prefix of the scopes that a facade requests from Entra, see docs/reference/mcp-facade.md#facadeoptions. Without a
   * facade, `doctor` compares it with the resource. Default: an audience that is a URI, else `api://` and the client
   * ID.
   */
  ENTRA_APP_ID_URI: ["text", "https://mcp.contoso.com/mcp"],
} as const satisfies VariableTable;

/** The variables that every gate knows. */
export const knownVariables = { ...entryVariables, ...gateVariables } as const;

/** Names that operators write for a name in a table. */
export type Written<Name> = Name extends `${infer Start}<NAME>${infer End}` ? `${Start}${string}${End}` : Name;

/** The names in a table that are read in one way. */
export type NameOf<Table extends VariableTable, Read> = {
  readonly [Name in keyof Table]: Table[Name][0] extends Read ? Written<Name> & string : never;
}[keyof Table];

/** The words of a row. */
export type WordOf<Row extends VariableRow> = Row extends readonly ["word", readonly (infer Word)[]] ? Word : never;

/** The names in a table. */
export function namesOf<Table extends VariableTable>(table: Table): readonly (keyof Table & string)[] {
  return Object.keys(table);
}

/** Whether an operator writes `written` for a name in a table. */
export function isNamed(name: string, written: string): boolean {
  const [start = "", end] = name.split("<NAME>");
  if (end === undefined) return name === written;
  return written.length > start.length + end.length && written.startsWith(start) && written.endsWith(end);
}
