import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gateRuntime } from "../../../support/gate-runtime.ts";
import { type OriginServer, startOriginServer } from "../../../support/origin-server.ts";
import { type OriginStack, parseAnswer, startOriginStack } from "../../../support/origin-stack.ts";

describe("an address in the origin's response", () => {
  let origin: OriginServer;
  let stack: OriginStack;

  beforeAll(async () => {
    origin = await startOriginServer(({ target }, response) => {
      const [status, name, value] = JSON.parse(decodeURIComponent(target.slice(target.indexOf("?") + 1)));
      response.writeHead(status, { [name]: value }).end();
    });
    stack = await startOriginStack({ vars: { ORIGIN_URL: `${origin.url}/base` } });
  });
  afterAll(() => Promise.all([stack?.stop(), origin?.stop()]));

  /** Returns the client's value of a header that the origin sends. */
  async function receive(status: number, name: string, value: string): Promise<string | undefined> {
    const query = encodeURIComponent(JSON.stringify([status, name, value]));
    const answer = parseAnswer(await stack.sendRaw("GET", `/orders?${query}`));
    expect(answer.status).toBe(status);
    const line = answer.headers.find((candidate) => candidate.toLowerCase().startsWith(`${name.toLowerCase()}: `));
    return line?.slice(name.length + 2);
  }

  it.each([
    [200, "Content-Location"],
    [201, "Location"],
    [301, "Location"],
    [302, "Location"],
    [303, "Location"],
    [307, "Location"],
    [308, "Location"],
  ])("becomes the gate's if it was the origin's: %i with %s", async (status, name) => {
    const { gateUrl } = stack;
    expect(await receive(status, name, `${origin.url}/base/next?a=b#c`)).toBe(`${gateUrl}/next?a=b#c`);
    expect(await receive(status, name, `${origin.url.replace("http:", "")}/base/next`)).toBe(`${gateUrl}/next`);
    expect(await receive(status, name, "/base/next?a=b#c")).toBe("/next?a=b#c");
    expect(await receive(status, name, "/base//elsewhere.example/")).toBe(`${gateUrl}//elsewhere.example/`);
  });

  it("leads back to the address that the origin means", async () => {
    const location = await receive(302, "Location", `${origin.url}/base/next?${encodeURIComponent('[200,"X-A","1"]')}`);
    const answer = await stack.send(location!.slice(stack.gateUrl.length));
    expect([answer.status, answer.headers.get("x-a")]).toEqual([200, "1"]);
    expect(origin.requests.at(-1)?.target).toMatch(/^\/base\/next\?/);
  });

  it("is unchanged if it is any other address", async () => {
    const others = [
      "https://elsewhere.example/base/next",
      "//elsewhere.example/base/next",
      "http://127.0.0.1:1/base/next",
      "../base/next",
      "/other",
      "mailto:orders@contoso.example",
      "http://[",
    ];
    for (const value of others) expect(await receive(302, "Location", value), value).toBe(value);
    const own = `${origin.url}/base/next`;
    expect(await receive(200, "Link", `<${own}>; rel=next`)).toBe(`<${own}>; rel=next`);
    expect(await receive(200, "Refresh", `0; url=${own}`)).toBe(`0; url=${own}`);
  });

  // @hono/node-server 2.1.9 writes headers as UTF-8 if a body follows.
  it.skipIf(gateRuntime === "node")("keeps a byte that is not UTF-8 in any other address", async () => {
    expect(await receive(302, "Location", "/caf\u00e9")).toBe("/caf\u00e9");
  });
});
