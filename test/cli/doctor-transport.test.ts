import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { examineTransport } from "../../cli/doctor/transport.ts";
import { runCommand } from "../../cli/main.ts";
import { readSettings } from "../../cli/project/settings.ts";

let directory: string;
const made: string[] = [];
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "transport-"));
  made.push(directory);
});
afterAll(() => {
  for (const each of made) rmSync(each, { recursive: true });
});

const write = (name: string, text: string) => writeFileSync(path.join(directory, name), text);
const examine = (environment: Record<string, string> = {}) =>
  examineTransport(readSettings(directory, environment, { devVars: false }), environment).map(
    ({ state, text, fix }) => `${state} ${text}${fix === undefined ? "" : `; ${fix}`}`,
  );

describe("doctor --adapter", () => {
  it("warns if neither TLS nor a proxy is configured", () => {
    expect(examine({ GATE_URL: "https://api.contoso.com" })).toEqual([
      expect.stringMatching(
        /^warning neither TLS nor GATE_TLS_PROXY is configured: the app answers 403 .*; GATE_TLS_PROXY=true and GATE_URL .*run-behind-a-proxy/,
      ),
    ]);
    expect(examine({ GATE_TLS_PROXY: "false", TLS_KEY: "key.pem" })).toEqual([expect.stringMatching(/^warning /)]);
  });

  it("accepts a proxy, and says what it must do", () => {
    expect(examine({ GATE_TLS_PROXY: "true" })).toEqual([
      expect.stringMatching(/^good a proxy ends TLS: make sure that only the proxy can reach the process/),
    ]);
  });

  it("accepts a certificate in the environment, or in a script or task", () => {
    const good = ["good the server has its own certificate"];
    expect(examine({ TLS_CERTIFICATE: "cert.pem", TLS_KEY: "key.pem" })).toEqual(good);
    write("deno.json", '{ "tasks": { "start": "deno serve --cert cert.pem --key key.pem main.ts" } }');
    expect(examine()).toEqual(good);
  });

  it("does not ask for one with a local Entra, or on Workers", () => {
    expect(examine({ ENTRA_AUTHORITY: "http://127.0.0.1:8788" })).toEqual([expect.stringMatching(/^skipped /)]);
    write("wrangler.toml", 'main = "src/worker.ts"');
    expect(examine()).toEqual([]);
  });

  it("warns on the command line, and not without the option", async () => {
    const lines: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((text) => void lines.push(String(text)));
    vi.spyOn(process, "cwd").mockReturnValue(directory);
    vi.stubEnv("ENTRA_TENANT_ID", "72f988bf-86f1-41af-91ab-2d7cd011db47");
    vi.stubEnv("ENTRA_API_AUDIENCE", "8a1b2c3d-0000-4111-8222-9b8c7d6e5f40");
    vi.stubEnv("GATE_URL", "https://api.contoso.com");
    try {
      await runCommand(["doctor", "--adapter", "--offline"]);
    } finally {
      vi.unstubAllEnvs();
      vi.restoreAllMocks();
      log.mockRestore();
    }
    expect(lines.join("\n")).toContain("neither TLS nor GATE_TLS_PROXY is configured");
  });
});
