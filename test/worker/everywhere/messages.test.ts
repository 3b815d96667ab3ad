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

const besideChunked = [
  "Content-Length: 3",
  "Content-Length: 0\r\nContent-Length: 3",
  "Transfer-Encoding: gzip",
  "Transfer-Encoding: identity",
  "Transfer-Encoding: chunked",
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

  // The local server of workerd accepts them. Cloudflare's network does not pass them on.
  it.skipIf(gateRuntime === "workerd").each(besideChunked)("is refused: %j beside chunked", async (line) => {
    const { headers = [] } = await present(fleet, name, {});
    const lines = headers.map(([header, value]) => `${header}: ${value}`);
    const coding = `${line}\r\nTransfer-Encoding: chunked`;
    const head = ["POST /admin/approve HTTP/1.1", "Host: 127.0.0.1", "Connection: close", ...lines, coding];
    const answer = await fleet.sendBytes(name, `${head.join("\r\n")}\r\n\r\n0\r\n\r\n`);
    // Deno's server closes some connections without a response.
    if (gateRuntime !== "deno" || answer !== "") expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });
});
