import type { Context, Hono } from "hono";
import { requireKnownNames } from "../../known-names.ts";
import type { ClientKey, FederatedKey } from "../client-assertion.ts";
import type { Counts } from "../counter.ts";
import type { ClientName } from "../directory.ts";
import type { AccessTokenOptions, IdTokenOptions, Issuer, SignInput, TokenChanges } from "../issuer.ts";
import type { KeyDescription } from "../key-ring.ts";
import { renderIndexPage } from "../pages.ts";
import type { Weather, WeatherStation } from "../weather.ts";

/** What a test may do to the local Entra, in process and over HTTP. Entra itself has nothing like it. */
export interface LocalPowers extends Issuer {
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
  /** Requests to the endpoints of Entra; those to `/local/` are not counted. */
  counts(): Counts;
  resetCounts(): void;
}

const changeNames = ["key", "header", "claims", "without"] satisfies (keyof TokenChanges)[];
const identityNames = ["authority", "tenant", "persona", "roles", ...changeNames] satisfies (keyof IdTokenOptions)[];
const accessTokenNames: (keyof AccessTokenOptions)[] = [
  ...identityNames,
  "client",
  "scopes",
  "acrs",
  "capabilities",
  "version",
];
const idTokenNames: (keyof IdTokenOptions)[] = [...identityNames, "audience", "nonce"];
const weatherNames = ["kind", "endpoint", "requests", "delayMs", "retryAfterSeconds"];
/** Of `GET /local/token`; only the last three may be repeated. */
const queryNames = ["persona", "client", "tenant", "version", "acrs", "scope", "role"];

/** Registered before Entra's own endpoints, whose first path segment is a tenant. */
export function addLocalEndpoints(app: Hono, entra: LocalPowers): void {
  app.get("/", (c) => c.html(renderIndexPage(new URL(c.req.url).origin)));

  app.get("/local/token", async (c) => {
    const { origin, searchParams } = new URL(c.req.url);
    return c.text(await entra.issueAccessToken({ authority: origin, ...readTokenQuery(searchParams) }));
  });
  app.post("/local/sign", async (c) =>
    c.text(await entra.sign(await readBody<SignInput>(c, ["header", "payload", "key"]))),
  );
  app.post("/local/access-token", async (c) => {
    const options = await readBody<AccessTokenOptions>(c, accessTokenNames);
    return c.text(await entra.issueAccessToken({ authority: new URL(c.req.url).origin, ...options }));
  });
  app.post("/local/id-token", async (c) => {
    const options = await readBody<IdTokenOptions>(c, idTokenNames);
    return c.text(await entra.issueIdToken({ authority: new URL(c.req.url).origin, ...options }));
  });

  app.get("/local/keys", async (c) => c.json(await entra.keys()));
  app.delete("/local/keys/:kid", async (c) => {
    const removed = await entra.removeKey(c.req.param("kid"));
    return c.json({ removed }, removed ? 200 : 404);
  });
  app.post("/local/rollover", async (c) => {
    const { kind } = await readBody<{ kind?: unknown }>(c, ["kind"]);
    if (kind !== "planned" && kind !== "emergency") throw new RangeError('kind must be "planned" or "emergency"');
    return c.json({ kid: await entra.rollOver(kind) });
  });
  app.post("/local/switch-key", async (c) => c.json({ kid: await entra.switchKey() }));

  app.post("/local/client-key", async (c) => {
    const { client, key } = await readBody<{ client: ClientName; key: ClientKey }>(c, ["client", "key"]);
    entra.trustClientKey(client, key);
    return c.json({ client });
  });
  app.post("/local/issuer", async (c) => {
    const { client, ...federated } = await readBody<FederatedKey & { client: ClientName }>(c, [
      "client",
      "issuer",
      "subject",
      "key",
    ]);
    entra.trustIssuer(client, federated);
    return c.json({ client });
  });

  app.post("/local/mcp-uri", async (c) => {
    const { uri } = await readBody<{ uri: string }>(c, ["uri"]);
    entra.addMcpUri(uri);
    return c.json({ uri });
  });
  app.post("/local/token-lifetime", async (c) => {
    const { seconds } = await readBody<{ seconds: unknown }>(c, ["seconds"]);
    if (!Number.isSafeInteger(seconds) || Number(seconds) < 2) throw new RangeError("seconds must be 2 or more");
    entra.setTokenLifetime(Number(seconds));
    return c.json({ seconds });
  });

  app.get("/local/weather", (c) => c.json(entra.weather()));
  app.post("/local/weather", async (c) => {
    entra.setWeather(await readBody<Weather>(c, weatherNames));
    return c.json(entra.weather());
  });
  app.get("/local/counts", (c) => c.json(entra.counts()));
  app.delete("/local/counts", (c) => {
    entra.resetCounts();
    return c.json(entra.counts());
  });
}

async function readBody<T>(c: Context, known: readonly string[]): Promise<T> {
  const body = await c.req.json<T>();
  requireKnownNames(body, known, "member");
  return body;
}

/** `acrs`, `scope` and `role` may be repeated or separated by spaces. */
function readTokenQuery(query: URLSearchParams): AccessTokenOptions {
  requireKnownNames(Object.fromEntries(query), queryNames, "parameter");
  const repeated = queryNames.slice(0, 4).find((name) => query.getAll(name).length > 1);
  if (repeated !== undefined) throw new RangeError(`${repeated} is there more than once`);
  const { persona, client, tenant, version, acrs } = Object.fromEntries(query);
  return {
    ...(persona !== undefined && { persona }),
    ...(client !== undefined && { client }),
    ...(tenant !== undefined && { tenant }),
    ...(version !== undefined && { version: readVersion(version) }),
    ...(acrs !== undefined && { acrs: readList(query, "acrs") }),
    ...(query.has("scope") && { scopes: readList(query, "scope") }),
    ...(query.has("role") && { roles: readList(query, "role") }),
  };
}

function readList(query: URLSearchParams, name: string): readonly string[] {
  return query
    .getAll(name)
    .flatMap((value) => value.split(" "))
    .filter((value) => value !== "");
}

function readVersion(text: string): 1 | 2 {
  if (text === "1") return 1;
  if (text === "2") return 2;
  throw new RangeError('version must be "1" or "2"');
}
