/**
 * Whether this is Cloudflare's runtime. It alone hands an origin's compressed body over as it came, and sends a stream
 * with a length; as the Fetch Standard has it, a body is decompressed under headers that still call it compressed.
 */
export function isWorkers(): boolean {
  return (globalThis as { readonly FixedLengthStream?: unknown }).FixedLengthStream !== undefined;
}

/**
 * Headers for one response, of headers that many responses have. Workers copy what a response is made of; the Response of
 * `@hono/node-server` keeps the object, so that whoever changed one response's headers would change everybody's.
 */
export function copyHeaders(shared: Headers): Headers {
  return isWorkers() ? shared : new Headers(shared);
}
