import { connect } from "node:net";
import { connect as connectSecurely } from "node:tls";

export type HeaderField = readonly [name: string, value: string];

export interface HttpRequest {
  readonly method?: string;
  /** Request target, sent unchanged; `/orders` if absent. */
  readonly path?: string;
  /** Sent unchanged, one line each, in Latin-1, after `Host` and `Connection: close`. */
  readonly headers?: readonly HeaderField[];
  readonly host?: string;
  /** Sent with its length, unless the headers have `Transfer-Encoding`. */
  readonly body?: string;
  /** Address of the client. On Linux, any below 127. works. */
  readonly from?: string;
}

export interface HttpAnswer {
  readonly status: number;
  /** In the order received, names in lower case. */
  readonly headers: readonly HeaderField[];
  readonly body: string;
}

/**
 * Sends one request unchanged over its own connection, because HTTP clients refuse or repair exactly the headers that a
 * hostile caller would send.
 *
 * @param origin `http://127.0.0.1:PORT`; the certificate of an https origin is not checked
 */
export async function sendRequest(origin: string, request: HttpRequest): Promise<HttpAnswer> {
  const { protocol, hostname, port, host } = new URL(origin);
  const { from } = request;
  const place = { host: hostname, port: Number(port), ...(from !== undefined && { localAddress: from }) };
  const socket = protocol === "https:" ? connectSecurely({ ...place, rejectUnauthorized: false }) : connect(place);
  socket.write(formatRequest(request, host), "latin1");
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return parseAnswer(Buffer.concat(chunks));
}

/**
 * Sends any bytes over their own connection, and nothing after them.
 *
 * @param text in Latin-1
 * @returns all received text until the connection closed, in Latin-1
 */
export async function sendBytes(origin: string, text: string): Promise<string> {
  const { hostname, port } = new URL(origin);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  socket.end(text, "latin1");
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of socket) chunks.push(chunk);
  } catch (error) {
    // A server may close the connection after its response, without reading the rest.
    if ((error as NodeJS.ErrnoException).code !== "ECONNRESET") throw error;
  }
  return Buffer.concat(chunks).toString("latin1");
}

/** The values of a header; empty if it is absent. */
export function readHeader(answer: HttpAnswer, name: string): readonly string[] {
  return answer.headers.filter(([candidate]) => candidate === name).map(([, value]) => value);
}

function formatRequest(request: HttpRequest, ownHost: string): string {
  const { method = "GET", path = "/orders", headers = [], host = ownHost, body } = request;
  const isWhole = body !== undefined && !headers.some(([name]) => name === "Transfer-Encoding");
  const fields: readonly HeaderField[] = [
    ["Host", host],
    ["Connection", "close"],
    ...headers,
    ...(isWhole ? [["Content-Length", String(Buffer.byteLength(body, "latin1"))] as const] : []),
  ];
  const lines = fields.map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${path} HTTP/1.1`, ...lines, "", body ?? ""].join("\r\n");
}

function parseAnswer(bytes: Buffer): HttpAnswer {
  const end = bytes.indexOf("\r\n\r\n");
  if (end === -1) throw new Error(`no HTTP answer, but ${bytes.length} bytes`);
  const [statusLine = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const headers = lines.map((line): HeaderField => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const body = bytes.subarray(end + 4);
  const chunked = headers.some(([name, value]) => name === "transfer-encoding" && value === "chunked");
  return { status: Number(statusLine.split(" ")[1]), headers, body: (chunked ? joinChunks(body) : body).toString() };
}

/** RFC 9112 section 7.1. */
function joinChunks(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = bytes.indexOf("\r\n", at);
    const size = Number.parseInt(bytes.toString("latin1", at, end), 16);
    if (!(size > 0)) return Buffer.concat(chunks);
    chunks.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}
