import { maxCountedTenants } from "./limits.ts";

/** Numbers of requests by kind of endpoint. */
export interface EndpointCounts {
  /** For the discovery document. */
  discovery: number;
  /** For the key set. */
  keys: number;
  /** For the sign-in page. */
  authorize: number;
  /** For tokens. */
  token: number;
  /** For the target of the outage `redirect`. */
  moved: number;
}

/** A kind of endpoint. */
export type EndpointKind = keyof EndpointCounts;

/** Numbers of requests to the endpoints. */
export interface Counts {
  /** To all tenants together. */
  readonly total: Readonly<EndpointCounts>;
  /**
   * By tenant GUID, or by `common` and `organizations`. Tenants without requests are absent. Beyond 1,000 names,
   * requests for further ones count as `other`.
   */
  readonly tenants: Readonly<Record<string, Readonly<EndpointCounts>>>;
}

export interface Counter {
  add(kind: EndpointKind, tenant: string): void;
  read(): Counts;
  reset(): void;
}

/** Counts requests to Entra's own endpoints. `moved` counts the redirects that a client followed. */
export function createCounter(): Counter {
  const tenants = new Map<string, EndpointCounts>();
  return {
    add(kind, tenant) {
      const name = tenants.has(tenant) || tenants.size < maxCountedTenants ? tenant : "other";
      const counts = tenants.get(name) ?? createZeros();
      counts[kind] += 1;
      tenants.set(name, counts);
    },
    read() {
      const total = createZeros();
      for (const counts of tenants.values()) {
        for (const kind of Object.keys(total) as EndpointKind[]) total[kind] += counts[kind];
      }
      return { total, tenants: structuredClone(Object.fromEntries(tenants)) };
    },
    reset: () => tenants.clear(),
  };
}

function createZeros(): EndpointCounts {
  return { discovery: 0, keys: 0, authorize: 0, token: 0, moved: 0 };
}
