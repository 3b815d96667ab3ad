import { createHash } from "node:crypto";

export interface RequestDescription {
  readonly method: string;
  readonly url: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

interface BodyDescription {
  readonly bytes: number;
  /** SHA-256 in hexadecimal. */
  readonly sha256: string;
  /** Only for bodies of up to 4 KiB. */
  readonly text?: string;
}

const maxTextBytes = 4096;

export function describeRequest(request: Request): RequestDescription {
  const url = new URL(request.url);
  return {
    method: request.method,
    url: request.url,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: showHeaders(request.headers),
  };
}

/** Browsers send the cookies of all programs on this machine. */
export function showHeaders(headers: Headers): Readonly<Record<string, string>> {
  return Object.fromEntries([...headers].map(([name, value]) => [name, name === "cookie" ? "(not shown)" : value]));
}

/** Returns the request as JSON, and its body as length and hash. */
export async function createEcho(request: Request): Promise<Response> {
  return Response.json({ ...describeRequest(request), body: await readBody(request) });
}

/** Reads the body to its end. It keeps only the first 4 KiB. */
export async function readBody(request: Request): Promise<BodyDescription> {
  const hash = createHash("sha256");
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = "";
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes <= maxTextBytes) text += decoder.decode(chunk, { stream: true });
    hash.update(chunk);
  }
  return { bytes, sha256: hash.digest("hex"), ...(bytes <= maxTextBytes && { text: text + decoder.decode() }) };
}
