import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, expect, it } from "vitest";
import { personas } from "../../../entra/directory/personas.ts";
import { createTestEntra } from "../../../entra/testing.ts";
import { bundleWorkerOnce } from "../../support/bundle.ts";

/** The parts of a KV namespace and of a worker that are used. */
interface Namespace {
  put(key: string, value: string): Promise<void>;
}
interface Worker {
  fetch(
    url: string,
    init: { readonly headers: Readonly<Record<string, string>> },
  ): Promise<{ readonly status: number }>;
}

const entra = createTestEntra();
const lines: string[] = [];
const contents = await bundleWorkerOnce("test/gates/revocations.ts");
const options = convertV4MiniflareOptions({
  cf: false,
  logRequests: false,
  handleStructuredLogs: ({ message }) => void lines.push(message),
  workers: ["full", "empty"].map((name) => ({
    name,
    compatibilityDate: "2026-10-12",
    compatibilityFlags: ["nodejs_compat"],
    modules: [{ type: "ESModule" as const, path: "worker.js", contents }],
    bindings: { ...entra.variables, ORIGIN_URL: "https://origin.contoso.example" },
    kvNamespaces: { REVOCATIONS: name },
    outboundService: (async ({ url, headers }: Request) =>
      new URL(url).hostname === "origin.contoso.example"
        ? new Response("in")
        : entra.fetch(new Request(url, { headers: [...headers] }))) as never,
  })),
});
const miniflare = new Miniflare(options);
afterAll(() => miniflare.dispose());

async function ask(gate: string, persona: "member" | "admin"): Promise<number> {
  const worker = (await miniflare.getWorker(gate)) as unknown as Worker;
  const headers = { authorization: `Bearer ${await entra.token({ persona })}` };
  return (await worker.fetch("https://api.contoso.example/orders", { headers })).status;
}

it("a gate reads its list from a KV namespace of the platform", async () => {
  const namespace = (await miniflare.getKVNamespace("REVOCATIONS", "full")) as unknown as Namespace;
  const user = `${entra.variables.ENTRA_TENANT_ID}/${personas.member.oid}`;
  const rules = [{ user, block: true, until: "2099-01-01T00:00:00Z" }];
  await namespace.put("entra-gate/revocations", JSON.stringify({ schema: "entra-gate/revocations/1", rules }));
  expect([await ask("full", "member"), await ask("full", "admin")]).toEqual([403, 200]);
});

it("a gate refuses everybody if its namespace has no list, and says how to write one", async () => {
  expect(await ask("empty", "admin")).toBe(503);
  const problem =
    "the document does not exist. Write an empty one with: npx entra-gate revoke --init --remote, or --local for wrangler dev";
  // The runtime passes lines on after the response.
  await expect
    .poll(() => lines.join("\n"))
    .toContain(JSON.stringify({ event: "revocations_failed", level: "error", problem }));
});
