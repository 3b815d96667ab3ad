import { afterAll, expect, it } from "vitest";
import { startFleetOf } from "../../support/fleet.ts";
import { form, formType, part } from "../../support/forms.ts";
import type { HttpRequest } from "../../support/http.ts";

const fleet = await startFleetOf({
  gate: {
    entry: "test/gates/long-texts.ts",
    vars: { GATE_URL: "https://mcp.contoso.example, http://127.0.0.1", GATE_SESSION_KEY: `k1:${"A".repeat(43)}` },
  },
});
afterAll(() => fleet.stop());
const forge = await fleet.forge("gate");

const rounds = 5;

async function ask(request: HttpRequest): Promise<readonly [status: number, ms: number]> {
  const startMs = performance.now();
  const { status } = await fleet.send("gate", { host: "127.0.0.1", ...request });
  return [status, performance.now() - startMs];
}

function post(path: string, type: string, body: string): HttpRequest {
  const headers = [
    ["Authorization", `Bearer ${forge.token}`],
    ["Content-Type", type],
  ] as const;
  return { method: "POST", path, headers, body };
}

/** @param run is between other characters, so that its end is not the end of the text */
type ToRequest = (run: string, round: number) => HttpRequest | Promise<HttpRequest>;

const inPart: ToRequest = (run) => post("/orders", formType, form(part([`X: x${run}x`], "")));
/** Without a credential. */
const inMediaType: ToRequest = (run) => ({
  method: "POST",
  path: "/token",
  headers: [["Content-Type", `application/x-www-form-urlencoded; x=x${run}x`]],
  body: "a",
});
const inAddresses: ToRequest = (run) => {
  const read = (id: number) => ({ jsonrpc: "2.0", id, method: "resources/read", params: { uri: `x:${run}x` } });
  return post("/mcp", "application/json", JSON.stringify(Array.from({ length: 400 }, (_, id) => read(id))));
};
/** In a new token each time, because the gate remembers what it wrote for a token. */
const inName: ToRequest = async (run, round) => {
  const token = await forge.issue({ claims: { preferred_username: `x${run}${round}` } });
  return { headers: [["Authorization", `Bearer ${token}`]] };
};

it.each<[length: number, hostile: string, place: string, status: number, toRequest: ToRequest]>([
  [50_000, " ", "the header of a part", 400, inPart],
  [12_000, " ", "the media type of an anonymous request", 415, inMediaType],
  [2_000, ".", "each address of a batch", 200, inAddresses],
  [8_000, " ", "a name that is too long for the origin", 500, inName],
])("%i times %j in %s take about as long as letters", async (length, hostile, _, status, toRequest) => {
  // A busy machine can only add time, so the fastest of several rounds counts.
  let [hostileMs, innocentMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < rounds; round += 1) {
    const [hostileStatus, ms] = await ask(await toRequest(hostile.repeat(length), round));
    const [innocentStatus, otherMs] = await ask(await toRequest("x".repeat(length), round));
    expect([hostileStatus, innocentStatus]).toEqual([status, status]);
    [hostileMs, innocentMs] = [Math.min(hostileMs, ms), Math.min(innocentMs, otherMs)];
  }
  // A search from each character would take a hundred times as long.
  expect(hostileMs / innocentMs).toBeLessThan(10);
});
