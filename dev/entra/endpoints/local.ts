// The same powers over HTTP that `createEntra` gives a test in process. Entra itself has nothing under /local/.
import type { Hono } from "hono";
import type { ClientKey, FederatedKey } from "../client-assertion.ts";
import type { ClientName } from "../directory.ts";
import type { Entra } from "../entra.ts";
import type { AccessTokenOptions, IdTokenOptions, SignInput } from "../issuer.ts";
import { renderIndexPage } from "../pages.ts";
import type { Weather } from "../weather.ts";

/** Registered before Entra's own endpoints, whose first path segment is a tenant. */
export function addLocalEndpoints(app: Hono, entra: Entra): void {
  app.get("/", (c) => c.html(renderIndexPage(new URL(c.req.url).origin)));

  app.get("/local/token", async (c) => {
    const { origin, searchParams } = new URL(c.req.url);
    return c.text(await entra.issueAccessToken({ authority: origin, ...readTokenQuery(searchParams) }));
  });
  app.post("/local/sign", async (c) => c.text(await entra.sign(await c.req.json<SignInput>())));
  app.post("/local/access-token", async (c) => {
    const options = await c.req.json<AccessTokenOptions>();
    return c.text(await entra.issueAccessToken({ authority: new URL(c.req.url).origin, ...options }));
  });
  app.post("/local/id-token", async (c) => {
    const options = await c.req.json<IdTokenOptions>();
    return c.text(await entra.issueIdToken({ authority: new URL(c.req.url).origin, ...options }));
  });

  app.get("/local/keys", async (c) => c.json(await entra.keys()));
  app.delete("/local/keys/:kid", async (c) => {
    const removed = await entra.removeKey(c.req.param("kid"));
    return c.json({ removed }, removed ? 200 : 404);
  });
  app.post("/local/rollover", async (c) => {
    const { kind } = await c.req.json<{ kind?: unknown }>();
    if (kind !== "planned" && kind !== "emergency") throw new RangeError('kind must be "planned" or "emergency"');
    return c.json({ kid: await entra.rollOver(kind) });
  });
  app.post("/local/switch-key", async (c) => c.json({ kid: await entra.switchKey() }));

  app.post("/local/client-key", async (c) => {
    const { client, key } = await c.req.json<{ client: ClientName; key: ClientKey }>();
    entra.trustClientKey(client, key);
    return c.json({ client });
  });
  app.post("/local/issuer", async (c) => {
    const { client, ...federated } = await c.req.json<FederatedKey & { client: ClientName }>();
    entra.trustIssuer(client, federated);
    return c.json({ client });
  });

  app.get("/local/weather", (c) => c.json(entra.weather()));
  app.post("/local/weather", async (c) => {
    entra.setWeather(await c.req.json<Weather>());
    return c.json(entra.weather());
  });
  app.get("/local/counts", (c) => c.json(entra.counts()));
  app.delete("/local/counts", (c) => {
    entra.resetCounts();
    return c.json(entra.counts());
  });
}

/** `scope` and `role` may be repeated or separated by spaces. */
function readTokenQuery(query: URLSearchParams): AccessTokenOptions {
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
