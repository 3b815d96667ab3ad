/**
 * Whether this is Cloudflare's runtime. It alone hands an origin's compressed body over as it came, and sends a stream
 * with a length; as the Fetch Standard has it, a body is decompressed under headers that still call it compressed.
 */
export function isWorkers(): boolean {
  return typeof FixedLengthStream !== "undefined";
}
