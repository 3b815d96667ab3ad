import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { personas } from "../../../../entra/directory/personas.ts";
import { createTestEntra } from "../../../../entra/testing.ts";
import { bundleWorkerOnce } from "../../../support/bundle.ts";

// KV's own propagation ("60 seconds or more") cannot be seen here: each process has a namespace of its own, to which a
// test writes at the same time.

/** The part of a KV namespace that is used. */
interface Namespace {
  put(key: string, value: string): Promise<void>;
}

const entra = createTestEntra();
const { ENTRA_TENANT_ID: tenant } = entra.variables;
const processes = 2;
const isolates = ["a", "b", "c", "d"];
/** Requests of each caller in each isolate and second. */
const count = 3;

let running: readonly Miniflare[];
let startMs: number;
let tokens: Readonly<Record<"stolen" | "other", string>>;

beforeAll(async () => {
  const contents = await bundleWorkerOnce("test/gates/driven-revocations.ts");
  running = Array.from(
    { length: processes },
    () =>
      new Miniflare(
        convertV4MiniflareOptions({
          cf: false,
          logRequests: false,
          handleStructuredLogs() {},
          workers: isolates.map((name) => ({
            name,
            compatibilityDate: "2026-10-12",
            compatibilityFlags: ["nodejs_compat"],
            modules: [{ type: "ESModule" as const, path: "worker.js", contents }],
            bindings: { ...entra.variables },
            kvNamespaces: { NAMESPACE: "revocations" },
            outboundService: (async (request: Request) =>
              entra.fetch(new Request(request.url, { headers: [...request.headers] }))) as never,
          })),
        }),
      ),
  );
  await Promise.all(running.map(({ ready }) => ready));
  startMs = Math.floor(Date.now() / 1_000) * 1_000;
  tokens = {
    stolen: await entra.token({ persona: "member" }),
    other: await entra.token({ persona: "admin" }),
  };
});
afterAll(() => Promise.all(running.map((each) => each.dispose())));

const versions: { readonly atMs: number; readonly text: string }[] = [];

/** Writes a list at a second of the gates' clock. */
async function write(second: number, ...rules: readonly object[]): Promise<void> {
  const text = JSON.stringify({ schema: "entra-gate/revocations/1", rules });
  versions.push({ atMs: startMs + second * 1_000, text });
  for (const each of running) {
    const namespace = (await each.getKVNamespace("NAMESPACE", "a")) as unknown as Namespace;
    await namespace.put("entra-gate/revocations", JSON.stringify(versions));
  }
}

/** Statuses of all requests at one second, by isolate and caller: `200`, or `200 403` for both. */
async function step(
  second: number,
  isDown = false,
  names = isolates,
): Promise<readonly Readonly<Record<string, string>>[]> {
  const body = JSON.stringify({ nowMs: startMs + second * 1_000, isDown, tokens, count });
  const asked = running.flatMap((each) =>
    names.map(async (name) => {
      const worker = (await each.getWorker(name)) as unknown as { fetch: typeof fetch };
      const response = await worker.fetch("http://driver.example/", { method: "POST", body });
      const counts = (await response.json()) as Record<string, Record<string, number>>;
      return Object.fromEntries(Object.entries(counts).map(([caller, each]) => [caller, Object.keys(each).join(" ")]));
    }),
  );
  return Promise.all(asked);
}

const all = (stolen: string, other: string, names = isolates) =>
  Array(processes * names.length).fill({ stolen, other });
const member = () => ({ user: `${tenant}/${personas.member.oid}` });

describe("eight isolates in two processes", () => {
  it("admit nobody before there is a list", async () => {
    expect(await step(0)).toEqual(all("503", "503"));
  });

  it("stop a caller within 90 s after a rule was written, and nobody else", { tags: "revocation-rules" }, async () => {
    await write(-30);
    // They read the list at different times.
    for (let second = 10; second < 40; second += 1) {
      const names = isolates.slice(0, 1 + Math.floor((second - 10) / 7));
      expect(await step(second, false, names)).toEqual(all("200", "200", names));
    }
    const writtenAt = 40;
    const before = new Date(startMs + 60_000).toISOString();
    await write(writtenAt, { ...member(), before, reason: "laptop stolen" });
    const admitting: number[] = [];
    for (let second = writtenAt; second <= writtenAt + 150; second += 1) {
      const answers = await step(second);
      expect(answers.map(({ other }) => other)).toEqual(Array(answers.length).fill("200"));
      if (answers.some(({ stolen }) => stolen !== "403")) admitting.push(second - writtenAt);
    }
    expect(admitting.at(-1)).toBeLessThan(90);
    // The list of an isolate is as old as it may be, so the test can fail.
    expect(admitting.at(-1)).toBeGreaterThan(30);
  });

  it("stop a caller after they were idle, with their first request", async () => {
    await write(300);
    expect(await step(400)).toEqual(all("200", "200"));
    await write(430, { ...member(), block: true, until: "2099-01-01T00:00:00Z" });
    expect(await step(460)).toEqual(all("403", "200"));
  });

  it("stay as they were while KV is down for ten minutes", async () => {
    for (let second = 461; second < 1_061; second += 10) expect(await step(second, true)).toEqual(all("403", "200"));
    await write(1_061);
    expect(await step(1_100)).toEqual(all("200", "200"));
  });
});
