// Runtimes: workerd
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { createMcpVars } from "../../../cli/common/mcp-vars.ts";
import { clients } from "../../../entra/directory/clients.ts";
import { startFleetOf } from "../../support/fleet.ts";
import { type HttpAnswer, readHeader } from "../../support/http.ts";
import { challenge, createBrowser, readTarget, targetOf, verifier } from "../../support/mcp/own-callback.ts";

const gateUrl = "http://127.0.0.1";
const gate = { entry: "cli/dev/mcp/worker.ts", vars: createMcpVars(gateUrl) };
/** Each gate has its own counts. */
const fleet = await startFleetOf({ refreshed: gate, troubled: gate, guessed: gate, flooded: gate });
afterAll(() => fleet.stop());
afterEach(() => fleet.tellEntra("/local/faults/endOutage", {}));
await fleet.tellEntra("/local/mcp-uri", { uri: `${gateUrl}/mcp` });

type Name = "refreshed" | "troubled" | "guessed" | "flooded";
type Form = Readonly<Record<string, string>>;

const client = { client_id: clients.mcp.clientId };
const redirect = { redirect_uri: "http://localhost:51234/callback" };

/** Sends a token request as a client behind the only public address of an office. */
function exchange(name: Name, form: Form): Promise<HttpAnswer> {
  const body = new URLSearchParams({ ...client, ...form }).toString();
  const headers = [
    ["Content-Type", "application/x-www-form-urlencoded"],
    ["CF-Connecting-IP", "192.0.2.1"],
  ] as const;
  return fleet.send(name, { method: "POST", path: "/token", host: "127.0.0.1", headers, body });
}

/** Signs in at the local Entra. @returns the form of the client's token request */
async function signIn(): Promise<Form> {
  const browser = createBrowser({
    gateUrl,
    ask: (request) => fleet.send("refreshed", { host: "127.0.0.1", ...request }),
    askEntra: (url, form) => fleet.askAuthority(url, form),
  });
  const query = new URLSearchParams({
    ...client,
    ...redirect,
    response_type: "code",
    scope: `${gateUrl}/mcp/tools.read`,
    code_challenge: challenge,
    code_challenge_method: "S256",
  });
  const started = targetOf(await browser.get(`/authorize?${query}`));
  const [, { code = "" }] = readTarget(await browser.signIn(started));
  return { grant_type: "authorization_code", ...redirect, code, code_verifier: verifier };
}

const signedIn = await exchange("refreshed", await signIn());
const good: Form = { grant_type: "refresh_token", refresh_token: JSON.parse(signedIn.body).refresh_token };
const guess = (number: number): Form => ({ grant_type: "refresh_token", refresh_token: `1.guess-${number}` });

/** Sends requests one after the other. @returns the statuses that came */
async function statuses(count: number, name: Name, form: (number: number) => Form): Promise<readonly number[]> {
  const seen = new Set<number>();
  for (let number = 0; number < count; number += 1) seen.add((await exchange(name, form(number))).status);
  return [...seen];
}

describe("clients behind one address", () => {
  it("can refresh the tokens of 200 users at once", async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => exchange("refreshed", good)));
    expect([...new Set(answers.map(({ status }) => status))]).toEqual([200]);
    expect(JSON.parse(answers.at(-1)?.body ?? "")).toHaveProperty("access_token");
  });

  it("are not blocked because Entra is unavailable, or throttles", async () => {
    for (const kind of ["down", "error", "throttled"]) {
      await fleet.tellEntra("/local/faults/startOutage", { endpoint: "token", kind });
      expect(await statuses(130, "troubled", () => good)).toEqual([503]);
    }
    await fleet.tellEntra("/local/faults/endOutage", {});
    expect((await exchange("troubled", good)).status).toBe(200);
  });

  it("are blocked if they guess, whatever they call themselves", { tags: "facade-limits" }, async () => {
    let number = 0;
    while ((await exchange("guessed", guess(number))).status === 400) number += 1;
    // Far below the maximum of all token requests.
    expect(number).toBeLessThan(500);
    const blocked = await exchange("guessed", good);
    expect([blocked.status, JSON.parse(blocked.body).error]).toEqual([429, "temporarily_unavailable"]);
    const seconds = Number(readHeader(blocked, "retry-after").join());
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    const body = new URLSearchParams({ ...good, client_id: "https://invented.example/client.json" }).toString();
    const headers = [
      ["Content-Type", "application/x-www-form-urlencoded"],
      ["CF-Connecting-IP", "192.0.2.1"],
      ["X-Forwarded-For", "198.51.100.7"],
      ["X-Real-IP", "198.51.100.7"],
      ["Forwarded", "for=198.51.100.7"],
      ["User-Agent", "another"],
    ] as const;
    const disguised = { method: "POST", path: "/token", host: "127.0.0.1", headers, body };
    expect((await fleet.send("guessed", disguised)).status).toBe(429);
  });

  it("can send 1,000 token requests in a minute", async () => {
    const send = () => exchange("flooded", { grant_type: "refresh_token" });
    let last: readonly number[] = [];
    let sent = 0;
    for (; sent < 5_000 && !last.includes(429); sent += 100) {
      last = (await Promise.all(Array.from({ length: 100 }, send))).map(({ status }) => status);
    }
    expect(sent).toBeGreaterThan(1_000);
    expect((await exchange("flooded", good)).status).toBe(429);
  });
});
