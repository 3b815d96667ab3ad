import { afterAll, describe, expect, it } from "vitest";
import { startFleetOf } from "../../support/fleet.ts";
import { gateRuntime } from "../../support/gate-runtime.ts";
import { expectRefused, type Refusal } from "../../support/refusal.ts";
import { present } from "../../support/rows.ts";

const names = ["gate", "app", "hono", "daloy"] as const;
const entryOf = (name: string) => ({ entry: `test/gates/shapes/${name}.ts`, adapter: true }) as const;
const fleet = await startFleetOf({
  gate: entryOf("gate"),
  app: entryOf("app"),
  hono: entryOf("hono"),
  daloy: entryOf("daloy"),
});
afterAll(() => fleet.stop());

const ambiguous: Refusal = {
  status: 400,
  title: "Bad Request",
  detail: "The headers of the request are ambiguous.",
  log: { reason: "message_ambiguous" },
};

const lengths = ["Content-Length: 3", "Content-Length: 0\r\nContent-Length: 3"];
/** Values on several lines are divided by a slash. */
const codings = [
  "gzip, chunked",
  "x, chunked",
  "chunked, chunked",
  "gzip / chunked",
  "identity / chunked",
  "chunked / chunked",
];
/** The server would put the rest before the path, or make a query of the path. */
const hosts = [
  "127.0.0.1/admin",
  "127.0.0.1:8787/admin",
  "127.0.0.1?",
  "127.0.0.1#",
  "127.0.0.1\\admin",
  "user@127.0.0.1",
  "127.0.0.1/admin, 127.0.0.1",
  "127.0.0.1:8787:8788",
  "[::1]/admin",
];

describe.each(names)("a message that a proxy could read in another way, sent by a member to the %s", (name) => {
  it.each(["evil.example", "127.0.0.1"])("is refused: a second Host header, %s", async (second) => {
    const before = await fleet.ledger();
    const { headers = [], ...request } = await present(fleet, name, {}, "/admin/approve");
    const answer = await fleet.send(name, { ...request, headers: [["Host", second], ...headers] });
    expect(answer.status, answer.body).toBe(400);
    expect((await fleet.ledger()).origin.count).toBe(before.origin.count);
    // Deno's own server refuses it before the gate.
    if (gateRuntime !== "deno") await expectRefused(fleet, name, answer, ambiguous);
  });

  /** Sends an empty body, and returns all bytes of the response. */
  async function sendHead(requestLine: string, ...lines: readonly string[]): Promise<string> {
    const { headers = [] } = await present(fleet, name, {});
    const own = headers.map(([header, value]) => `${header}: ${value}`);
    const head = [requestLine, "Connection: close", ...own, ...lines];
    return fleet.sendBytes(name, `${head.join("\r\n")}\r\n\r\n0\r\n\r\n`);
  }

  // Deno's server closes some connections without a response.
  const expectRefusedBytes = (answer: string) => {
    if (gateRuntime !== "deno" || answer !== "") expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  };

  // The local server of workerd accepts them. Cloudflare's network does not pass them on.
  it.skipIf(gateRuntime === "workerd").each(lengths)("is refused: %j beside chunked", async (line) => {
    const coding = [line, "Transfer-Encoding: chunked"];
    expectRefusedBytes(await sendHead("POST /admin/approve HTTP/1.1", "Host: 127.0.0.1", ...coding));
  });

  it.each(codings)("is refused: Transfer-Encoding: %s", { tags: "transfer-coding" }, async (coding) => {
    const before = await fleet.ledger();
    const lines = ["Host: 127.0.0.1", ...coding.split(" / ").map((each) => `Transfer-Encoding: ${each}`)];
    expectRefusedBytes(await sendHead("POST /admin/approve HTTP/1.1", ...lines));
    expect((await fleet.ledger()).origin.count).toBe(before.origin.count);
  });

  it.each(hosts)("is refused: Host: %s", { tags: "host-syntax" }, async (host) => {
    const before = await fleet.ledger();
    const answer = await sendHead("GET /approve HTTP/1.1", `Host: ${host}`, "Content-Length: 0");
    expectRefusedBytes(answer);
    expect((await fleet.ledger()).origin.count).toBe(before.origin.count);
  });
});
