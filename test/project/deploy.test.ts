import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { deploy as deployScript } from "../../tools/deployment/deploy.ts";
import { putSecrets } from "../../tools/deployment/put-secrets.ts";
import { tryScript } from "./support/try-script.ts";

const root = path.resolve(import.meta.dirname, "../..");
const directory = mkdtempSync(path.join(os.tmpdir(), "entra-gate-deploy-"));
let files = 0;

afterAll(() => rmSync(directory, { recursive: true }));

const good = `
ENTRA_TENANT_ID = "4b1c6e0a-93d7-4f58-8a26-e1d07c35b9f2"
ENTRA_API_AUDIENCE = "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a"
ENTRA_REQUIRED_SCOPE = "access_as_user"
`;

const examples = `
ENTRA_TENANT_ID = "11111111-2222-3333-4444-555555555555"
ENTRA_API_AUDIENCE = "22222222-3333-4444-5555-666666666666"
ENTRA_REQUIRED_SCOPE = "access_as_user"
`;
const isExample = "example IDs are left in ENTRA_TENANT_ID, ENTRA_API_AUDIENCE: ";

/** Writes a configuration whose environment `live` has these variables, with more settings after them. */
function configure(vars: string, more = "", entry = "src/worker.ts"): string {
  files += 1;
  const file = path.join(directory, `wrangler-${files}.toml`);
  const main = JSON.stringify(path.join(root, entry));
  writeFileSync(
    file,
    `name = "gate"\nmain = ${main}\nworkers_dev = false\n[env.live]\nroutes = ["api.contoso.com/*"]\n[env.live.vars]\n${vars}\n${more}\n`,
  );
  return file;
}

const deploy = (config: string, ...args: string[]) =>
  tryScript(deployScript, ["--env", "live", "--config", config, ...args]);

describe("npm run deploy", () => {
  it("passes the checked file to Wrangler by name", async () => {
    const config = configure(good);
    const { code, wrangler } = await deploy(config, "--message", "First");
    expect(code).toBe(0);
    expect(wrangler?.args).toEqual(["deploy", "--minify", "--config", config, "--env", "live", "--message", "First"]);
  });

  it("uploads a version that gets no requests yet", async () => {
    const { wrangler } = await deploy(configure(good), "--version-only", "--dry-run");
    expect(wrangler?.args.slice(0, 3)).toEqual(["versions", "upload", "--minify"]);
    expect(wrangler?.args).toContain("--dry-run");
  });

  it("fails if wrangler does", async () => {
    const args = ["--env", "live", "--config", configure(good)];
    expect((await tryScript(deployScript, args, { exitCode: 7 })).code).toBe(7);
  });

  it.each([
    ["no audience", good.replace(/ENTRA_API_AUDIENCE.*/, ""), "", "ENTRA_API_AUDIENCE"],
    ["a misspelled variable", `${good}ENTRA_ALOWED_CLIENTS = "x"`, "", "ENTRA_ALOWED_CLIENTS"],
    [
      "a secret in the file",
      `${good}ENTRA_CLIENT_ID = "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a"\nENTRA_CLIENT_SECRET = "s"`,
      "",
      "ENTRA_CLIENT_SECRET",
    ],
    ["the key of the log's hashes in the file", `${good}GATE_LOG_KEY = "k"`, "", "GATE_LOG_KEY"],
    ["a misspelled mode", `${good}GATE_MODE = "reprot"`, "", "GATE_MODE"],
    ["a DECISIONS variable that is not a dataset", `${good}DECISIONS = "on"`, "", "DECISIONS"],
    ["an origin that is the gate itself", `${good}ORIGIN_URL = "https://api.contoso.com"`, "", "ORIGIN_URL"],
    ["Workers Caching", good, "[env.live.cache]\nenabled = true", "Workers Caching"],
  ])("does not deploy %s", async (_, vars, more, named) => {
    const { code, output, wrangler } = await deploy(configure(vars, more), "--dry-run");
    expect(wrangler).toBeUndefined();
    expect(code).toBe(1);
    expect(output).toContain(named);
    expect(output).toContain("Not deployed");
  });

  it("tries the documentation's own IDs with a warning, and does not deploy them", async () => {
    const tried = await deploy(configure(examples), "--dry-run");
    expect([tried.code, tried.output]).toEqual([0, expect.stringContaining(`! ${isExample}`)]);
    for (const args of [[], ["--version-only"]]) {
      const { code, output, wrangler } = await deploy(configure(examples), ...args);
      expect([code, wrangler]).toEqual([1, undefined]);
      expect(output).toContain(`✗ ${isExample}`);
    }
  });

  it("warns once of a pattern with a path, and of the routes that it does not cover", async () => {
    const config = configure(good, "", "test/gates/strict.ts");
    writeFileSync(config, readFileSync(config, "utf8").replace("api.contoso.com/*", "www.contoso.com/api/*"));
    const { code, output } = await deploy(config, "--dry-run");
    expect(code).toBe(0);
    expect(output.match(/ {2}! .*/g)).toEqual([
      expect.stringMatching(/the pattern www\.contoso\.com\/api\/\* names a path, .*\/API\//),
      expect.stringMatching(/no pattern of the zone covers the whole of GET \/orders: /),
    ]);
  });

  it("uses no variables from this shell or from .dev.vars, which are not deployed", async () => {
    const config = configure(good.replace(/ENTRA_API_AUDIENCE.*/, ""));
    writeFileSync(path.join(directory, ".dev.vars"), "ENTRA_API_AUDIENCE=a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a\n");
    vi.stubEnv("ENTRA_API_AUDIENCE", "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a");
    const { code, wrangler } = await deploy(config);
    vi.unstubAllEnvs();
    expect([code, wrangler]).toEqual([1, undefined]);
  });

  it("treats a listed secret as present, and no other", async () => {
    const client = `${good}ENTRA_CLIENT_ID = "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a"`;
    const named = configure(client, '[env.live.secrets]\nrequired = ["ENTRA_CLIENT_SECRET"]');
    expect((await deploy(named)).output).not.toContain("has neither");
    expect((await deploy(configure(client))).output).toContain("has neither");
  });

  it("checks the variables of a gate with tokens for other APIs", async () => {
    const entry = "test/gates/downstream.ts";
    const vars = `${good}ENTRA_CLIENT_ID = "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a"\nORIGIN_AUTHORIZATION = "on-behalf-of"\nORIGIN_SCOPE = "api://orders/.default"`;
    const cache = '[[env.live.kv_namespaces]]\nbinding = "TOKEN_CACHE"\nid = "0123456789abcdef0123456789abcdef"';
    const secrets = (names: string) => `[env.live.secrets]\nrequired = [${names}]`;
    const both = `${cache}\n${secrets('"ENTRA_CLIENT_CERTIFICATE", "TOKEN_CACHE_KEY"')}`;
    expect((await deploy(configure(vars, both, entry))).code).toBe(0);
    const withoutKey = await deploy(configure(vars, `${cache}\n${secrets('"ENTRA_CLIENT_CERTIFICATE"')}`, entry));
    expect([withoutKey.code, withoutKey.output]).toEqual([1, expect.stringContaining("TOKEN_CACHE_KEY is required")]);
    expect((await deploy(configure(vars, both))).output).toContain(
      "which requires the downstream option of createGate",
    );
  });

  it.each([
    ["--var", "ENTRA_ACCEPT_V1:true"],
    ["--name", "other"],
    ["--keep-vars", ""],
    ["src/other.ts", ""],
  ])("refuses %s, which would change the checked configuration", async (...args) => {
    const { code, wrangler } = await deploy(configure(good), ...args.filter((arg) => arg !== ""));
    expect([code, wrangler]).toEqual([2, undefined]);
  });

  it.each([[[]], [["--env", "other"]], [["--env", "live", "--config", "missing.toml"]]])(
    "requires an existing environment: %j",
    async (args) => {
      const config = args.includes("--config") ? [] : ["--config", configure(good)];
      const { code, output, wrangler } = await tryScript(deployScript, [...args, ...config]);
      expect([code, wrangler]).toEqual([2, undefined]);
      expect(output).toMatch(/^error: .+$/);
    },
  );
});

it.each([
  ["deploy", deployScript],
  ["secrets", putSecrets],
])("npm run %s -- --help prints help, and does nothing else", async (name, script) => {
  const { code, output, wrangler } = await tryScript(script, ["--help"]);
  expect([code, wrangler]).toEqual([0, undefined]);
  expect(output).toMatch(new RegExp(`^Usage: npm run ${name} -- --env NAME`));
});

describe("npm run secrets", () => {
  const value = "a-secret-value-that-nobody-may-see";
  const client = `${good}ENTRA_CLIENT_ID = "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a"`;
  const listed = '[env.live.secrets]\nrequired = ["ENTRA_CLIENT_SECRET", "TOKEN_CACHE_KEY"]';
  const put = (input: string, args: readonly string[] = []) =>
    tryScript(putSecrets, ["--env", "live", "--config", configure(client, listed), ...args], { input });

  it("stores the values from standard input, and prints none", async () => {
    const { code, output, wrangler } = await put(JSON.stringify({ ENTRA_CLIENT_SECRET: value }));
    expect(code).toBe(0);
    expect(wrangler?.args.slice(0, 2)).toEqual(["secret", "bulk"]);
    expect(wrangler?.args.join()).not.toContain(value);
    expect(JSON.parse(wrangler?.input ?? "")).toEqual({ ENTRA_CLIENT_SECRET: value });
    expect(output).toContain("ENTRA_CLIENT_SECRET");
    expect(output).not.toContain(value);
  });

  it("stores files that are named like secrets", async () => {
    const from = mkdtempSync(path.join(directory, "secrets-"));
    writeFileSync(path.join(from, "ENTRA_CLIENT_SECRET"), `${value}\n`);
    writeFileSync(path.join(from, "TOKEN_CACHE_KEY.pem"), "line 1\nline 2\n");
    const { wrangler } = await put("", ["--from", from]);
    expect(JSON.parse(wrangler?.input ?? "")).toEqual({
      ENTRA_CLIENT_SECRET: value,
      TOKEN_CACHE_KEY: "line 1\nline 2",
    });
  });

  it("stores nothing in a dry run", async () => {
    const { code, wrangler } = await put(JSON.stringify({ ENTRA_CLIENT_SECRET: value }), ["--dry-run"]);
    expect([code, wrangler]).toEqual([0, undefined]);
  });

  it("stores nothing for the documentation's own IDs", async () => {
    const config = configure(`${examples}ENTRA_CLIENT_ID = "22222222-3333-4444-5555-666666666666"`, listed);
    const input = JSON.stringify({ ENTRA_CLIENT_SECRET: value, TOKEN_CACHE_KEY: value });
    const { code, wrangler } = await tryScript(putSecrets, ["--env", "live", "--config", config], { input });
    expect([code, wrangler]).toEqual([1, undefined]);
  });

  it.each([
    [
      "a name that is not listed",
      JSON.stringify({ ENTRA_CLIENT_CERTIFICATE: value }),
      "ENTRA_CLIENT_CERTIFICATE is no secret",
    ],
    ["an empty value", JSON.stringify({ ENTRA_CLIENT_SECRET: " " }), "ENTRA_CLIENT_SECRET is empty"],
    ["a list", JSON.stringify([value]), "secrets are JSON"],
    ["no JSON", value, "secrets are JSON"],
  ])("refuses %s, and does not repeat it", async (_, input, said) => {
    const { code, output, wrangler } = await put(input);
    expect([code, wrangler]).toEqual([2, undefined]);
    expect(output).toContain(said);
    expect(output).not.toContain(value);
  });

  it("refuses an invalid certificate", async () => {
    const config = configure(client, '[env.live.secrets]\nrequired = ["ENTRA_CLIENT_CERTIFICATE"]');
    const input = JSON.stringify({ ENTRA_CLIENT_CERTIFICATE: value });
    const { code, output, wrangler } = await tryScript(putSecrets, ["--env", "live", "--config", config], {
      input,
    });
    expect([code, wrangler]).toEqual([1, undefined]);
    expect(output).toContain("ENTRA_CLIENT_CERTIFICATE has no PEM block CERTIFICATE");
    expect(output).not.toContain(value);
  });
});
