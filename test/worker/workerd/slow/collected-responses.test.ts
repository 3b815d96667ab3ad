import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { cors } from "../../../../src/app/hooks/cors.ts";
import { platformIo } from "../../../../src/base/common/io.ts";
import { copyResponse } from "../../../../src/base/http/response-copy.ts";
import { createDownstreamFetch } from "../../../../src/extensions/downstream/downstream-fetch.ts";
import { anyOrigin } from "../../../../src/extensions/mcp/discovery/cors.ts";
import { type OriginServer, startOriginServer } from "../../../support/origin-server.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

const text = "x".repeat(400);
let origin: OriginServer;

beforeAll(async () => {
  origin = await startOriginServer((_, response) => {
    response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(text));
  });
});
afterAll(() => origin?.stop());

const page = new Request("https://api.contoso.com/", { headers: { origin: "https://app.contoso.com" } });
const getToken = async () => ({ accessToken: "token", expiresAtSeconds: Number.POSITIVE_INFINITY });
const ask = () => fetch(origin.url);

it.each<[what: string, get: () => unknown]>([
  ["a copy", async () => copyResponse(await ask())],
  ["a copy of a copy", async () => copyResponse(copyResponse(await ask()))],
  ["the response of downstreamFetch", () => createDownstreamFetch(platformIo, getToken)(origin.url, { scopes: [] })],
  ["a response with CORS headers", async () => cors({ origin: "https://app.contoso.com" }).cors?.(page, await ask())],
  ["a response to an MCP client in a browser", async () => anyOrigin(page, await ask())],
])("the body of %s can be read after the response that it is made of was collected", async (_what, get) => {
  const response = (await get()) as Response;
  for (let count = 0; count < 5; count += 1) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(await response.text()).toBe(text);
});
