export type EndpointKind = "discovery" | "keys" | "authorize" | "token" | "moved";

export type EndpointCounts = Record<EndpointKind, number>;

export interface Counts {
  readonly total: Readonly<EndpointCounts>;
  /** By tenant GUID, or by `common` and `organizations`. Tenants without requests are absent. */
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
      const counts = tenants.get(tenant) ?? createZeros();
      counts[kind] += 1;
      tenants.set(tenant, counts);
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
