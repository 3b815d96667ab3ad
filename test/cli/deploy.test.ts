import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { forwardingEntry } from "../support/gates.ts";
import { type CommandWorld, runHere } from "./support/run-command.ts";
import { installRecorder } from "./support/wrangler-recorder.ts";

const root = path.resolve(import.meta.dirname, "../..");
const directory = mkdtempSync(path.join(os.tmpdir(), "entra-gate-deploy-"));
const recorder = installRecorder(directory);
let files = 0;

afterAll(() => rmSync(directory, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

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
function configure(vars: string, more = "", entry = forwardingEntry): string {
  files += 1;
  const file = path.join(directory, `wrangler-${files}.toml`);
  const main = JSON.stringify(path.join(root, entry));
  writeFileSync(
    file,
    `name = "gate"\nmain = ${main}\nworkers_dev = false\n[env.live]\nroutes = ["api.contoso.com/*"]\n[env.live.vars]\n${vars}\n${more}\n`,
  );
  return file;
}

/** Runs the command line, and returns what it printed and the call of Wrangler. */
async function runWith(world: CommandWorld, ...args: readonly string[]) {
  const { code, stdout, stderr } = await runHere(args, world);
  return { code, output: `${stdout}${stderr}`, wrangler: recorder.takeCall() };
}

const run = (...args: readonly string[]) => runWith({}, ...args);

const deploy = (config: string, ...args: string[]) => run("deploy", "--env", "live", "--config", config, ...args);

/** Enters a new folder with these files. */
function enter(contents: Readonly<Record<string, string>>, folder = ""): string {
  files += 1;
  const project = path.join(directory, `project-${files}`);
  for (const [name, text] of Object.entries(contents)) {
    const file = path.join(project, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const here = path.join(project, folder);
  mkdirSync(here, { recursive: true });
  vi.spyOn(process, "cwd").mockReturnValue(here);
  return project;
}

const ids = {
  ENTRA_TENANT_ID: "4b1c6e0a-93d7-4f58-8a26-e1d07c35b9f2",
  ENTRA_API_AUDIENCE: "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a",
};
/** A configuration in JSON whose scope says where it stands. */
const settings = (scope: string, more: object = {}) =>
  JSON.stringify({
    name: scope,
    main: path.join(root, forwardingEntry),
    compatibility_date: "2026-10-12",
    routes: ["api.contoso.com/*"],
    vars: { ...ids, ENTRA_REQUIRED_SCOPE: scope },
    ...more,
  });

describe("entra-gate deploy", () => {
  it("passes the checked file to Wrangler by name", async () => {
    const config = configure(good);
    const { code, wrangler } = await deploy(config, "--message", "First");
    expect(code).toBe(0);
    expect(wrangler?.args).toEqual(["deploy", "--minify", "--message=First", `--config=${config}`, "--env=live"]);
  });

  it("uploads a version that gets no requests yet", async () => {
    const { wrangler } = await deploy(configure(good), "--version-only", "--dry-run");
    expect(wrangler?.args.slice(0, 3)).toEqual(["versions", "upload", "--minify"]);
    expect(wrangler?.args).toContain("--dry-run");
  });

  it("fails if wrangler does", async () => {
    recorder.failOnce();
    expect((await deploy(configure(good))).code).toBe(2);
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

  it("warns of static assets that Cloudflare serves before the gate runs", async () => {
    const assets = (more: string) => configure(good, `[env.live.assets]\ndirectory = "public"\n${more}`);
    const warned = await deploy(assets(""), "--dry-run");
    expect([warned.code, warned.output]).toEqual([0, expect.stringContaining("! static assets in")]);
    expect(warned.output).toContain("bypass the gate");
    expect((await deploy(assets("run_worker_first = true"), "--dry-run")).output).not.toContain("static assets");
  });

  it("uses no variables from this shell or from .dev.vars, which are not deployed", async () => {
    const config = configure(good.replace(/ENTRA_API_AUDIENCE.*/, ""));
    writeFileSync(path.join(directory, ".dev.vars"), "ENTRA_API_AUDIENCE=a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a\n");
    vi.stubEnv("ENTRA_API_AUDIENCE", "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a");
    const { code, wrangler } = await deploy(config);
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
      "which requires the option downstream: downstream(), of createGate or createEntraPlugin",
    );
  });

  it.each([
    ["--var", "ENTRA_ACCEPT_V1:true"],
    ["--name", "other"],
    ["--keep-vars", ""],
    ["src/other.ts", ""],
  ])("refuses %s, which would change the checked configuration", async (...args) => {
    const { code, wrangler } = await deploy(configure(good), ...args.filter((arg) => arg !== ""));
    expect([code, wrangler]).toEqual([3, undefined]);
  });

  it.each(["message", "tag", "outdir"])("passes a text that looks like an option in --%s as a text", async (name) => {
    const { wrangler } = await deploy(configure(good), `--${name}`, "--var=ENTRA_ACCEPT_V1:true");
    expect(wrangler?.args).toContain(`--${name}=--var=ENTRA_ACCEPT_V1:true`);
  });

  it("refuses the variables of the dashboard, which nobody can check here", async () => {
    const config = configure(good);
    writeFileSync(config, `keep_vars = true\n${readFileSync(config, "utf8")}`);
    const { code, output, wrangler } = await deploy(config);
    expect([code, wrangler]).toEqual([1, undefined]);
    expect(output).toContain("keep_vars is on");
  });

  it("gives the module scope the variables of the target, and none of this shell", async () => {
    const worker = (name: string) => `
      import { createGate } from ${JSON.stringify(path.join(root, "src/index.ts"))};
      if (process.env.${name} !== "yes") throw new TypeError("${name} is " + process.env.${name});
      export default createGate();`;
    vi.stubEnv("OF_SHELL", "yes");
    const vars = { ...ids, ENTRA_REQUIRED_SCOPE: "a", OF_TARGET: "yes" };
    enter({ "wrangler.json": settings("a", { main: "w.ts", vars }), "w.ts": worker("OF_TARGET") });
    expect((await run("deploy")).code).toBe(0);
    enter({ "wrangler.json": settings("a", { main: "w.ts", vars }), "w.ts": worker("OF_SHELL") });
    expect(await run("deploy")).toMatchObject({ code: 1, output: expect.stringContaining("OF_SHELL is undefined") });
    expect(process.env.OF_SHELL).toBe("yes");
  });
});

describe("the target of entra-gate deploy", () => {
  const faulty = settings("x", { vars: { ...ids, ENTRA_TENANT_ID: "common", ENTRA_REQUIRED_SCOP: "x" } });

  it("is the top level of a file without environments", async () => {
    const project = enter({ "wrangler.jsonc": settings("top") });
    vi.stubEnv("CLOUDFLARE_ENV", "production");
    const { code, output, wrangler } = await run("deploy");
    expect([code, output]).toEqual([0, expect.stringMatching(/^wrangler.jsonc\n/)]);
    expect(wrangler?.args).toEqual([
      "deploy",
      "--minify",
      `--config=${path.join(project, "wrangler.jsonc")}`,
      "--env=",
    ]);
  });

  it("needs a name in a file with environments", async () => {
    enter({ "wrangler.jsonc": settings("top", { env: { staging: {}, production: {} } }) });
    expect(await run("deploy")).toEqual({
      code: 3,
      output: `error: --env is missing: wrangler.jsonc has environments. Use --env staging or --env production, or --env "" for its top level\n`,
      wrangler: undefined,
    });
  });

  it("is the environment that is named, whatever CLOUDFLARE_ENV says", async () => {
    const vars = { ...ids, ENTRA_TENANT_ID: "common", ENTRA_REQUIRED_SCOP: "x" };
    enter({ "wrangler.jsonc": settings("top", { env: { production: { vars } } }) });
    vi.stubEnv("CLOUDFLARE_ENV", "production");
    const top = await run("deploy", "--env", "");
    expect([top.code, top.wrangler?.args.at(-1)]).toEqual([0, "--env="]);
    const named = await run("deploy", "--env", "production");
    expect([named.code, named.wrangler]).toEqual([1, undefined]);
    expect(named.output).toMatch(/^wrangler.jsonc \[env.production\]\n.*ENTRA_TENANT_ID.*ENTRA_REQUIRED_SCOP/s);
  });

  it.each([
    ["wrangler.json", { "wrangler.json": settings("a"), "wrangler.jsonc": faulty, "wrangler.toml": "" }, ""],
    ["wrangler.jsonc", { "wrangler.jsonc": settings("a"), "wrangler.toml": "" }, ""],
    ["../wrangler.jsonc", { "wrangler.jsonc": settings("a") }, "src"],
    ["../wrangler.json", { "wrangler.json": settings("a"), "src/wrangler.toml": "" }, "src"],
  ])("is %s, which Wrangler would read", async (shown, contents, folder) => {
    const project = enter(contents, folder);
    const { code, output, wrangler } = await run("deploy");
    expect([code, output]).toEqual([0, expect.stringMatching(`^${shown}\n`)]);
    expect(wrangler?.args).toContain(`--config=${path.resolve(project, folder, shown)}`);
  });

  describe("after a build", () => {
    const pointer = ".wrangler/deploy/config.json";
    const built = (targetEnvironment?: string) => ({
      "wrangler.jsonc": faulty,
      [pointer]: '{ "configPath": "../../dist/wrangler.json" }',
      "dist/wrangler.json": settings("built", { targetEnvironment, definedEnvironments: ["production"] }),
    });

    it("is the configuration that the build wrote, for the environment of the build", async () => {
      const project = enter(built("production"));
      const { code, output, wrangler } = await run("deploy", "--env", "production");
      expect([code, output]).toEqual([0, expect.stringMatching(/^dist\/wrangler.json, built for production\n/)]);
      expect(wrangler?.args.slice(-2)).toEqual([`--config=${path.join(project, "dist/wrangler.json")}`, "--env="]);
    });

    it.each([
      ["for another environment", built(), ["--env", "production"], "which was built for the top level: build again"],
      ["without a name", built("production"), [], "--env is missing: dist/wrangler.json has environments"],
      ["that has gone", { ...built(), [pointer]: '{ "configPath": "../../gone.json" }' }, [], "names no configuration"],
      ["that names nothing", { ...built(), [pointer]: "{}" }, [], "names no configuration"],
    ])("refuses a build %s", async (_, contents, args, said) => {
      enter(contents);
      expect(await run("deploy", ...args)).toEqual({
        code: 3,
        output: expect.stringContaining(said),
        wrangler: undefined,
      });
    });

    it("refuses a build of a folder above", async () => {
      enter({ [pointer]: "{}", "app/wrangler.json": settings("a") }, "app");
      expect(await run("deploy")).toMatchObject({ code: 3, output: expect.stringContaining("another project") });
    });
  });

  it.each([
    ["no file", {}, [], "run npx entra-gate init"],
    ["a file that does not exist", {}, ["--config", "missing.toml"], "--config missing.toml: the file does not exist"],
    [
      "an environment that does not exist",
      { "wrangler.json": settings("a") },
      ["--env", "live"],
      "has no environments",
    ],
    [
      "no worker",
      { "wrangler.json": settings("a", { main: undefined }) },
      [],
      "wrangler.json names no worker: set main",
    ],
    ["two environments", { "wrangler.json": settings("a") }, ["--env", "a", "--env", "b"], "only once"],
  ])("refuses %s", async (_, contents, args, said) => {
    enter(contents);
    expect(await run("deploy", ...args)).toEqual({
      code: 3,
      output: expect.stringMatching(`^error: .*${said}`),
      wrangler: undefined,
    });
  });

  it("needs the project's own Wrangler", async () => {
    const lonely = mkdtempSync(path.join(os.tmpdir(), "entra-gate-lonely-"));
    writeFileSync(path.join(lonely, "wrangler.json"), settings("a"));
    vi.spyOn(process, "cwd").mockReturnValue(lonely);
    const { code, output } = await run("deploy");
    rmSync(lonely, { recursive: true });
    expect([code, output]).toEqual([3, expect.stringContaining("run npm install --save-dev wrangler")]);
  });
});

describe("entra-gate secrets", () => {
  const value = "a-secret-value-that-nobody-may-see";
  const client = `${good}ENTRA_CLIENT_ID = "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a"`;
  const listed = '[env.live.secrets]\nrequired = ["ENTRA_CLIENT_SECRET", "TOKEN_CACHE_KEY"]';
  const putTo = (config: string, input: string, args: readonly string[] = []) =>
    runWith({ input }, "secrets", "--env", "live", "--config", config, ...args);
  const put = (input: string, args: readonly string[] = []) => putTo(configure(client, listed), input, args);

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
    const { code, wrangler } = await putTo(config, input);
    expect([code, wrangler]).toEqual([1, undefined]);
  });

  it.each([
    [
      "a name that is not listed",
      JSON.stringify({ ENTRA_CLIENT_CERTIFICATE: value }),
      "ENTRA_CLIENT_CERTIFICATE is no secret",
    ],
    [
      "an empty value",
      JSON.stringify({ ENTRA_CLIENT_SECRET: " " }),
      "ENTRA_CLIENT_SECRET must be a text that is not empty",
    ],
    ["a list", JSON.stringify([value]), "the secrets must be JSON"],
    ["no JSON", value, "the secrets must be JSON"],
  ])("refuses %s, and does not repeat it", async (_, input, said) => {
    const { code, output, wrangler } = await put(input);
    expect([code, wrangler]).toEqual([3, undefined]);
    expect(output).toContain(said);
    expect(output).not.toContain(value);
  });

  it("refuses an invalid certificate", async () => {
    const config = configure(client, '[env.live.secrets]\nrequired = ["ENTRA_CLIENT_CERTIFICATE"]');
    const input = JSON.stringify({ ENTRA_CLIENT_CERTIFICATE: value });
    const { code, output, wrangler } = await putTo(config, input);
    expect([code, wrangler]).toEqual([1, undefined]);
    expect(output).toContain("ENTRA_CLIENT_CERTIFICATE has no PEM block CERTIFICATE");
    expect(output).not.toContain(value);
  });
});
