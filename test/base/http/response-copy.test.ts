import { beforeEach, describe, expect, it } from "vitest";
import { copyDecoded, isDecoded } from "../../../src/base/http/response-copy.ts";
import { leaveWorkers } from "../../support/runtime.ts";

beforeEach(() => leaveWorkers({ Deno: undefined }));

const runtimes = {
  "Node with undici 6": { process: { versions: { undici: "6.24.1" } } },
  "Node with undici 8": { process: { versions: { undici: "8.10.2" } } },
  Bun: { process: { versions: { bun: "1.4.5" } } },
  Deno: { Deno: {} },
};

/** A response as `fetch` returns it: with a URL. */
function fetched(coding?: string): Response {
  const headers = { "content-length": "5", ...(coding !== undefined && { "content-encoding": coding }) };
  return Object.defineProperty(new Response("hello", { headers }), "url", { value: "https://api.contoso.com/" });
}

describe("a copy of a response that fetch has decoded", () => {
  // What `fetch` of each runtime does with these codings was measured. What it does not decode keeps its coding.
  it.each<[keyof typeof runtimes, readonly string[], readonly string[]]>([
    [
      "Node with undici 6",
      ["gzip", "x-gzip", "GZIP", "deflate", "br", "gzip, br"],
      ["zstd", "gzip, zstd", "gzip, identity"],
    ],
    ["Node with undici 8", ["gzip", "deflate", "br", "zstd", "gzip, zstd"], ["compress", "gzip, identity"]],
    ["Bun", ["gzip", "x-gzip", "deflate", "br", "zstd"], ["gzip, br"]],
    ["Deno", ["gzip", "GZIP", "br"], ["x-gzip", "deflate", "zstd", "gzip, br"]],
  ])("has no coding on %s after %j, and keeps %j", (runtime, decoded, kept) => {
    leaveWorkers(runtimes[runtime]);
    const leave = (coding: string) => copyDecoded(fetched(coding)).headers.get("content-encoding");
    expect(decoded.map(leave)).toEqual(decoded.map(() => null));
    expect(kept.map(leave)).toEqual(kept);
    for (const coding of [...decoded, ...kept])
      expect(copyDecoded(fetched(coding)).headers.has("content-length")).toBe(false);
  });

  it("is not made of a response without a coding", () => {
    expect([isDecoded(fetched("gzip")), isDecoded(fetched())]).toEqual([true, false]);
  });
});
