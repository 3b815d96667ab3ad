import { once } from "node:events";
import { connect } from "node:http2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gateRuntime } from "../../../support/gate-runtime.ts";
import { type OriginServer, startOriginServer, valuesOf } from "../../../support/origin-server.ts";
import { type OriginStack, parseAnswer, startOriginStack } from "../../../support/origin-stack.ts";

let origin: OriginServer;
let stack: OriginStack;
/** A gate that also returns the responses of other servers. */
let fetching: OriginStack;

beforeAll(async () => {
  origin = await startOriginServer(async ({ target, whole }, response, socket) => {
    // Node's server would not send the body.
    if (target.endsWith("?reset")) socket.end("HTTP/1.1 205 Reset Content\r\nContent-Length: 2\r\n\r\nok");
    else {
      await whole;
      response.end();
    }
  });
  const vars = { ORIGIN_URL: origin.url };
  [stack, fetching] = await Promise.all([
    startOriginStack({ vars }),
    startOriginStack({ entry: "test/gates/encodings.ts", vars }),
  ]);
});
afterAll(() => Promise.all([stack?.stop(), fetching?.stop(), origin?.stop()]));

describe("a response with status 205", () => {
  it.each(["/orders?reset", "/downstream?", "/public?", "/fetched?"])("has no length but 0: %s", async (path) => {
    const url = path.endsWith("?") ? `url=${encodeURIComponent(`${origin.url}/?reset`)}` : "";
    const { status, headers, body } = parseAnswer(await fetching.sendRaw("GET", path + url));
    const lengths = headers.filter((line) => /^content-length:/i.test(line)).map((line) => Number(line.split(":")[1]));
    expect([status, body]).toEqual([205, ""]);
    expect([[], [0]]).toContainEqual(lengths);
  });
});

describe("a request without a body", () => {
  it.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])("is forwarded without one: %s", async (method) => {
    for (const headers of [[], ["Content-Length: 0"]]) {
      await stack.sendRaw(method, "/orders", headers);
      const seen = origin.requests.at(-1)!;
      expect(seen.method).toBe(method);
      expect(valuesOf(seen, "transfer-encoding")).toEqual([]);
      expect(["0", ""]).toContain(valuesOf(seen, "content-length").join());
    }
  });
});

// The other servers under test do not speak HTTP/2.
describe.runIf(gateRuntime === "deno")("a body over HTTP/2 without a length", () => {
  it.each([[[]], [["a"]], [["hello ", "world"]], [["x".repeat(300_000), "y".repeat(300_000)]]])(
    "arrives whole",
    async (parts) => {
      const client = connect(stack.gateUrl);
      const request = client.request({
        ":method": "POST",
        ":path": "/orders?h2",
        authorization: `Bearer ${stack.token}`,
      });
      for (const part of parts) request.write(part);
      request.end();
      const [answer] = await once(request, "response");
      expect(answer[":status"]).toBe(200);
      client.destroy();
      const seen = origin.requests.at(-1)!;
      await seen.whole;
      expect(seen.bytes()).toBe(parts.join("").length);
      expect(seen.text().startsWith(parts.join("").slice(0, 4_096))).toBe(true);
    },
  );
});
