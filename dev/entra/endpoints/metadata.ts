import type { Context, Hono } from "hono";
import { tenantPlaceholder } from "../authority.ts";
import type { Counter } from "../counter.ts";
import { findTenant } from "../directory.ts";
import { createKeySet, createMetadata, type DocumentVersion } from "../documents.ts";
import { faults } from "../fault.ts";
import type { KeyRing } from "../key-ring.ts";
import type { WeatherStation } from "../weather.ts";

interface MetadataParts {
  readonly ring: KeyRing;
  readonly weather: WeatherStation;
  readonly counter: Counter;
}

type TenantContext = Context<object, "/:tenant/*">;

/** OpenID Connect discovery and the key sets, versions 1.0 and 2.0, and their copies under `/local/moved`. */
export function addMetadataEndpoints(app: Hono, { ring, weather, counter }: MetadataParts): void {
  async function serveMetadata(c: TenantContext, version: DocumentVersion): Promise<Response> {
    const segment = c.req.param("tenant");
    const tenantId = requireTenantId(segment);
    counter.add("discovery", nameTenant(segment));
    const authority = new URL(c.req.url).origin;
    return weather.apply("discovery", c.req.raw, createMetadata(authority, segment, tenantId, version));
  }

  async function serveKeys(c: TenantContext, version: DocumentVersion): Promise<Response> {
    const segment = c.req.param("tenant");
    requireTenantId(segment);
    counter.add("keys", nameTenant(segment));
    const authority = new URL(c.req.url).origin;
    return weather.apply("keys", c.req.raw, createKeySet(authority, await ring.listPublished(), version));
  }

  app.get("/:tenant/v2.0/.well-known/openid-configuration", (c) => serveMetadata(c, 2));
  app.get("/:tenant/.well-known/openid-configuration", (c) => serveMetadata(c, 1));
  app.get("/:tenant/discovery/v2.0/keys", (c) => serveKeys(c, 2));
  app.get("/:tenant/discovery/keys", (c) => serveKeys(c, 1));

  app.get("/local/moved/:tenant/discovery/*", async (c) => {
    counter.add("moved", nameTenant(c.req.param("tenant")));
    const version = c.req.path.includes("/v2.0/") ? 2 : 1;
    return c.json(createKeySet(new URL(c.req.url).origin, await ring.listPublished(), version));
  });
}

/** GUID of the tenant in the path; the template where the path names no single one. Throws a fault for an unknown one. */
function requireTenantId(segment: string): string {
  if (segment === "common" || segment === "organizations") return tenantPlaceholder;
  const tenant = findTenant(segment);
  if (!tenant) throw faults.unknownTenant(segment);
  return tenant.id;
}

function nameTenant(segment: string): string {
  return findTenant(segment)?.id ?? segment;
}
