import { HttpError } from "../../../app/part.ts";

/** Codes of JSON-RPC 2.0 and of the Model Context Protocol. */
const codes = {
  McpParseError: -32_700,
  McpInvalidRequestError: -32_600,
  McpMethodNotFoundError: -32_601,
  McpInvalidParamsError: -32_602,
  McpSessionNotFoundError: -32_001,
  McpOriginNotAllowedError: -32_000,
  McpMethodNotAllowedError: -32_000,
  McpHeaderMismatchError: -32_020,
  McpUnsupportedVersionError: -32_022,
} as const;

export type RpcErrorName = keyof typeof codes;
export type RpcId = string | number | null;

/** A refused message. The client gets an error response of JSON-RPC. The log has the name as the reason. */
export class RpcError extends HttpError {
  override readonly name: RpcErrorName;
  readonly #id: RpcId;
  readonly #data: object | undefined;

  /**
   * @param message fixed text that contains nothing of the request
   * @param id of the request, if it could be read
   */
  constructor(status: number, name: RpcErrorName, message: string, id: RpcId = null, data?: object) {
    super(status, { title: message });
    this.name = name;
    this.#id = id;
    this.#data = data;
  }

  override toResponse(): Response {
    const error = { code: codes[this.name], message: this.message, data: this.#data };
    return Response.json(
      { jsonrpc: "2.0", id: this.#id, error },
      { status: this.status, headers: { "cache-control": "no-store" } },
    );
  }
}
