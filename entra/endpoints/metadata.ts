import type { Hono } from "hono";
import { type IssuerHost, tenantPlaceholder } from "../common/authority.ts";
import type { Counter } from "../common/counter.ts";
import { refuse } from "../common/error.ts";
import type { Outages } from "../common/outage.ts";
import type { Directory } from "../directory/model.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import { createKeySet, createMetadata, type DocumentVersion } from "./documents.ts";

interface MetadataContext {
  readonly directory: Directory;
  readonly ring: KeyRing;
  readonly outages: Outages;
  readonly counter: Counter;
  readonly issuerHost: IssuerHost | undefined;
}

type DocumentKind = "discovery" | "keys";

const endpoints: readonly { path: string; kind: DocumentKind; version: DocumentVersion }[] = [
  { path: "/v2.0/.well-known/openid-configuration", kind: "discovery", version: 2 },
  { path: "/.well-known/openid-configuration", kind: "discovery", version: 1 },
  { path: "/discovery/v2.0/keys", kind: "keys", version: 2 },
  { path: "/discovery/keys", kind: "keys", version: 1 },
];

/**
 * Serves OpenID Connect discovery and the key sets, and copies under `/local/moved` that no outage affects.
 */
export function addMetadataEndpoints(app: Hono, context: MetadataContext): void {
  const { directory, ring, outages, counter, issuerHost } = context;
  const nameTenant = (segment: string) => directory.findTenant(segment)?.id ?? segment;

  async function createDocument(url: string, segment: string, kind: DocumentKind, version: DocumentVersion) {
    const tenantId = requireTenantId(directory, segment);
    const authority = new URL(url).origin;
    if (kind === "discovery") return createMetadata(authority, segment, tenantId, version, issuerHost);
    return createKeySet(authority, await ring.listPublished(), version, issuerHost);
  }

  for (const { path, kind, version } of endpoints) {
    app.get(`/:tenant${path}`, async (c) => {
      const segment = c.req.param("tenant");
      counter.add(kind, nameTenant(segment));
      return outages.apply(kind, c.req.raw, await createDocument(c.req.url, segment, kind, version));
    });
    app.get(`/local/moved/:tenant${path}`, async (c) => {
      const segment = c.req.param("tenant");
      counter.add("moved", nameTenant(segment));
      return c.json(await createDocument(c.req.url, segment, kind, version));
    });
  }
}

/**
 * Returns the GUID of the tenant in the path, or the template if the path names no single tenant. Throws a refusal for
 * an unknown tenant.
 */
export function requireTenantId(directory: Directory, segment: string): string {
  if (segment === "common" || segment === "organizations") return tenantPlaceholder;
  const tenant = directory.findTenant(segment);
  if (!tenant) throw refuse("unknownTenantOfDocument", { tenant: segment });
  return tenant.id;
}
