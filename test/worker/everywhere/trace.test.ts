import { afterAll, describe, expect, it } from "vitest";
import { startFleetOf } from "../../support/fleet.ts";
import type { HeaderField } from "../../support/http.ts";
import { present } from "../../support/rows.ts";

const vars = { GATE_LOG_ALLOWED: "1", GATE_LOG_SUBJECT: "plain" };
const fleet = await startFleetOf({
  without: { vars },
  restart: { entry: "test/gates/trace/restart.ts", vars },
  continue: { entry: "test/gates/trace/continue.ts", vars },
});
afterAll(() => fleet.stop());

const traceId = "0af7651916cd43dd8448eb211c80319c";
const good = `00-${traceId}-b7ad6b7169203331-01`;
const parent = (value: string): HeaderField => ["traceparent", value];
const state = (value: string): HeaderField => ["tracestate", value];

let serial = 0;

/** Sends a request with these headers, and returns what the origin got and what the log says. */
async function trace(gate: "without" | "restart" | "continue", ...headers: HeaderField[]) {
  serial += 1;
  const request = await present(fleet, gate, {}, `/orders?${serial}`);
  const before = fleet.lines.length;
  const answer = await fleet.send(gate, { ...request, headers: [...(request.headers ?? []), ...headers] });
  expect(answer.status, answer.body).toBe(200);
  const { last } = (await fleet.ledger()).origin;
  expect(last?.url).toContain(`?${serial}`);
  // A line of a worker's log arrives after its response.
  const refused = await fleet.send(gate, { path: "/end" });
  await fleet.lineOf(JSON.parse(refused.body).instance);
  const line = fleet.lines.slice(before).find(({ event }) => event === "allowed");
  return { parent: last?.headers.traceparent, state: last?.headers.tracestate, line };
}

/** IDs of a header in version 00. Two headers, which arrive with a comma, have none. */
function idsOf(header: string | undefined): readonly string[] {
  const [, trace = "", span = "", flags = ""] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-(0[0-3])$/.exec(header ?? "") ?? [];
  return [trace, span, flags];
}

const malformed: readonly [string, ...HeaderField[]][] = [
  ["absent"],
  ["upper case", parent(good.toUpperCase())],
  ["all zeros", parent(`00-${"0".repeat(32)}-${"0".repeat(16)}-01`)],
  ["version ff", parent(good.replace("00-", "ff-"))],
  ["twice", parent(good), parent(good)],
  ["10 KB", parent(`01${good.slice(2)}-${"x".repeat(10_240)}`)],
];

describe('traceContext("restart")', () => {
  it("sends one traceparent with new IDs, no tracestate, and its own flag; the log has both traces", {
    tags: "trace-restart",
  }, async () => {
    const {
      parent: sent,
      state: sentState,
      line,
    } = await trace("restart", parent(good.replace(/1$/, "0")), state("a=1"));
    const [id, span, flags] = idsOf(sent);
    expect([id, span]).not.toContain("");
    expect(id).not.toBe(traceId);
    expect([flags, sentState]).toEqual(["03", undefined]);
    expect(line).toMatchObject({ trace: id, clientTrace: traceId });
  });

  it.each(malformed)("sends one traceparent with new IDs: %s", { tags: "trace-restart" }, async (_what, ...headers) => {
    const { parent: sent, line } = await trace("restart", ...headers);
    const [id] = idsOf(sent);
    expect(id).not.toBe("");
    expect(line?.trace).toBe(id);
    expect(line).not.toHaveProperty("clientTrace");
  });

  it("starts another trace for each request", async () => {
    const sent = [await trace("restart"), await trace("restart")].map(({ parent }) => idsOf(parent)[0]);
    expect(new Set(sent).size).toBe(2);
  });

  it("names the trace of a refused request too", async () => {
    const refused = await fleet.send("restart", { path: "/orders", headers: [parent(good)] });
    const line = await fleet.lineOf(JSON.parse(refused.body).instance);
    expect(line).toMatchObject({
      reason: "credential_missing",
      trace: expect.stringMatching(/^[0-9a-f]{32}$/),
      clientTrace: traceId,
    });
  });
});

describe('traceContext("continue")', () => {
  it("sends the traceparent and the tracestate of the upstream server", async () => {
    const { parent: sent, state: sentState, line } = await trace("continue", parent(good), state("a=1,b=2"));
    expect([sent, sentState]).toEqual([good, "a=1,b=2"]);
    expect(line).toMatchObject({ trace: traceId });
    expect(line).not.toHaveProperty("clientTrace");
  });

  it.each(["00", "02", "03"])("sends the flags of the upstream server: %s", async (flags) => {
    const sent = good.replace(/01$/, flags);
    expect((await trace("continue", parent(sent))).parent).toBe(sent);
  });

  it("keeps the first member of a tracestate that has a key twice, also in two headers", async () => {
    expect((await trace("continue", parent(good), state("a=1,b=2,a=3"))).state).toBe("a=1,b=2");
    expect((await trace("continue", parent(good), state("a=1"), state("a=2"))).state).toBe("a=1");
  });

  it("sends the members of a later version that it knows, in version 00", async () => {
    expect((await trace("continue", parent(`cc${good.slice(2)}-future`))).parent).toBe(good);
  });

  it.each(malformed)(
    "starts a trace, which this gate does not sample, without a tracestate: %s",
    async (_what, ...headers) => {
      const { parent: sent, state: sentState } = await trace("continue", ...headers, state("a=1"));
      const [id, , flags] = idsOf(sent);
      expect([id]).not.toContain("");
      expect(id).not.toBe(traceId);
      expect([flags, sentState]).toEqual(["02", undefined]);
    },
  );

  it.each([
    ["100 members", Array.from({ length: 100 }, (_, index) => `k${index}=v`).join()],
    ["600 characters", `a=${"b".repeat(600)}`],
    ["a key in upper case", "A=1"],
  ])("drops a tracestate, and goes on with the trace: %s", async (_what, value) => {
    const { parent: sent, state: sentState } = await trace("continue", parent(good), state(value));
    expect([sent, sentState]).toEqual([good, undefined]);
  });
});

describe("without the option", () => {
  it("forwards both headers unread, and the log has no trace", async () => {
    const { parent: sent, state: sentState, line } = await trace("without", parent(good.toUpperCase()), state("A=1"));
    expect([sent, sentState]).toEqual([good.toUpperCase(), "A=1"]);
    expect(line).not.toHaveProperty("trace");
  });
});
