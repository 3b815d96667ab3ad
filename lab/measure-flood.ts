// Measures the processor time that a gate in workerd needs for refused requests: node lab/measure-flood.ts
// [--requests 5000]. Linux only.
import { parseArgs } from "node:util";
import { startStack } from "../test/support/stack.ts";
import { findListener, readProcessorSeconds } from "./process-memory.ts";

const { values } = parseArgs({ options: { requests: { type: "string", default: "5000" } } });
const requests = Number(values.requests);
const connections = 8;

const stack = await startStack({ onGateLog() {} });
try {
  const token = await (await fetch(`${stack.entraUrl}/local/token?persona=member`)).text();
  const [header, payload] = token.split(".");
  const gate = findListener(Number(new URL(stack.gateUrl).port));
  const randomSignature = () => Buffer.from(crypto.getRandomValues(new Uint8Array(256))).toString("base64url");
  const floods: Readonly<Record<string, () => string | undefined>> = {
    "no token": () => undefined,
    "a token that is wrong at sight": () => `${header}.e30.${randomSignature()}`,
    "a random signature under a known kid": () => `${header}.${payload}.${randomSignature()}`,
    "32 KiB that are no token": () => "a".repeat(32 * 1024),
  };
  for (const [name, next] of Object.entries(floods)) {
    await send(next, requests / 5);
    const before = readProcessorSeconds(gate);
    const statuses = await send(next, requests);
    const microseconds = ((readProcessorSeconds(gate) - before) / requests) * 1e6;
    console.log(`${name}: ${Math.round(microseconds)} µs a request; ${JSON.stringify(statuses)}`);
  }

  async function send(next: () => string | undefined, count: number): Promise<Readonly<Record<string, number>>> {
    const statuses: Record<string, number> = {};
    let left = count;
    const work = async () => {
      while (left > 0) {
        left -= 1;
        const credential = next();
        const headers: Record<string, string> =
          credential === undefined ? {} : { authorization: `Bearer ${credential}` };
        const response = await fetch(`${stack.gateUrl}/orders`, { headers });
        await response.arrayBuffer();
        statuses[response.status] = (statuses[response.status] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: connections }, work));
    return statuses;
  }
} finally {
  await stack.stop();
}
