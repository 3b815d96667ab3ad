import { describe, expect, it } from "vitest";
import { createDownstreamFetch } from "../../../src/extensions/downstream/downstream-fetch.ts";
import { createFakeIo } from "../../support/io.ts";
import { leaveWorkers } from "../../support/runtime.ts";

const token = { accessToken: "token", expiresAtSeconds: Number.POSITIVE_INFINITY };
const url = "https://api.contoso.com/orders";

/** Answers as `fetch` of Node does, which decodes a body and keeps the headers of the encoded one. */
function fetchFrom(coding?: string): Promise<Response> {
  leaveWorkers();
  const headers = { "content-length": "5", ...(coding !== undefined && { "content-encoding": coding }) };
  const response = Object.defineProperty(new Response("hello", { headers }), "url", { value: url });
  return createDownstreamFetch(createFakeIo({ fetch: async () => response }), async () => token)(url, { scopes: [] });
}

describe("the response of downstreamFetch", () => {
  it.each([
    ["gzip", null],
    [undefined, "5"],
  ])("has the URL that answered, with the coding %s", async (coding, length) => {
    const response = await fetchFrom(coding);
    expect([response.url, response.headers.get("content-length"), await response.text()]).toEqual([
      url,
      length,
      "hello",
    ]);
  });
});
