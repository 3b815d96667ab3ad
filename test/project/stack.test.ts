import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openConnection } from "../support/origin-socket.ts";
import { startServer } from "../support/server.ts";
import { startStack } from "../support/stack.ts";

let directory: string;
let gateEntry: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "stack-"));
  gateEntry = path.join(directory, "gate.ts");
  await writeFile(gateEntry, "export default { fetch: (_: Request, env: object) => Response.json({ env }) };");
});
afterAll(() => rm(directory, { recursive: true }));

async function read(url: string): Promise<Record<string, unknown>> {
  return (await (await fetch(url)).json()) as Record<string, unknown>;
}

it("guards the sample origin", async () => {
  const { gateUrl, entraUrl, originUrl, stop } = await startStack();
  const token = await (await fetch(`${entraUrl}/local/token?persona=member`)).text();
  const answer = await fetch(`${gateUrl}/orders?a=1`, { headers: { Authorization: `Bearer ${token}` } });
  expect(await answer.json()).toMatchObject({ path: "/orders", url: `${originUrl}/orders?a=1` });
  expect((await fetch(`${gateUrl}/orders`)).status).toBe(401);
  const connections = await Promise.all([gateUrl, entraUrl, originUrl].map(openConnection));
  await stop();
  await Promise.all(connections.map(({ ended }) => ended));
});

it("passes variables to the gate, with the changes of the caller", async () => {
  const { gateUrl, entraUrl, originUrl, stop } = await startStack({
    gateEntry,
    gateVars: { ENTRA_REQUIRED_SCOPE: "orders.read", ENTRA_REQUIRED_ROLE: "Orders.Read.All" },
  });
  expect(await read(gateUrl)).toMatchObject({
    env: {
      ENTRA_AUTHORITY: entraUrl,
      ORIGIN_URL: originUrl,
      ENTRA_REQUIRED_SCOPE: "orders.read",
      ENTRA_REQUIRED_ROLE: "Orders.Read.All",
    },
  });
  await stop();
});

it("names a port that is taken", async () => {
  const { port, stop } = await startServer(createServer());
  await expect(startStack({ gateEntry, originPort: port })).rejects.toMatchObject({ port });
  await stop();
});
