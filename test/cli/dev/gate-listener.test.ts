import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type GateListener, startGateListener } from "../../../cli/dev/gate-listener.ts";
import { type HeaderField, sendRequest } from "../../support/http.ts";
import { type OriginServer, startOriginServer } from "../../support/origin-server.ts";

let program: OriginServer;
let listener: GateListener;
let host: string;

beforeAll(async () => {
  program = await startOriginServer((_, response) => void response.end("answer"));
  listener = await startGateListener(0);
  host = new URL(listener.url).host;
});
afterAll(() => Promise.all([listener.stop(), program.stop()]));
beforeEach(() => listener.connect(program.port));

/** @returns the status, and the number of requests that reached the program */
async function send(path: string, headers: readonly HeaderField[] = [], host?: string) {
  const before = program.requests.length;
  const { status } = await sendRequest(listener.url, { path, headers, ...(host !== undefined && { host }) });
  return [status, program.requests.length - before];
}

describe("the server in front of a program", () => {
  it.each(["evil.example", "127.0.0.1", "127.0.0.1:1"])(
    "refuses a request under the host %s",
    { tags: "dev-pages" },
    async (foreign) => {
      expect(await send("/", [], foreign)).toEqual([421, 0]);
      expect(await send("/", [["Upgrade", "websocket"]], foreign)).toEqual([421, 0]);
    },
  );

  it("answers 503 while the program has no port", async () => {
    listener.disconnect();
    expect(await send("/")).toEqual([503, 0]);
  });

  it("passes a page of another origin on", async () => {
    expect(await send("/cdn-cgi-report", [["Origin", "http://localhost:5173"]])).toEqual([200, 1]);
  });

  it.each([
    "/cdn-cgi/local/explorer/api/storage/kv/namespaces",
    "/cdn-cgi/local/scheduled",
    "/cdn-cgi",
    "//cdn-cgi/local/scheduled",
    "/x/../cdn-cgi/local/scheduled",
    "/%2e/cdn-cgi/local/scheduled",
    "/%63dn-cgi/local/scheduled",
    "/cdn-cgi%2flocal/scheduled",
    "/cdn-cgi\\local\\scheduled",
    "/CDN-CGI/local/scheduled",
  ])("refuses other pages at Wrangler's path %s, and not programs", { tags: "dev-pages" }, async (path) => {
    for (const field of [
      ["Origin", "http://localhost:5173"],
      ["Origin", "null"],
      ["Sec-Fetch-Site", "same-site"],
      ["Sec-Fetch-Site", "cross-site"],
    ] as const) {
      expect([...field, ...(await send(path, [field]))]).toEqual([...field, 403, 0]);
      const upgrade: HeaderField[] = [field, ["Connection", "Upgrade"], ["Upgrade", "websocket"]];
      expect([...field, ...(await send(path, upgrade))]).toEqual([...field, 403, 0]);
    }
    for (const fields of [[], [["Origin", `http://${host}`]], [["Sec-Fetch-Site", "same-origin"]]] as const)
      expect(await send(path, fields)).toEqual([200, 1]);
  });

  it("removes headers with which Wrangler would read another address", async () => {
    const fields: HeaderField[] = [
      ["MF-Original-URL", `http://${host}/cdn-cgi/local/scheduled`],
      ["mf-route-override", "other"],
      ["X-One", "1"],
    ];
    expect(await send("/open", fields)).toEqual([200, 1]);
    const names = program.requests.at(-1)?.headers.map(([name]) => name);
    expect(names).toEqual(expect.arrayContaining(["Host", "X-One"]));
    expect(names?.filter((name) => /^mf-/i.test(name))).toEqual([]);
  });
});
