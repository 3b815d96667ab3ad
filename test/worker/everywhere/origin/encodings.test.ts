import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gateRuntime } from "../../../support/gate-runtime.ts";
import { type OriginServer, startOriginServer } from "../../../support/origin-server.ts";
import { type OriginStack, parseAnswer, startOriginStack } from "../../../support/origin-stack.ts";

const forged = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged";
const text = `${"x".repeat(400)}${forged}`;
const bodies: Readonly<Record<string, Buffer>> = {
  gzip: gzipSync(text),
  br: brotliCompressSync(text),
  deflate: deflateSync(text),
  zstd: zstdCompressSync(text),
  "gzip, br": brotliCompressSync(gzipSync(text)),
};

let origin: OriginServer;
let stack: OriginStack;

beforeAll(async () => {
  origin = await startOriginServer(({ target }, response) => {
    const coding = decodeURIComponent(target.slice(target.indexOf("?") + 1));
    const body = bodies[coding];
    // Node passes `Connection` on from a handler's own fetch. With `keep-alive`, the client would wait for seconds.
    const headers = { "content-encoding": coding, "content-length": body?.length, connection: "close" };
    response.writeHead(200, headers).end(body);
  });
  stack = await startOriginStack({ entry: "test/gates/encodings.ts", vars: { ORIGIN_URL: origin.url } });
});
afterAll(() => Promise.all([stack?.stop(), origin?.stop()]));

const readFrom = (coding: string) => `url=${encodeURIComponent(`${origin.url}/?${encodeURIComponent(coding)}`)}`;

const pathOf: Readonly<Record<string, (coding: string) => string>> = {
  "a forwarded response": (coding) => `/orders?${encodeURIComponent(coding)}`,
  "the response of downstreamFetch": (coding) => `/downstream?${readFrom(coding)}`,
  // On Deno, a handler must remove these headers itself: the gate cannot tell whether `fetch` has decoded the body.
  ...(gateRuntime !== "deno" && {
    "the response of a public handler's own fetch": (coding: string) => `/public?${readFrom(coding)}`,
    "the response of a handler's own fetch": (coding: string) => `/fetched?${readFrom(coding)}`,
  }),
};
const rows = Object.keys(pathOf).flatMap((what) => Object.keys(bodies).map((coding) => [what, coding] as const));

describe("an encoded body", () => {
  it.each(rows)("of %s has no length but its own, with %s", async (what, coding) => {
    const { status, headers, body } = parseAnswer(await stack.sendRaw("GET", pathOf[what]!(coding)));
    expect(status).toBe(200);
    const length = headers.find((line) => /^content-length:/i.test(line));
    if (length !== undefined) expect(Buffer.from(body, "latin1").length).toBe(Number(length.split(":")[1]));
    // Where the coding stays, the body is still encoded.
    const isDecodedInDeno = what.includes("downstreamFetch") && ["gzip", "br"].includes(coding);
    const isDecoded = gateRuntime === "node" || (gateRuntime === "deno" && isDecodedInDeno);
    if (isDecoded) expect(headers.filter((line) => /^content-(?:encoding|length):/i.test(line))).toEqual([]);
  });

  it.each(rows)("of %s reaches the client whole, with %s", async (what, coding) => {
    expect(await readText(await stack.send(pathOf[what]!(coding)))).toBe(text);
  });
});

/** The fetch of Node 22, which is the client here, does not decode zstd. */
async function readText(response: Response): Promise<string> {
  const body = Buffer.from(await response.arrayBuffer());
  return String(body.readUInt32BE() === 0x28b52ffd ? zstdDecompressSync(body) : body);
}
