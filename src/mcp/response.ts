import type { RequestContext } from "../app/serve/context.ts";
import { InternalError } from "../app/serve/errors.ts";
import { authorize } from "../guard/guard.ts";
import { readMediaType } from "../http/media-type.ts";
import * as limits from "../limits.ts";
import { rewriteEvents } from "./event-stream.ts";
import { filterLists, listMethods, type MayUse, mayHoldList } from "./listing.ts";
import type { NamePolicy } from "./policy.ts";

/** What the response answers. */
export interface Asked {
  /** Methods of the requests; none for a stream that was opened with GET. */
  readonly methods: readonly (string | undefined)[];
}

/** Headers that no longer fit a body that was changed. */
const bodyHeaders = ["content-length", "etag", "content-md5", "digest", "content-digest", "repr-digest"];

/**
 * Removes from a response what its caller may not use. An event stream is rewritten event by event; of JSON, only the answer to a
 * request for a list is read.
 *
 * @returns the same response where there is nothing to look at
 */
export async function filterResponse(
  response: Response,
  context: RequestContext,
  policy: NamePolicy,
  { methods }: Asked,
): Promise<Response> {
  const { body, headers } = response;
  // In report mode, everybody may call what is listed.
  const isReporting = (context.mode ?? context.setup.mode) === "report";
  if (policy.kinds.size === 0 || body === null || isReporting) return response;
  const type = readMediaType(headers.get("content-type"))?.essence ?? "";
  const asksForList = methods.some((method) => listMethods.has(method ?? ""));
  const isStream = type === "text/event-stream";
  if (!isStream && !asksForList) return response;
  if (!/^(?:identity)?$/i.test(headers.get("content-encoding") ?? "")) return refuse(context, "it is compressed");
  const rewrite = (text: string) => rewriteText(text, policy, createMayUse(context, policy));
  if (isStream) return copy(response, rewriteEvents(body, rewrite, limits.mcpEventCharacters));
  // An error of the origin lists nothing.
  if (type !== "application/json")
    return response.ok ? refuse(context, "a list is neither JSON nor a stream") : response;
  const text = await readText(body);
  if (text === undefined) return refuse(context, "a list is too long");
  return copy(response, rewrite(text) ?? text);
}

/** @returns `undefined` where the text holds no list */
function rewriteText(text: string, policy: NamePolicy, mayUse: MayUse): string | undefined {
  if (!mayHoldList(text)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const filtered = filterLists(value, policy.kinds, mayUse);
  return filtered === value ? undefined : JSON.stringify(filtered);
}

/** As the guard would decide. Nobody is let in by it. */
function createMayUse({ principal, setup }: RequestContext, policy: NamePolicy): MayUse {
  return (kind, name) => {
    const verdict = policy.decide(kind, name);
    if (verdict.kind !== "required" || principal === undefined) return verdict.kind === "free";
    return authorize(setup, principal, { kind: "required", requirements: [verdict.requirement] }) === undefined;
  };
}

/** @returns `undefined` where it is longer than a list may be */
async function readText(body: ReadableStream<Uint8Array>): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the rest.
    if (bytes > limits.mcpListBytes) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function copy(response: Response, body: BodyInit): Response {
  const { status, headers } = response;
  const changed = new Headers(headers);
  for (const name of bodyHeaders) changed.delete(name);
  return new Response(body, { status, headers: changed });
}

/** 502: what cannot be looked at does not leave. */
function refuse(context: RequestContext, problem: string): Response {
  return context.refuse({
    reason: "origin_unreachable",
    cause: `the answer of the MCP server cannot be filtered: ${problem}`,
  });
}

/** What is thrown where the origin has sessions and the gate has no key for them. */
export function missingSessionKey(): InternalError {
  return new InternalError("the MCP server has sessions: set GATE_SESSION_KEY");
}
