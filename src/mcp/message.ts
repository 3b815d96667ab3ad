import { foldName } from "../app/contract/json.ts";
import { findMethod, type MethodRule, type ProtocolVersion, versionNames } from "./protocol.ts";
import { RpcError, type RpcErrorName, type RpcId } from "./rpc-error.ts";

/** A message of a client, as far as it matters here. */
export interface Message {
  /** `undefined` for a response. */
  readonly method: string | undefined;
  readonly rule: MethodRule;
  readonly params: Readonly<Record<string, unknown>>;
  readonly id: RpcId | undefined;
}

type Members = Readonly<Record<string, unknown>>;

const versionKey = "io.modelcontextprotocol/protocolVersion";

/** Members by which the gate decides what a message asks for. */
const decisiveNames = [
  ...["jsonrpc", "id", "method", "params", "result", "error"],
  ...["name", "uri", "taskId", "ref", "type", "notifications", "resourceSubscriptions", "_meta", versionKey],
];
const namesByFold = new Map(decisiveNames.map((name) => [foldName(name), name]));

/**
 * Reads the messages of a body that was parsed.
 *
 * @param body value of the JSON; `undefined` where the body is empty
 * @returns at least one
 * @throws RpcError where one is malformed, or is none that the version knows
 */
export function readMessages(body: unknown, version: ProtocolVersion): readonly Message[] {
  if (body === undefined) throw new RpcError(400, "McpParseError", "The body is empty.");
  if (!Array.isArray(body)) return [readMessage(body, version)];
  if (!version.hasBatches || body.length === 0) {
    throw new RpcError(400, "McpInvalidRequestError", "The protocol version has no batches, or this one is empty.");
  }
  return body.map((item) => readMessage(item, version));
}

function readMessage(value: unknown, version: ProtocolVersion): Message {
  if (!isObject(value) || value.jsonrpc !== "2.0")
    throw refuse("McpInvalidRequestError", "This is no message of JSON-RPC 2.0.");
  checkSpelling(value);
  const { id, method, params = {} } = value;
  if (id !== undefined && typeof id !== "string" && typeof id !== "number") {
    throw refuse("McpInvalidRequestError", "The id of a message is a string or a number.");
  }
  if (method === undefined) return readResponse(value, version);
  if (typeof method !== "string") throw refuse("McpInvalidRequestError", "The method of a message is a string.", id);
  if (!isObject(params)) throw refuse("McpInvalidParamsError", "The parameters of a message are an object.", id);
  const rule = findMethod(version, method);
  if (rule === undefined) throw new RpcError(404, "McpMethodNotFoundError", "The method is not served here.", id);
  return { method, rule, params, id };
}

/**
 * Refuses a decisive member in another letter case. Servers that ignore letter case, as in Go, would read it, and the gate
 * would decide without it. Arguments of tools are not checked: no decision depends on them.
 */
function checkSpelling(message: Members): void {
  const { params } = message;
  const nested = isObject(params) ? [params, params.ref, params.notifications, params._meta] : [];
  for (const members of [message, ...nested].filter(isObject)) {
    const isMisspelled = (name: string) => (namesByFold.get(foldName(name)) ?? name) !== name;
    if (Object.keys(members).some(isMisspelled))
      throw refuse(
        "McpInvalidRequestError",
        "A member of the message has another letter case than the protocol defines.",
      );
  }
}

/** What the server asked of the client, in versions with sessions. */
function readResponse({ id, result, error }: Members, { hasSessions }: ProtocolVersion): Message {
  if (!hasSessions || id === undefined || (result === undefined) === (error === undefined)) {
    throw refuse("McpInvalidRequestError", "A message has a method, or is the response to a request.");
  }
  return { method: undefined, rule: {}, params: {}, id: id as RpcId };
}

/**
 * Holds the headers of a request to its body, in versions in which they repeat it: proxies in front may have decided by them
 * (2026-07-28, "Server Validation").
 *
 * @throws RpcError with code -32020 where they differ, are missing or cannot be decoded
 */
export function checkHeaders(headers: Headers, message: Message, version: ProtocolVersion): void {
  const { method, rule, params, id } = message;
  const said = isObject(params._meta) ? params._meta[versionKey] : undefined;
  if (version.hasSessions) {
    if (typeof said === "string" && said === versionNames.at(-1)) throw mismatch("MCP-Protocol-Version", id);
    return;
  }
  const isRequest = id !== undefined;
  const methodHeader = headers.get("mcp-method");
  if (said === undefined ? isRequest : said !== version.name) throw mismatch("MCP-Protocol-Version", id);
  if (methodHeader === null ? isRequest : methodHeader !== method) throw mismatch("Mcp-Method", id);
  const nameHeader = headers.get("mcp-name");
  const name = rule.nameIn && params[rule.nameIn];
  if (rule.nameIn !== undefined && isRequest && decodeName(nameHeader) !== name) throw mismatch("Mcp-Name", id);
}

/** @returns `undefined` where it is absent, or is no canonical base64 of UTF-8 */
function decodeName(header: string | null): string | undefined {
  if (header === null) return undefined;
  const [, base64] = /^=\?base64\?(.*)\?=$/.exec(header) ?? [];
  if (base64 === undefined) return header;
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const isCanonical = btoa(String.fromCharCode(...bytes)) === base64;
    return isCanonical ? new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) : undefined;
  } catch {
    return undefined;
  }
}

function mismatch(header: string, id: RpcId | undefined): RpcError {
  return refuse("McpHeaderMismatchError", `The header ${header} does not match the body.`, id);
}

function refuse(name: RpcErrorName, message: string, id: RpcId | undefined = null): RpcError {
  return new RpcError(400, name, message, id);
}

export function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
