import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gateRuntime } from "../support/gate-runtime.ts";
import { type OriginServer, startOriginServer } from "../support/origin-server.ts";
import { type OriginStack, startOriginStack } from "../support/origin-stack.ts";
import { serveByFile } from "../support/runtimes/serve-file.ts";

/** Node has no test project, so its gate runs next to that in workerd. */
const underTest = gateRuntime === "workerd" ? ["workerd", "Node"] : [gateRuntime];
const runInNode = (entry: string, vars: Readonly<Record<string, string>>) => serveByFile("Node", entry, vars);

let origin: OriginServer;
let stack: OriginStack;

describe.each(underTest)("in %s", (runtime) => {
  beforeAll(async () => {
    origin = await startOriginServer(async ({ whole }, response) => {
      await whole;
      response.end();
    });
    const entry = "test/gates/bodies.ts";
    const options = runtime === "Node" ? { runGate: runInNode } : {};
    stack = await startOriginStack({ entry, vars: { ORIGIN_URL: origin.url }, ...options });
  });
  afterAll(() => Promise.all([stack.stop(), origin.stop()]));

  /** The status, and the bodies that reached the origin. */
  async function post(body: string): Promise<[number, string[]]> {
    const before = origin.requests.length;
    const headers = { "content-type": "application/json" };
    const answer = await stack.send("/orders", { method: "POST", body, headers });
    await answer.body?.cancel();
    return [answer.status, origin.requests.slice(before).map((request) => request.text())];
  }

  it.each([
    ["a name twice", '{"note":"a","note":"b"}'],
    ["a name twice, once escaped", '{"note":"a","n\\u006fte":"b"}'],
    ["a name in another letter case, for .NET and Go", '{"note":"a","Note":"b"}'],
    ["a name with text after a NUL, for cJSON and json-c", '{"note":"a","note\\u0000x":"b"}'],
    ["a name with a lone surrogate, which ujson omits", '{"note":"a","note\\ud800":"b"}'],
    ["a lone surrogate before a letter, which Ruby joins", '{"note":"\\uD800\\u0041"}'],
    ["a lone low surrogate", '{"note":"\\udc00"}'],
    ["a surrogate pair in reverse", '{"note":"\\udc00\\ud800"}'],
    ["two high surrogates", '{"note":"\\ud83d\\ud83d\\ude00"}'],
  ])("JSON that origins read in different ways is refused: %s", async (_, body) => {
    expect(await post(body)).toEqual([400, []]);
  });

  it.each(['{"note":"\\ud83d\\ude00\\uD83D\\uDE00 \\\\ud800"}', '{"note":"a\\u0000b","other":{"note":"\\u00e9"}}'])(
    "JSON with one reading reaches the origin unchanged: %s",
    async (body) => {
      expect(await post(body)).toEqual([200, [body]]);
    },
  );
});
