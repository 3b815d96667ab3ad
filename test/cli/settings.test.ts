import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { stringify } from "smol-toml";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { UsageError } from "../../cli/common/usage-error.ts";
import { loadConfiguredCode } from "../../cli/project/load-gate.ts";
import { describeOtherEnvironments, readSettings, requireVariables } from "../../cli/project/settings.ts";
import { fileNames, readWrangler } from "../../cli/project/wrangler-config.ts";
import { runHere } from "./support/run-command.ts";

const root = path.resolve(import.meta.dirname, "../..");

let directory: string;
const made: string[] = [];

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "settings-"));
  made.push(directory);
});
afterAll(() => {
  for (const each of made) rmSync(each, { recursive: true });
});

const write = (name: string, text: string) => writeFileSync(path.join(directory, name), text);
const read = (options: object = {}, environment = {}) =>
  readSettings(directory, environment, { devVars: true, ...options });

const toml = `
main = "src/worker.ts"
routes = ["api.contoso.example/*"]
workers_dev = false
[vars]
ENTRA_TENANT_ID = "top"
ENTRA_ACCEPT_V1 = true
OTHER = "not the gate's"
[[services]]
binding = "ORIGIN"
service = "orders"
[env.bare]
[env.production]
preview_urls = true
[env.production.vars]
ENTRA_TENANT_ID = "production"
[[env.production.secrets_store_secrets]]
binding = "ENTRA_CLIENT_SECRET"
`;

it("the help of --config names the files that are read without it, in their order", async () => {
  const { stdout } = await runHere(["doctor", "--help"]);
  const help = stdout.replace(/\s+/g, " ");
  expect(help).toContain(`by default the first of ${fileNames.join(", ")} --env`);
});

describe("settings", () => {
  it("come from wrangler.toml, then .dev.vars, then the environment", () => {
    write("wrangler.toml", toml);
    write(".dev.vars", 'ENTRA_TENANT_ID=dev\nENTRA_API_AUDIENCE="dev"\n# a comment\n');
    const { environment, sources } = read({}, { ENTRA_API_AUDIENCE: "shell", PATH: "/bin" });
    expect(environment).toMatchObject({ ENTRA_TENANT_ID: "dev", ENTRA_API_AUDIENCE: "shell", ENTRA_ACCEPT_V1: true });
    expect(Object.keys(environment)).not.toContain("OTHER");
    expect(Object.keys(environment)).not.toContain("PATH");
    expect(sources.get("ENTRA_TENANT_ID")).toBe(".dev.vars");
    expect(sources.get("ENTRA_API_AUDIENCE")).toBe("environment");
    expect(sources.get("ENTRA_ACCEPT_V1")).toBe("wrangler.toml [vars]");
  });

  it("include a variable after a byte order mark: Wrangler ignores the mark in .dev.vars, and Node keeps it in a name", () => {
    write("wrangler.toml", toml);
    write(".dev.vars", "\uFEFFENTRA_ALLOWED_CLIENTS=dev");
    const { environment } = read({}, { "\uFEFFENTRA_ALLOWED_TENANTS": "process" });
    expect(environment).toMatchObject({ ENTRA_ALLOWED_CLIENTS: "dev", "\uFEFFENTRA_ALLOWED_TENANTS": "process" });
  });

  it("omit .dev.vars for a deployment", () => {
    write("wrangler.toml", toml);
    write(".dev.vars", "ENTRA_TENANT_ID=dev");
    expect(read({ devVars: false }).environment.ENTRA_TENANT_ID).toBe("top");
  });

  it("of an environment inherit no variables and no bindings, as in Wrangler", () => {
    write("wrangler.toml", toml);
    const { environment, wrangler } = read({ env: "production" });
    expect(Object.keys(environment).sort()).toEqual(["ENTRA_CLIENT_SECRET", "ENTRA_TENANT_ID"]);
    expect(wrangler).toMatchObject({ patterns: ["api.contoso.example/*"], workersDev: false, previewUrls: true });
    expect(wrangler?.main).toBe(path.join(directory, "src/worker.ts"));
  });

  it("prefer routes to a route that is inherited, and workers_dev is on without any, as in Wrangler", () => {
    const top = 'route = "api.contoso.example/*"';
    write("wrangler.toml", `${top}\n[env.live]\nroutes = ["live.contoso.example/*"]\n[env.none]\nroutes = []`);
    const described = ["", "live", "none"].map((env) => {
      const { patterns, workersDev } = read({ env }).wrangler!;
      return [patterns.join(), workersDev];
    });
    expect(described).toEqual([
      ["api.contoso.example/*", false],
      ["live.contoso.example/*", false],
      ["", true],
    ]);
  });

  it("of an environment are only those that are deployed, without .dev.vars and the process", () => {
    write("wrangler.toml", toml);
    write(".dev.vars", "ENTRA_API_AUDIENCE=dev");
    write(".dev.vars.production", "ENTRA_API_AUDIENCE=production");
    const shell = { ENTRA_API_AUDIENCE: "shell", ENTRA_TENANT_ID: "shell" };
    const { environment, sources, onWorkers } = read({ env: "production" }, shell);
    expect(environment).toMatchObject({ ENTRA_TENANT_ID: "production" });
    expect(Object.keys(environment)).not.toContain("ENTRA_API_AUDIENCE");
    expect(new Set(sources.values())).toEqual(new Set(["wrangler.toml [env.production.vars]"]));
    expect(onWorkers).toBe(true);
    expect(() => requireVariables(read({ env: "bare" }, shell))).toThrow(
      "no variable of a gate is set in wrangler.toml [env.bare.vars]",
    );
  });

  it("have placeholders for bindings", () => {
    write("wrangler.toml", toml);
    const { ORIGIN } = read().environment as { ORIGIN: { fetch(): unknown } };
    expect(() => ORIGIN.fetch()).toThrow("not available");
  });

  it("are for Workers, unless all of them come from the process", () => {
    const shell = { ENTRA_TENANT_ID: "shell" };
    expect(read({}, shell).onWorkers).toBe(false);
    write("wrangler.toml", 'main = "src/worker.ts"');
    expect(read({}, shell).onWorkers).toBe(false);
    write(".dev.vars", "ENTRA_API_AUDIENCE=dev");
    expect(read({}, shell).onWorkers).toBe(true);
    write("wrangler.toml", toml);
    expect(read({ devVars: false }, shell).onWorkers).toBe(true);
  });

  it.each([
    ["wrangler.json", '{"vars":{"ENTRA_TENANT_ID":"json"},"env":{"live":{"vars":{"ENTRA_TENANT_ID":"live"}}}}'],
    [
      "wrangler.jsonc",
      '{"vars":{"ENTRA_TENANT_ID":"json",}, // comment\n"env":{"live":{"vars":{"ENTRA_TENANT_ID":"live"}}}}',
    ],
  ])("are found in %s, which wrangler prefers to wrangler.toml", (name, text) => {
    write("wrangler.toml", toml);
    write(name, text);
    expect(read().environment.ENTRA_TENANT_ID).toBe("json");
    expect(read({ env: "live" }).sources.get("ENTRA_TENANT_ID")).toBe(`${name} [env.live.vars]`);
  });

  it("of an empty environment are those that Wrangler deploys without one", () => {
    write("wrangler.toml", toml);
    write(".dev.vars", "ENTRA_TENANT_ID=dev");
    const { environment, deployed } = read({ env: "" }, { ENTRA_TENANT_ID: "shell" });
    expect([environment.ENTRA_TENANT_ID, deployed]).toEqual(["top", true]);
  });

  it.each(["wrangler.toml", "wrangler.jsonc"])(
    "are the same by wrangler's own reader and without it, in %s",
    (name) => {
      const tables = {
        ...{
          main: "src/worker.ts",
          workers_dev: false,
          routes: [{ pattern: "api.contoso.example/*", zone_name: "c" }],
        },
        name: "gate",
        compatibility_date: "2026-10-12",
        cache: { enabled: true },
        vars: { ENTRA_TENANT_ID: "top" },
        define: { TOP: "1" },
        d1_databases: [{ binding: "DB", database_id: "0199295b-b3ac-7760-8246-bca40877b3e9" }],
        unsafe: { bindings: [{ name: "RATE_LIMITER", type: "ratelimit", namespace_id: "1" }] },
        vpc_services: [{ binding: "ORIGIN_BILLING", service_id: "0199295b-b3ac-7760-8246-bca40877b3e9" }],
        vpc_networks: [{ binding: "ORIGIN_HISTORY", network_id: "cf1:network" }],
        mtls_certificates: [{ binding: "ORIGIN_STOCK", certificate_id: "0199295b-b3ac-7760-8246-bca40877b3e9" }],
        env: {
          live: {
            vars: { ENTRA_TENANT_ID: "live" },
            preview_urls: true,
            secrets: { required: ["GATE_LOG_KEY"] },
            services: [{ binding: "ORIGIN", service: "orders" }],
            kv_namespaces: [{ binding: "TOKEN_CACHE", id: "0123456789abcdef0123456789abcdef", preview_id: "local" }],
            durable_objects: { bindings: [{ name: "GLOBAL_LIMITER", class_name: "Limiter" }] },
          },
        },
      };
      write(name, name.endsWith("toml") ? stringify(tables) : JSON.stringify(tables));
      const file = path.join(directory, name);
      const describe = (env: string | undefined) => {
        // Wrangler adds its defaults to the settings.
        const { settings: _, bindings, ...others } = readWrangler(file, env);
        return JSON.stringify({ ...others, bindings: [...bindings].sort() });
      };
      const alone = [describe(undefined), describe("live")];
      symlinkSync(path.join(root, "node_modules"), path.join(directory, "node_modules"));
      expect([describe(undefined), describe("live")]).toEqual(alone);
      const origins = (env?: string) =>
        Object.keys(readWrangler(file, env).environment).filter((each) => each.startsWith("ORIGIN"));
      expect(origins("live")).toEqual(["ORIGIN"]);
      expect(origins()).toEqual(["ORIGIN_BILLING", "ORIGIN_HISTORY", "ORIGIN_STOCK"]);
      expect([...readWrangler(file, "live").bindings].sort()).toEqual([
        ["GLOBAL_LIMITER", "durable_objects class_name=Limiter"],
        ["ORIGIN", "services service=orders"],
        ["TOKEN_CACHE", "kv_namespaces id=0123456789abcdef0123456789abcdef"],
      ]);
      expect(() => readWrangler(file, "staging")).toThrow(`--env staging is not in ${name}, which has live`);
      write(name, "= {");
      expect(() => readWrangler(file, undefined)).toThrow(new RegExp(`^${name} cannot be read: `));
    },
  );

  it.each([
    ["a missing file", { config: "nowhere.toml" }, "nowhere.toml: the file does not exist"],
    ["a malformed file", { config: "broken.toml" }, "broken.toml cannot be read"],
    ["a missing environment", { env: "staging" }, "--env staging is not in wrangler.toml, which has bare, production"],
  ])("refuse %s, and name it", (_, options, message) => {
    write("wrangler.toml", toml);
    write("broken.toml", "= nothing");
    expect(() => read(options)).toThrow(UsageError);
    expect(() => read(options)).toThrow(message);
  });

  it("must be set somewhere", () => {
    expect(() => requireVariables(read())).toThrow("no variable of a gate is set in wrangler.toml, .env, .dev.vars");
  });

  it("must be set in the file of --config, which the message names", () => {
    write("w10.toml", 'main = "src/worker.ts"');
    expect(() => requireVariables(read({ config: "w10.toml" }))).toThrow("is set in w10.toml, .dev.vars");
  });

  it("come from .env too without a configuration of Wrangler, as the server of Node or Deno reads it", () => {
    write(".env", "ENTRA_TENANT_ID=env\nENTRA_API_AUDIENCE=env\nPORT=1\n");
    const { environment, sources, onWorkers } = read({}, { ENTRA_API_AUDIENCE: "shell" });
    expect(environment).toEqual({ ENTRA_TENANT_ID: "env", ENTRA_API_AUDIENCE: "shell" });
    expect(Object.fromEntries(sources)).toEqual({ ENTRA_TENANT_ID: ".env", ENTRA_API_AUDIENCE: "environment" });
    expect(onWorkers).toBe(false);
    expect(read({ devVars: false }).environment).toEqual({});
    // The server has the name with the mark, which is a fault.
    write(".env", "\uFEFFENTRA_TENANT_ID=env");
    expect(read().environment).toEqual({ "\uFEFFENTRA_TENANT_ID": "env" });
  });

  it("do not come from .env beside a configuration of Wrangler; the message says where to put them", () => {
    write("wrangler.toml", 'main = "src/worker.ts"');
    write(".env", "OTHER=1");
    expect(() => requireVariables(read())).toThrow(/^[^.]+ is set in wrangler\.toml, \.dev\.vars or .*--config$/);
    write(".env", "ENTRA_TENANT_ID=env");
    expect(() => requireVariables(read())).toThrow(/\. This command does not read \.env .*: move .* to \.dev\.vars$/);
  });

  it("name the file that names no worker, if there is one", async () => {
    expect((await loadConfiguredCode(read())).problem).toMatch(/^no file names a worker: this folder has no /);
    write("wrangler.json", "{}");
    write("w10.toml", "");
    expect((await loadConfiguredCode(read())).problem).toMatch(/^wrangler\.json names no worker/);
    expect((await loadConfiguredCode(read({ config: "w10.toml" }))).problem).toMatch(/^w10\.toml names no worker/);
  });

  it("may be only in environments, which the message lists", () => {
    write("wrangler.toml", `[env.live.vars]\nENTRA_TENANT_ID = "live"\n[env.test.vars]\nENTRA_TENANT_ID = "test"`);
    const listed = "wrangler.toml also has --env live, --env test";
    expect(() => requireVariables(read())).toThrow(new RegExp(`with --config\\. ${listed}$`));
    expect(() => requireVariables(read({ env: "" }))).toThrow(listed);
    expect(describeOtherEnvironments(read({}, { ENTRA_TENANT_ID: "shell" }))).toBe(listed);
    expect(describeOtherEnvironments(read({ env: "live" }))).toBeUndefined();
    write("wrangler.toml", `services = [{ binding = "ORIGIN", service = "x" }]\n[env.live.vars]\nA = "a"\n[env.test]`);
    expect(describeOtherEnvironments(read())).toBe(listed);
    expect(describeOtherEnvironments(read({ env: "live" }))).toBe("wrangler.toml also has --env test");
    write("wrangler.toml", toml);
    expect(describeOtherEnvironments(read())).toBeUndefined();
  });
});
