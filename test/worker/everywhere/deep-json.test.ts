import { afterAll, describe, expect, it } from "vitest";
import { startAddressedStack } from "../../support/gate-runtime.ts";
import { type HeaderField, type HttpRequest, sendRequest } from "../../support/http.ts";

const stack = await startAddressedStack((gateUrl) => ({
  gateEntry: "test/gates/prototypes.ts",
  gateVars: { GATE_URL: gateUrl },
  onGateLog: () => {},
}));
afterAll(() => stack.stop());

const token = await (await fetch(`${stack.entraUrl}/local/token?persona=member`)).text();
const [header, payload, signature] = token.split(".");
const toPart = (text: string) => Buffer.from(text).toString("base64url");

/**
 * Texts with which `JSON.parse` of Node 26 ends the process: a deep text that is cut in a string or a number, and then
 * a long list that is cut.
 */
const deepTexts = ["[1,".repeat(7_900), "[[[[[[[[1,".repeat(1_024), '{"a":'.repeat(4_700)];
const list = `[${"1,".repeat(1_300)}"`;
const texts = deepTexts.flatMap((text) => [`${text}"`, list, `${text}1`, list, `${text}"\\`, list]);

/** Sends a request to an entry point of `test/gates/prototypes.ts`. @returns its status */
async function send(entry: string, credential: string | undefined, request: HttpRequest): Promise<number> {
  const authorization: readonly HeaderField[] =
    credential === undefined ? [] : [["Authorization", `Bearer ${credential}`]];
  const headers = [["Entry", entry], ...authorization, ["Content-Type", "application/json"]] as const;
  return (await sendRequest(stack.gateUrl, { ...request, headers })).status;
}

async function sendAll(toRequest: (text: string) => Promise<number>): Promise<readonly number[]> {
  const statuses = new Set<number>();
  for (const text of texts) statuses.add(await toRequest(text));
  return [...statuses];
}

describe("deep JSON", () => {
  it.each([
    ["gate", "/orders/1"],
    ["app", "/orders/1"],
    ["hono", "/orders/1"],
    ["daloy", "/me"],
    ["verify", "/me"],
    ["mcp", "/mcp"],
  ])("in a token is refused by the entry point %s", { tags: "deep-json" }, async (entry, path) => {
    const method = entry === "mcp" ? "POST" : "GET";
    const ask = (credential: string) => send(entry, credential, { method, path });
    for (const toToken of [
      (text: string) => `${toPart(text)}.${payload}.${signature}`,
      (text: string) => `${header}.${toPart(text)}.${signature}`,
    ]) {
      const statuses = await sendAll((text) => ask(toToken(text)));
      // Node's own server refuses headers of more than 16 KiB with 431.
      expect(statuses.filter((status) => status !== 401 && status !== 431)).toEqual([]);
      expect(statuses).toContain(401);
    }
    if (method === "GET") expect(await ask(token)).toBe(200);
  });

  it.each([
    ["app", "/open", undefined],
    ["mcp", "/register", undefined],
    ["gate", "/json", token],
    ["gate", "/forwarded", token],
    ["mcp", "/mcp", token],
  ])("in a body is refused by the entry point %s at %s", { tags: "deep-json" }, async (entry, path, credential) => {
    const ask = (body: string) => send(entry, credential, { method: "POST", path, body });
    const statuses = await sendAll(ask);
    // A registration has at most 16 KiB.
    expect(statuses.filter((status) => status !== 400 && status !== 413)).toEqual([]);
    expect(statuses).toContain(400);
    const long = "[1,".repeat(300_000);
    expect([await ask(`${long}"`), await ask(list), await ask(`${long}1`), await ask(list)]).not.toContain(200);
    const good = { jsonrpc: "2.0", id: 1, method: "ping", note: "a", redirect_uris: ["http://localhost/callback"] };
    expect(await ask(JSON.stringify(good))).toBeLessThan(300);
  });
});
