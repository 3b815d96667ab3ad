import type { FreeJson } from "../../../app/part.ts";
import * as limits from "../../../base/common/limits.ts";
import { isRecord } from "../../../base/common/objects.ts";
import { decodeUtf8 } from "../../../base/common/utf8.ts";
import { foldName } from "../../../base/http/letter-case.ts";
import { RpcError, type RpcErrorName, type RpcId } from "./rpc-error.ts";

/** What a protocol version allows in addition to single requests and notifications. */
export interface ProtocolVersion {
  readonly name: string;
  /** Sessions, GET streams, DELETE, and responses to requests of the server. */
  readonly hasSessions: boolean;
  readonly hasBatches: boolean;
  /**
   * Every method that a client may send. A method that is in no table is refused, because its effect is unknown.
   */
  readonly methods: ReadonlyMap<string, MethodRule>;
}

/** Kind of a name that a policy can protect. */
export type TargetKind = "tools" | "prompts" | "resources";

/** Member of a method's parameters that names its target. The header `Mcp-Name` repeats it. */
export interface MethodRule {
  readonly kind?: TargetKind;
  /** Member of `params`. */
  readonly nameIn?: "name" | "uri" | "taskId";
}

/** Method whose result has the versions of the server (2026-07-28, "Discovery"). */
export const discoverMethod = "server/discover";

const plain: MethodRule = {};

const inAllVersions: readonly (readonly [method: string, rule: MethodRule])[] = [
  ["tools/list", plain],
  ["tools/call", { kind: "tools", nameIn: "name" }],
  ["prompts/list", plain],
  ["prompts/get", { kind: "prompts", nameIn: "name" }],
  ["resources/list", plain],
  ["resources/templates/list", plain],
  ["resources/read", { kind: "resources", nameIn: "uri" }],
  ["completion/complete", plain],
  ["notifications/cancelled", plain],
  ["notifications/progress", plain],
  ["tasks/get", { nameIn: "taskId" }],
  ["tasks/cancel", { nameIn: "taskId" }],
];

const withSessions: ReadonlyMap<string, MethodRule> = new Map([
  ...inAllVersions,
  ["initialize", plain],
  ["ping", plain],
  ["logging/setLevel", plain],
  ["resources/subscribe", { kind: "resources", nameIn: "uri" }],
  ["resources/unsubscribe", { kind: "resources", nameIn: "uri" }],
  ["tasks/list", plain],
  ["tasks/result", { nameIn: "taskId" }],
  ["notifications/initialized", plain],
  ["notifications/roots/list_changed", plain],
  ["notifications/tasks/status", plain],
]);

const withoutSessions: ReadonlyMap<string, MethodRule> = new Map([
  ...inAllVersions,
  [discoverMethod, plain],
  ["subscriptions/listen", plain],
  ["tasks/update", { nameIn: "taskId" }],
]);

/**
 * The first version that has the header. Requests without the header have this version (2025-06-18, "Protocol Version
 * Header").
 */
const withoutHeader: ProtocolVersion = {
  name: "2025-03-26",
  hasSessions: true,
  hasBatches: true,
  methods: withSessions,
};

const versions: readonly ProtocolVersion[] = [
  withoutHeader,
  { name: "2025-06-18", hasSessions: true, hasBatches: false, methods: withSessions },
  { name: "2025-11-25", hasSessions: true, hasBatches: false, methods: withSessions },
  { name: "2026-07-28", hasSessions: false, hasBatches: false, methods: withoutSessions },
];

/**
 * The version before Streamable HTTP. Clients send the header after a server chose the version, or while they
 * initialize. The server answers them, so the gate reads their messages.
 */
const beforeStreamableHttp: ProtocolVersion = { ...withoutHeader, name: "2024-11-05", hasBatches: false };

/** Versions for which the protocol defines this transport. */
export const versionNames: readonly string[] = versions.map(({ name }) => name);
const readableVersions: readonly ProtocolVersion[] = [...versions, beforeStreamableHttp];

/** @returns `undefined` for an unknown version */
export function findVersion(header: string | null): ProtocolVersion | undefined {
  if (header === null) return withoutHeader;
  return readableVersions.find(({ name }) => name === header);
}

/**
 * The arguments of tools: `params.arguments` of a `tools/call`, alone or in a batch. They are data for the tool, and no
 * decision of the gate depends on them. The names on the way to them are decisive, so the rest of the message is
 * strict.
 */
export const toolArguments: FreeJson = {
  namesMaximum: limits.mcpArgumentNames,
  depthMaximum: limits.mcpArgumentDepth,
  separate(body) {
    const free: unknown[] = [];
    const separateOne = (message: unknown): unknown => {
      if (!isRecord(message) || message.method !== "tools/call") return message;
      const { params } = message;
      if (!isRecord(params) || !Object.hasOwn(params, "arguments")) return message;
      free.push(params.arguments);
      return { ...message, params: { ...params, arguments: null } };
    };
    return { strict: Array.isArray(body) ? body.map(separateOne) : separateOne(body), free };
  },
};

/** The parts of a client's message that the gate needs. */
export interface Message {
  /** `undefined` for a response. */
  readonly method: string | undefined;
  readonly rule: MethodRule;
  readonly params: Readonly<Record<string, unknown>>;
  readonly id: RpcId | undefined;
}

type Members = Readonly<Record<string, unknown>>;

const versionKey = "io.modelcontextprotocol/protocolVersion";

/** Members that decide what a message requires. */
const decisiveNames = [
  ...["jsonrpc", "id", "method", "params", "arguments", "result", "error"],
  ...["name", "uri", "taskId", "ref", "type", "notifications", "resourceSubscriptions", "_meta", versionKey],
];
const namesByFold = new Map(decisiveNames.map((name) => [foldName(name), name]));

/**
 * Reads the messages of a parsed body.
 *
 * @param body value of the JSON; `undefined` if the body is empty
 * @returns at least one message
 * @throws RpcError if a message is malformed, or the protocol version does not have it
 */
export function readMessages(body: unknown, version: ProtocolVersion): readonly Message[] {
  if (body === undefined) throw new RpcError(400, "McpParseError", "The body is empty.");
  if (!Array.isArray(body)) return [readMessage(body, version)];
  if (!version.hasBatches || body.length === 0) {
    throw new RpcError(
      400,
      "McpInvalidRequestError",
      "The protocol version does not support batches, or the batch is empty.",
    );
  }
  return body.map((item) => readMessage(item, version));
}

function readMessage(value: unknown, version: ProtocolVersion): Message {
  if (!isRecord(value) || value.jsonrpc !== "2.0")
    throw createRpcError("McpInvalidRequestError", "The message is not JSON-RPC 2.0.");
  checkSpelling(value);
  const { id, method } = value;
  // Some clients write `null` in place of absent params.
  const params = value.params ?? {};
  if (id !== undefined && !isId(id)) {
    throw createRpcError("McpInvalidRequestError", "The id of a message must be a string or a number.");
  }
  if (method === undefined) return readResponse(value, version);
  if (typeof method !== "string")
    throw createRpcError("McpInvalidRequestError", "The method of a message must be a string.", id);
  if (!isRecord(params))
    throw createRpcError("McpInvalidParamsError", "The params of a message must be an object.", id);
  const rule = version.methods.get(method);
  if (rule === undefined)
    throw new RpcError(404, "McpMethodNotFoundError", "This server does not support the method.", id);
  return { method, rule, params, id };
}

/** @returns the id of a request whose messages the gate does not read; `null` if it has none, or is a batch */
export function findId(body: unknown): RpcId {
  return isRecord(body) && isId(body.id) ? body.id : null;
}

function isId(id: unknown): id is string | number {
  return typeof id === "string" || typeof id === "number";
}

/**
 * Refuses a decisive member in another letter case. Servers that ignore letter case, such as servers in Go, would read
 * it, but the gate would not. Members of a tool's arguments are not checked, because no decision depends on them.
 */
function checkSpelling(message: Members): void {
  const { params } = message;
  const nested = isRecord(params) ? [params, params.ref, params.notifications, params._meta] : [];
  for (const members of [message, ...nested].filter(isRecord)) {
    for (const name of Object.keys(members)) {
      const decisive = namesByFold.get(foldName(name));
      if (decisive !== undefined && decisive !== name)
        throw createRpcError("McpInvalidRequestError", "The letter case of a member differs from the protocol.");
    }
  }
}

/** Responses to requests of the server, in protocol versions with sessions. */
function readResponse({ id, result, error }: Members, { hasSessions }: ProtocolVersion): Message {
  if (!hasSessions || id === undefined || (result === undefined) === (error === undefined)) {
    throw createRpcError("McpInvalidRequestError", "A message must have a method, or be a response to a request.");
  }
  return { method: undefined, rule: {}, params: {}, id: id as RpcId };
}

/**
 * Checks that the headers of a request match its body, in protocol versions that repeat the body's members in headers.
 * A proxy in front of the gate may have decided by the headers (2026-07-28, "Server Validation").
 *
 * @throws RpcError with code -32020 if they differ, are missing or cannot be decoded; with code -32602 if a request
 *   does not name its version in the body
 */
export function checkHeaders(headers: Headers, message: Message, version: ProtocolVersion): void {
  const { method, rule, params, id } = message;
  const said = isRecord(params._meta) ? params._meta[versionKey] : undefined;
  if (version.hasSessions) {
    if (typeof said === "string" && said === versionNames.at(-1)) throw mismatch("MCP-Protocol-Version", id);
    return;
  }
  const isRequest = id !== undefined;
  const methodHeader = headers.get("mcp-method");
  if (isRequest && typeof said !== "string") {
    throw createRpcError("McpInvalidParamsError", "The params must have _meta with the protocol version.", id);
  }
  if (said !== undefined && said !== version.name) throw mismatch("MCP-Protocol-Version", id);
  if (methodHeader === null ? isRequest : methodHeader !== method) throw mismatch("Mcp-Method", id);
  const nameHeader = headers.get("mcp-name");
  const mayDecide = rule.nameIn !== undefined && (isRequest || nameHeader !== null);
  if (mayDecide && decodeName(nameHeader) !== params[rule.nameIn]) throw mismatch("Mcp-Name", id);
}

/** @returns `undefined` if it is absent, or is not canonical base64 of UTF-8 */
function decodeName(header: string | null): string | undefined {
  if (header === null) return undefined;
  const [, base64] = /^=\?base64\?(.*)\?=$/.exec(header) ?? [];
  if (base64 === undefined) return header;
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const isCanonical = btoa(String.fromCharCode(...bytes)) === base64;
    return isCanonical ? decodeUtf8(bytes) : undefined;
  } catch {
    return undefined;
  }
}

function mismatch(header: string, id: RpcId | undefined): RpcError {
  return createRpcError("McpHeaderMismatchError", `The header ${header} does not match the body.`, id);
}

function createRpcError(name: RpcErrorName, message: string, id: RpcId | undefined = null): RpcError {
  return new RpcError(400, name, message, id);
}
