import { createServer } from "node:http";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, expect, it, vi } from "vitest";
import { getPlatformProxy } from "wrangler";
import { type RunningServer, startServer } from "../../../support/server.ts";
import { runHere } from "../../support/run-command.ts";
import { createProject, type Project } from "../support.ts";

const tenant = "11111111-2222-3333-4444-555555555555";
const client = "33333333-4444-5555-6666-777777777777";

let project: Project | undefined;
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  project?.remove();
});

const revoke = (...args: readonly string[]) => runHere(["revoke", ...args]);

/** Starts a server with the value of one key. */
async function startCloudflare(): Promise<RunningServer> {
  const key = "/accounts/a1/storage/kv/namespaces/0f2ac74b498b48028cb68387c421e279/values/entra-gate%2Frevocations";
  let value: string | undefined;
  const cloudflare = createServer(async (request, response) => {
    const sent = await text(request);
    const isFound = request.url === key && (value !== undefined || request.method === "PUT");
    if (isFound && request.method === "PUT") value = sent;
    response.statusCode = isFound ? 200 : 404;
    if (isFound && request.method === "GET") return response.end(value);
    const errors = isFound ? [] : [{ code: 10009, message: "get: 'key not found'" }];
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ success: isFound, errors, messages: [], result: null }));
  });
  const server = await startServer(cloudflare);
  vi.stubEnv("CLOUDFLARE_API_BASE_URL", server.url);
  vi.stubEnv("CLOUDFLARE_API_TOKEN", "token");
  vi.stubEnv("CLOUDFLARE_ACCOUNT_ID", "a1");
  return server;
}

it("--local is the namespace that wrangler dev uses", async () => {
  const preview_id = "70a0e0a3f1a24cf0a2b6fd7ea3b0e0d1";
  project = createProject({ ENTRA_TENANT_ID: tenant, ENTRA_API_AUDIENCE: client }, true);
  const config = JSON.parse(project.read("wrangler.json")!);
  Object.assign(config.kv_namespaces[0], { preview_id });
  project.write("wrangler.json", JSON.stringify(config));
  expect(await revoke("--init", "--local")).toMatchObject({ code: 0 });
  const { env, dispose } = await getPlatformProxy<{ REVOCATIONS: { get(key: string): Promise<string | null> } }>({
    configPath: path.join(project.folder, "wrangler.json"),
    persist: { path: path.join(project.folder, ".wrangler/state/v3") },
  });
  try {
    expect(await env.REVOCATIONS.get("entra-gate/revocations")).toContain('"rules":[]');
  } finally {
    await dispose();
  }
});

it.each([
  ["--local", "the KV namespace of wrangler dev"],
  ["--remote", "the KV namespace REVOCATIONS at Cloudflare"],
])("Wrangler reads and writes the list with %s", async (place, name) => {
  const cloudflare = await startCloudflare();
  try {
    project = createProject({ ENTRA_TENANT_ID: tenant, ENTRA_API_AUDIENCE: client }, true);
    expect(await revoke("--list", place)).toMatchObject({ code: 3, stderr: expect.stringContaining("has no list") });
    expect(await revoke("--init", place)).toMatchObject({ code: 0 });
    expect(await revoke("--client", client, "--reason", "geheimnis ü", place)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`Written to ${name}`),
    });
    const { code, stdout } = await revoke("--list", place);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^client 33333333-.*"geheimnis ü"\n$/)]);
  } finally {
    await cloudflare.stop();
  }
});
