import type { Io } from "../../base/common/io.ts";
import { readJson } from "../../base/common/json.ts";
import { fail, type Result, succeed } from "../../base/common/result.ts";
import type { KeySource } from "../authority/authority.ts";
import { readDiscovery } from "../authority/discovery.ts";
import { type FetchFailure, fetchDocument, withinFetchDeadline } from "./document.ts";
import type { KeyDocument } from "./key-set.ts";

/**
 * Fetches a tenant's key document from its authority, by way of the discovery document if the source is one.
 *
 * @returns the unparsed document, or why it could not be fetched in time
 */
export function fetchKeyDocument(
  io: Pick<Io, "fetch" | "after" | "now">,
  source: KeySource,
): Promise<Result<KeyDocument, FetchFailure>> {
  return withinFetchDeadline(io, async (signal) => {
    const located = await locateKeys(io, source, signal);
    if (!located.ok) return located;
    const { url, issuer, instanceName } = located.value;
    const fetched = await fetchDocument(io, url, signal);
    if (!fetched.ok) return fetched;
    const rule = { instanceName, tenantSpecific: url.includes(`/${source.tenant}/`) };
    return succeed({ id: source.id, fetchedAtMs: io.now(), issuer, rule, text: fetched.value });
  });
}

interface Located {
  readonly url: string;
  readonly issuer: string | undefined;
  readonly instanceName: string | undefined;
}

async function locateKeys(
  io: Pick<Io, "fetch">,
  { location }: KeySource,
  signal: AbortSignal,
): Promise<Result<Located, FetchFailure>> {
  if (location.kind === "keys") return succeed({ ...location, issuer: undefined });
  const fetched = await fetchDocument(io, location.url, signal);
  if (!fetched.ok) return fetched;
  const discovery = readDiscovery(readJson(fetched.value), location.pin);
  if (!discovery.ok) return fail({ problem: discovery.error });
  const { keysUrl, issuer, instanceName } = discovery.value;
  return succeed({ url: keysUrl, issuer, instanceName });
}
