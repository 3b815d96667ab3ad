import type { Context, Hono } from "hono";
import { parseJson } from "../../src/cli-exports/text.ts";
import type { ClientKey } from "../clients/client-assertion.ts";
import type { FederatedKey } from "../clients/federated-assertion.ts";
import { defaultAuthority } from "../directory/authority-name.ts";
import type { ClientName } from "../directory/clients.ts";
import type { Entra } from "../entra.ts";
import { causeFault, createFaults } from "../faults.ts";
import { requireKnownNames } from "../known-names.ts";
import {
  type AccessTokenOptions,
  accessTokenNames,
  type IdTokenOptions,
  idTokenNames,
  type SignInput,
} from "../tokens/issuer.ts";
import { type PlaygroundFault, playgroundFaults } from "./faults.ts";
import { renderIndexPage } from "./index-page.ts";

/** Parameters of `GET /local/token` with one value. */
const singleNames = ["authority", "persona", "client", "tenant", "version", "api", "fault"];
/** Parameters that can be repeated, or have values separated by spaces. */
const listNames = ["acrs", "scope", "role", "group", "without"];

/** An authority that a server of its own serves. */
export interface NamedAuthority {
  readonly entra: Entra;
  /** Its origin, without a slash at the end. */
  readonly url: string;
}

/**
 * Adds the endpoints below `/local/`. Call it before Entra's endpoints are added: their first path segment is a tenant.
 */
export function addLocalEndpoints(app: Hono, entra: Entra, authorities: ReadonlyMap<string, NamedAuthority>): void {
  app.get("/", (c) => c.html(renderIndexPage(new URL(c.req.url).origin, entra.directory)));

  app.get("/local/token", async (c) => {
    const { origin, searchParams } = new URL(c.req.url);
    const options = readTokenQuery(searchParams);
    const issuing = findAuthority(authorities, searchParams.get("authority")) ?? { entra, url: origin };
    const { change, damage = (token) => token } = readFault(searchParams.get("fault") ?? "none");
    const changed = change?.(Math.floor(Date.now() / 1_000));
    const claims = { ...options.claims, ...changed?.claims };
    const token = await issuing.entra.issueAccessToken({ authority: issuing.url, ...options, ...changed, claims });
    return c.text(damage(token));
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

  const faults = createFaults(entra);
  app.post("/local/faults/:name", async (c) => {
    const sent = await c.req.text();
    return c.json(await causeFault(faults, c.req.param("name"), sent === "" ? undefined : parseJson(sent)));
  });

  app.get("/local/keys", async (c) => c.json(await entra.keys()));
  app.get("/local/outages", (c) => c.json(entra.outages()));

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
  app.get("/local/counts", (c) => c.json(entra.counts()));
  app.delete("/local/counts", (c) => {
    entra.resetCounts();
    return c.json(entra.counts());
  });
}

async function readBody<T>(c: Context, known: readonly string[]): Promise<T> {
  const body = parseJson(await c.req.text()) as T;
  requireKnownNames(body, known, "member");
  return body;
}

/** @returns `undefined` for the one that is asked */
function findAuthority(
  authorities: ReadonlyMap<string, NamedAuthority>,
  name: string | null,
): NamedAuthority | undefined {
  if (name === null || name === defaultAuthority) return undefined;
  const found = authorities.get(name);
  if (found !== undefined) return found;
  const known = [defaultAuthority, ...authorities.keys()].join(", ");
  throw new RangeError(
    `no authority ${JSON.stringify(name)} here. Use one of ${known}, or start one with npx entra-gate entra --authority NAME`,
  );
}

function readTokenQuery(query: URLSearchParams): AccessTokenOptions {
  requireKnownNames(Object.fromEntries(query), [...singleNames, ...listNames], "parameter");
  const repeated = singleNames.find((name) => query.getAll(name).length > 1);
  if (repeated !== undefined) throw new RangeError(`${repeated} must not be repeated`);
  const { persona, client, tenant, version, api, acrs } = Object.fromEntries(query);
  return {
    ...(persona !== undefined && { persona }),
    ...(client !== undefined && { client }),
    ...(tenant !== undefined && { tenant }),
    ...(version !== undefined && { version: readVersion(version) }),
    ...(api !== undefined && { api }),
    ...(acrs !== undefined && { acrs: readList(query, "acrs") }),
    ...(query.has("scope") && { scopes: readList(query, "scope") }),
    ...(query.has("role") && { roles: readList(query, "role") }),
    ...(query.has("group") && { groups: readList(query, "group") }),
    ...(query.has("without") && { without: readList(query, "without") }),
  };
}

function readList(query: URLSearchParams, name: string): readonly string[] {
  return query
    .getAll(name)
    .flatMap((value) => value.split(" "))
    .filter((value) => value !== "");
}

/** The faults of the playground that are faults of an access token. */
function readFault(name: string): PlaygroundFault {
  const faults = Object.entries<PlaygroundFault>(playgroundFaults).filter(([, { instead }]) => instead === undefined);
  const fault = new Map(faults).get(name);
  if (fault === undefined) throw new RangeError(`fault must be one of ${faults.map(([known]) => known).join(", ")}`);
  return fault;
}

function readVersion(text: string): 1 | 2 {
  if (text === "1") return 1;
  if (text === "2") return 2;
  throw new RangeError('version must be "1" or "2"');
}
