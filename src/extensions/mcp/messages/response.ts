import { InternalError, type RequestContext } from "../../../app/part.ts";
import { parseJson } from "../../../base/common/json.ts";
import * as limits from "../../../base/common/limits.ts";
import { andThen, isPromised } from "../../../base/common/result.ts";
import { readBounded } from "../../../base/http/bounded-body.ts";
import { readMediaType } from "../../../base/http/media-type.ts";
import type { OutgoingResponse } from "../../../base/http/outgoing-response.ts";
import { findRefusal } from "../../../core/guard/guard.ts";
import type { Identity } from "../../../core/token/identity.ts";
import { rewriteEvents } from "./event-stream.ts";
import { filterLists, listMethods, type MayUse, mayHoldList } from "./listing.ts";
import type { ProtocolVersion } from "./message.ts";
import type { NameRules } from "./name-rules.ts";
import type { ServerVersions } from "./server-versions.ts";

/** What the response answers. */
export interface Asked {
  /** Methods of the requests; empty for a stream that was opened with GET. */
  readonly methods: readonly (string | undefined)[];
  readonly version: ProtocolVersion;
}

/** Changes a parsed message. Returns the same value if it has nothing to change. */
type Change = (message: unknown) => unknown;

const streamType = "text/event-stream";
/** Whether the text of an event can contain a list, or the versions of the server. Events can be empty. */
const mayHoldVersions = (text: string) => mayHoldList(text) || text.includes('"supportedVersions"');
/** Headers that do not match a changed body. */
const bodyHeaders = ["content-length", "etag", "content-md5", "digest", "content-digest", "repr-digest"];

/**
 * Removes from a response what its caller may not use, and the versions that the gate does not know. An event stream is
 * rewritten event by event. A JSON body is read only if it answers a request for a list or for versions.
 *
 * @param versions if the request asks for them
 * @returns the same response if it has nothing to filter, or a refusal if the gate cannot filter it
 */
export function filterResponse(
  response: Response,
  context: RequestContext,
  policy: NameRules,
  { methods }: Asked,
  versions: ServerVersions | undefined,
): Response | OutgoingResponse | Promise<Response | OutgoingResponse> {
  const { body, headers } = response;
  if (body === null || (policy.kinds.size === 0 && versions === undefined)) return response;
  const contentType = headers.get("content-type");
  // Clients search the header for the name of a stream, even if the header is malformed.
  const isStream = contentType?.toLowerCase().includes(streamType) === true;
  // GET opens a stream. Some clients read it whatever its type is.
  const asksForList = context.target.method === "GET" || methods.some((method) => listMethods.has(method ?? ""));
  if (!isStream && !asksForList && versions === undefined) return response;
  if (!/^(?:identity)?$/i.test(headers.get("content-encoding") ?? ""))
    return refuseOrigin(context, "its body is compressed");
  // An error response of the origin has no list.
  if (!isStream && readMediaType(contentType)?.essence !== "application/json")
    return response.ok ? refuseOrigin(context, "a list is not JSON or an event stream") : response;
  return andThen(asksForList ? findGroups(context, policy) : context.identity, (identity) => {
    const mayUse = createMayUse(context, identity, policy);
    const change = createChange(policy, mayUse, versions);
    if (!isStream) return filterJson(response, body, context, change);
    return filterStream(response, body, versions === undefined ? mayHoldList : mayHoldVersions, change);
  });
}

/** @param versions if the answer tells them */
function createChange(policy: NameRules, mayUse: MayUse, versions: ServerVersions | undefined): Change {
  return (message) => {
    const filtered = filterLists(message, policy.kinds, mayUse);
    return versions === undefined ? filtered : versions.read(filtered);
  };
}

function filterJson(
  response: Response,
  body: ReadableStream<Uint8Array>,
  context: RequestContext,
  change: Change,
): Promise<Response | OutgoingResponse> {
  return readBounded(body, limits.mcpListBytes, new TextDecoder()).then((text) => {
    if (text === undefined) return refuseOrigin(context, "a list is too long");
    try {
      return copy(response, text === "" ? text : (rewriteText(text, change) ?? text));
    } catch {
      return refuseOrigin(context, "a list is not JSON");
    }
  });
}

/**
 * A stream can be open for hours, so nothing here refers to the request and its parsed body.
 *
 * @param isRead whether the data of an event is parsed
 */
function filterStream(
  response: Response,
  body: ReadableStream<Uint8Array>,
  isRead: (data: string) => boolean,
  change: Change,
): Response {
  const rewrite = (data: string) => (isRead(data) ? rewriteText(data, change) : undefined);
  return copy(response, rewriteEvents(body, rewrite, limits.mcpEventCharacters));
}

/**
 * @returns `undefined` if the text has nothing to change
 * @throws TypeError if the text is not JSON, or only a part of it, because the gate cannot tell what it lists
 */
function rewriteText(text: string, change: Change): string | undefined {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    // The error of the parser quotes the text, and the platform logs it.
    throw new TypeError("a possible list of the MCP server is not JSON");
  }
  const changed = change(value);
  return changed === value ? undefined : JSON.stringify(changed);
}

/**
 * Finds the groups of the caller if a name requires one that the token does not list. One answer has all groups.
 * Without an answer, such names are not listed.
 */
function findGroups(
  context: RequestContext,
  { requirements }: NameRules,
): Identity | undefined | Promise<Identity | undefined> {
  const { caller, setup } = context;
  if (setup.groups === undefined || caller === undefined) return context.identity;
  let found: Identity | Promise<Identity> = caller.identity;
  for (const requirement of requirements) {
    const access = { kind: "required", requirements: [requirement] } as const;
    const decided = setup.groups.decide(caller, context, (identity) => findRefusal(context, setup, identity, access));
    found = andThen(decided, ({ caller: { identity } }) => identity);
    if (isPromised(found) || found.groupsLack === undefined) return found;
  }
  return found;
}

/** Asks the guard whether it would admit a call. A stream outlives its request, so nothing here refers to that. */
function createMayUse({ route, setup }: RequestContext, identity: Identity | undefined, policy: NameRules): MayUse {
  return (kind, name) => {
    const access = policy.accessOf(kind, name);
    if (access === undefined || identity === undefined) return access === undefined;
    return findRefusal({ route }, setup, identity, access) === undefined;
  };
}

function copy(response: Response, body: BodyInit): Response {
  const { status, headers } = response;
  const changed = new Headers(headers);
  for (const name of bodyHeaders) changed.delete(name);
  return new Response(body, { status, headers: changed });
}

/** Answers 502. A response that the gate cannot filter must not leave it. */
function refuseOrigin(context: RequestContext, problem: string): OutgoingResponse {
  return context.refuse({
    reason: "origin_unreachable",
    cause: `the gate cannot filter the response of the MCP server: ${problem}`,
  });
}

/** Thrown if the origin has sessions and the gate has no usable key for them. */
export function missingSessionKey(): InternalError {
  return new InternalError("the MCP server uses sessions, and GATE_SESSION_KEY is missing or unusable");
}
