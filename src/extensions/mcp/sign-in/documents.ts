import { createMemoryStore, type MemoryStore, parseJson, type RequestContext } from "../../../app/part.ts";
import { type Io, withDeadline } from "../../../base/common/io.ts";
import * as limits from "../../../base/common/limits.ts";
import { isObject } from "../../../base/common/objects.ts";
import { isWithin } from "../../../base/common/period.ts";
import { keepValue } from "../../../base/common/recent.ts";
import { fail, type Result, succeed } from "../../../base/common/result.ts";
import { fetchesOnlyPublic } from "../../../base/common/runtime.ts";
import { readBounded } from "../../../base/http/bounded-body.ts";
import { isLoopback } from "../../../base/http/loopback.ts";
import { readMediaType } from "../../../base/http/media-type.ts";
import type { GateSetup } from "../../../core/guard/setup.ts";
import { gateAddress } from "../discovery/document.ts";
import { readClientAddress } from "../facade/client-address.ts";
import { bodyRules, type ClientMetadata, isPublicClient, type Registration } from "./client-metadata.ts";
import { SignInError } from "./errors.ts";
import { readHostName } from "./host-name.ts";
import { cleanName } from "./name.ts";

/** Client metadata documents (OAuth Client ID Metadata Document). */
export interface Documents {
  /** Whether the gate fetches any. Otherwise clients should register. */
  isAvailable(): boolean;
  /**
   * Fetches the document of a client, or takes it from memory.
   *
   * @param clientId address of the document, see `isMetadataAddress`
   * @throws SignInError if the host is not allowed, or the document is unavailable or faulty
   */
  find(context: RequestContext, clientId: string): Promise<Registration>;
}

type Problem = "Unavailable" | "TooLarge" | "Malformed" | "Refused" | "AuthMethod";

const unusable = "The application's description is not available or not valid.";
const where = "token_endpoint_auth_method or in token_endpoint_auth_methods_supported";
/** What the user reads. */
const texts: Readonly<Record<Problem, string>> = {
  Unavailable: unusable,
  TooLarge: unusable,
  Malformed: unusable,
  Refused: unusable,
  AuthMethod: `The application does not say that it can sign in without a key of its own. Its description must have "none" in ${where}.`,
};

/** What one isolate remembers. */
interface Memory {
  readonly documents: Map<
    string,
    { readonly document: Registration; readonly fromMs: number; readonly untilMs: number }
  >;
  readonly fetches: MemoryStore;
}

/**
 * @param hosts from which documents may come; if there are none, any public host where the platform reaches no other
 */
export function createDocuments(hosts: readonly string[]): Documents {
  let memory: Memory | undefined;

  return {
    isAvailable: () => hosts.length > 0 || fetchesOnlyPublic(),
    async find(context, clientId) {
      const { io } = context.services;
      memory ??= { documents: new Map(), fetches: createMemoryStore(io) };
      if (!isAllowed(new URL(clientId), hosts, context.setup)) {
        throw new SignInError(
          "FacadeDocumentHostError",
          "The application's description is at a host that is not allowed here.",
        );
      }
      const known = memory.documents.get(clientId);
      if (known !== undefined && isWithin(known.fromMs, known.untilMs, io.now())) return known.document;
      if (!hasBudget(memory.fetches, readClientAddress(context))) {
        throw new SignInError(
          "FacadeDocumentBudgetError",
          "Too many applications sign in at the same time. Wait a minute.",
          503,
        );
      }
      const fetched = await fetchDocument(io, clientId);
      if (!fetched.ok) {
        throw new SignInError(`FacadeDocument${fetched.error}Error`, texts[fetched.error]);
      }
      const { document, keptMs } = fetched.value;
      if (keptMs > 0) {
        const fromMs = io.now();
        keepValue(memory.documents, limits.facadeDocumentsKept, clientId, {
          document,
          fromMs,
          untilMs: fromMs + keptMs,
        });
      }
      return document;
    },
  };
}

/** Counts a fetch. An address that has used up its own budget uses nothing of the budget of all. */
function hasBudget(fetches: MemoryStore, address: string): boolean {
  const hit = (key: string) => fetches.hit(key, limits.facadeWindowMilliseconds).count;
  return hit(`address ${address}`) <= limits.facadeDocumentsOfAddress && hit("all") <= limits.facadeDocuments;
}

/**
 * Whether a document may be fetched from a host. A fetch to the gate's own zone or to an origin would pass the gate by.
 * An IP address, or on other runtimes than Workers any name, can lead into a private network.
 */
function isAllowed(url: URL, hosts: readonly string[], { addresses, origin, origins }: GateSetup): boolean {
  const name = readHostName(url);
  if (isLoopback(name)) return isLoopback(new URL(gateAddress({ addresses })).hostname);
  const own = [...(addresses ?? [])].map((address) => readHostName(new URL(address)));
  for (const { target } of [...(origin ? [origin] : []), ...(origins?.values() ?? [])])
    if (target.url) own.push(readHostName(target.url));
  const isIpAddress = name.startsWith("[") || /^[\d.]+$/.test(name);
  if (url.port !== "" || isIpAddress || own.includes(name)) return false;
  return hosts.length > 0 ? hosts.includes(name) : fetchesOnlyPublic();
}

interface Fetched {
  readonly document: Registration;
  /** How long it may be kept, in milliseconds. */
  readonly keptMs: number;
}

async function fetchDocument(io: Io, clientId: string): Promise<Result<Fetched, Problem>> {
  const abort = new AbortController();
  const init = { headers: { accept: "application/json" }, redirect: "manual", signal: abort.signal } as const;
  const asked = io.fetch(clientId, init).then((response) => readResponse(response, clientId));
  const read = await withDeadline(io, limits.facadeDocumentMilliseconds, asked).catch(() => undefined);
  if (read === undefined) abort.abort();
  return read ?? fail("Unavailable");
}

async function readResponse(response: Response, clientId: string): Promise<Result<Fetched, Problem>> {
  const { status, headers, body } = response;
  const type = readMediaType(headers.get("content-type"))?.essence ?? "";
  if (status !== 200 || !/^application\/(?:[\w.-]+\+)?json$/.test(type)) {
    body?.cancel().catch(() => {});
    return fail("Unavailable");
  }
  const text = await readBounded(body, limits.facadeDocumentBytes);
  if (text === undefined) return fail("TooLarge");
  const document = readDocument(text, clientId);
  return document.ok ? succeed({ document: document.value, keptMs: readLifetime(headers) }) : document;
}

function readDocument(text: string, clientId: string): Result<Registration, Problem> {
  let document: unknown;
  try {
    document = parseJson(text, bodyRules);
  } catch {
    return fail("Malformed");
  }
  if (!isObject(document)) return fail("Malformed");
  const metadata = document as ClientMetadata;
  const { client_id, client_name, redirect_uris } = metadata;
  const isSecret = "client_secret" in metadata || "client_secret_expires_at" in metadata;
  if (client_id !== clientId || isSecret || !Array.isArray(redirect_uris)) return fail("Refused");
  if (!isPublicClient(metadata)) return fail("AuthMethod");
  return succeed({ name: cleanName(client_name), uris: redirect_uris.filter((uri) => typeof uri === "string") });
}

/** `max-age` of the response (RFC 9111 section 5.2.2.1). Without it, the document is not kept. */
function readLifetime(headers: Headers): number {
  const control = headers.get("cache-control") ?? "";
  const [, seconds] = /(?:^|[,\s])max-age="?(\d{1,9})/i.exec(control) ?? [];
  if (seconds === undefined || /no-store|no-cache/i.test(control)) return 0;
  return Math.min(Number(seconds) * 1_000, limits.facadeDocumentKeptMilliseconds);
}
