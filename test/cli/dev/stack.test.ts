import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type Stack, startStack, type WorkerName } from "../../../cli/dev/stack.ts";
import { openConnection } from "../../support/origin-socket.ts";

let directory: string;
let gateEntry: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "stack-"));
  gateEntry = path.join(directory, "gate.ts");
  await writeGate("first");
});

/** The stack of a test that watches files. It is stopped after a failed test too, because esbuild would keep running. */
let watching: Stack | undefined;

afterEach(async () => {
  await watching?.stop();
  watching = undefined;
});
afterAll(() => rm(directory, { recursive: true }));

/** Writes a gate that returns its version and its variables. */
function writeGate(version: string): Promise<void> {
  return write(`export default { fetch: (_: Request, env: object) => Response.json({ version: "${version}", env }) };`);
}

/** Writes the gate's file at once, because a build could read half of it otherwise. */
async function write(code: string): Promise<void> {
  await writeFile(`${gateEntry}.new`, code);
  await rename(`${gateEntry}.new`, gateEntry);
}

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

it("reloads the gate when a file changes, on the same port, and keeps Entra's keys", async () => {
  const reloaded: WorkerName[] = [];
  watching = await startStack({ gateEntry, onReload: (worker) => reloaded.push(worker) });
  const keys = await read(`${watching.entraUrl}/local/keys`);
  await writeGate("second");
  await expect.poll(() => read(watching!.gateUrl)).toMatchObject({ version: "second" });
  expect(new Set(reloaded)).toEqual(new Set(["gate"]));
  expect(await read(`${watching.entraUrl}/local/keys`)).toEqual(keys);
});

it("keeps the running gate when a change does not build", async () => {
  const faults: string[] = [];
  await writeGate("good");
  watching = await startStack({ gateEntry, onReload: () => {}, onFault: (fault) => faults.push(fault) });
  await write('import "./nowhere.ts";');
  await expect.poll(() => faults).toContainEqual(expect.stringContaining("./nowhere.ts"));
  expect(await read(watching.gateUrl)).toMatchObject({ version: "good" });
  await writeGate("better");
  await expect.poll(() => read(watching!.gateUrl)).toMatchObject({ version: "better" });
});

it("names a port that is taken", async () => {
  const blocker = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => blocker.once("listening", resolve));
  const { port } = blocker.address() as { port: number };
  await expect(startStack({ gateEntry, originPort: port })).rejects.toMatchObject({ port });
  blocker.close();
});
