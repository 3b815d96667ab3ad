import type { Io } from "../../base/common/io.ts";
import { parseJson } from "../../base/common/json.ts";
import * as limits from "../../base/common/limits.ts";
import { isWithin } from "../../base/common/period.ts";
import { keepValue } from "../../base/common/recent.ts";
import { fail, type Result, succeed } from "../../base/common/result.ts";
import { isLoopback } from "../../base/http/loopback.ts";
import type { Config } from "../../core/config/config.ts";
import { fetchDocument, withinFetchDeadline } from "../../core/keys/document.ts";

/**
 * Hosts of Microsoft Graph by cloud. The metadata of a tenant says which of them is the tenant's: a tenant of the
 * Department of Defense has the second one of `usgov`.
 *
 * @see https://learn.microsoft.com/graph/deployments
 */
const hosts: Readonly<Record<Config["cloud"], readonly string[]>> = {
  public: ["graph.microsoft.com"],
  usgov: ["graph.microsoft.us", "dod-graph.microsoft.us"],
  china: ["microsoftgraph.chinacloudapi.cn"],
};

/** Microsoft Graph of a tenant. */
export interface Graph {
  /** Where requests go, such as `https://graph.microsoft.com`. */
  readonly origin: string;
  /** Prefix of its scopes. It is the origin, except in a local Entra. */
  readonly resource: string;
}

/** Finds Microsoft Graph for a tenant. Never throws. */
export type FindGraph = (tenant: string) => Promise<Result<Graph, string>>;

/**
 * Creates the function that reads `msgraph_host` of a tenant's metadata. It keeps each for a day.
 *
 * @param login origin of the authority
 * @param config an ENTRA_AUTHORITY on loopback is its own Graph; any other has that of the public cloud
 */
export function createFindGraph(
  io: Io,
  login: string,
  { authority, cloud }: Pick<Config, "authority" | "cloud">,
): FindGraph {
  const found = new Map<string, { readonly graph: Graph; readonly fromMs: number }>();
  const { protocol, host, hostname } = new URL(login);
  const isLocal = isLoopback(hostname);
  const known = isLocal ? [host] : hosts[authority === undefined ? cloud : "public"];

  function readGraph(text: string): Result<Graph, string> {
    const { msgraph_host: named } = Object(parseJson(text)) as { readonly msgraph_host?: unknown };
    if (typeof named !== "string" || !known.includes(named)) return fail("metadata names no known Graph host");
    const origin = `${isLocal ? protocol : "https:"}//${named}`;
    return succeed({ origin, resource: isLocal ? `https://${hosts.public[0]}` : origin });
  }

  return async (tenant) => {
    const kept = found.get(tenant);
    if (kept !== undefined && isWithin(kept.fromMs, kept.fromMs + limits.graphHostMilliseconds, io.now())) {
      return succeed(kept.graph);
    }
    const url = `${login}/${tenant}/v2.0/.well-known/openid-configuration`;
    const document = await withinFetchDeadline(io, (signal) => fetchDocument(io, url, signal));
    if (!document.ok) return fail(`metadata: ${document.error.problem}`);
    try {
      const graph = readGraph(document.value);
      if (graph.ok) keepValue(found, limits.graphHosts, tenant, { graph: graph.value, fromMs: io.now() });
      return graph;
    } catch {
      return fail("metadata is not JSON, or is nested too deeply");
    }
  };
}
