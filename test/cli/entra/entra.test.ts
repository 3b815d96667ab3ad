import { execFile } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findPort } from "../../../cli/common/loopback.ts";
import { findAuthorityCertificate, findAuthorityFolder } from "../../../cli/entra/authority-files.ts";
import { type Launcher, startLauncher } from "../../support/launcher.ts";
import { startServer } from "../../support/server.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const command = path.join(root, "cli/entra-gate.js");
const runFile = promisify(execFile);
let data: string;
let launcher: Launcher;
let env: Record<string, string>;
let url: string;
let keys: string;

beforeAll(async () => {
  // The folder of a user on Linux: tests of the paths on other systems are in authority.test.ts.
  data = mkdtempSync(path.join(tmpdir(), "entra command-"));
  env = { HOME: data, XDG_DATA_HOME: data, LOCALAPPDATA: data };
  const config = path.join(data, "entra.yaml");
  keys = path.join(data, "keys/entra.json");
  writeFileSync(config, 'apps: { shop: { redirectUris: { spa: ["https://shop.example/"] } } }');
  const options = [
    "--https",
    "--config",
    config,
    "--keys",
    keys,
    "--authority",
    "customers",
    "--external",
    "ciamlogin",
  ];
  launcher = await startLauncher(options, { command: [command, "entra"], env });
  url = /^Local Entra (\S+)$/m.exec(launcher.output())?.[1] ?? "";
});
afterAll(async () => {
  await launcher.stop();
  rmSync(data, { recursive: true });
});

const run = (args: readonly string[], more: Record<string, string> = {}) =>
  runFile(process.execPath, args, { env: { ...process.env, ...env, ...more } }).catch((error) => error);

/** Sends a request to the https server. */
async function ask(pathname: string, headers: Record<string, string> = {}, method = "GET") {
  const ca = readFileSync(findAuthorityCertificate(findAuthorityFolder(env)));
  const sent = request(new URL(pathname, url), { ca, headers, method }).end();
  const [response] = await once(sent, "response");
  let body = "";
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode as number, body };
}

describe("entra --https", () => {
  it("prints how to trust it, in lines that a shell can run", async () => {
    expect(url).toMatch(/^https:\/\/localhost:\d+$/);
    const lines = launcher.output().match(/^export .*$/gm) ?? [];
    expect(lines.map((line) => line.slice("export ".length).split("=")[0])).toEqual([
      "NODE_EXTRA_CA_CERTS",
      "DENO_CERT",
      "REQUESTS_CA_BUNDLE",
      "SSL_CERT_FILE",
    ]);
    const token = /^npx entra-gate (token .*)$/m.exec(launcher.output())?.[1] ?? "";
    const script = `${lines.join("\n")}\n${process.execPath} ${command} ${token}`;
    const { stdout } = await runFile("sh", ["-c", script]);
    expect(stdout).toMatch(/^ey[\w-]+\.[\w-]+\.[\w-]+\n$/);
  });

  it("answers at each address of localhost, under its own origin", async () => {
    const fetchThere = `const get = (url) => fetch(url + "/contoso/v2.0/.well-known/openid-configuration");
      const { issuer } = await (await get(${JSON.stringify(url)})).json();
      const [other] = await Promise.all([get(${JSON.stringify(url.replace("localhost", "127.0.0.1"))})]);
      console.log(issuer, other.status);`;
    const trust = { NODE_EXTRA_CA_CERTS: findAuthorityCertificate(findAuthorityFolder(env)) };
    const { stdout } = await run(["--input-type=module", "--eval", fetchThere], trust);
    expect(stdout).toBe(`${url}/c0c0c0c0-0000-4000-8000-000000000001/v2.0 200\n`);
  });

  it("serves an authority with a name at a port of its own, which alone behaves as External ID", async () => {
    const [, other = ""] = /^Authority customers (https:\/\/localhost:\d+)$/m.exec(launcher.output()) ?? [];
    const [, tenant] = /^ENTRA_CUSTOMERS_TENANT_ID=(\S+)$/m.exec(launcher.output()) ?? [];
    expect(launcher.output()).toContain(`\nENTRA_CUSTOMERS_AUTHORITY=${other}\n`);
    const trust = { NODE_EXTRA_CA_CERTS: findAuthorityCertificate(findAuthorityFolder(env)) };
    const read = async (options: readonly string[]) => {
      const { stdout } = await run([command, "token", "--entra", url, ...options], trust);
      return decodeJwt(stdout.trim());
    };
    expect(await read(["--authority", "customers"])).toMatchObject({
      name: "Local Customer",
      iss: `https://${tenant}.ciamlogin.com/${tenant}/v2.0`,
    });
    expect((await read([])).iss).toBe(`${url}/c0c0c0c0-0000-4000-8000-000000000001/v2.0`);
    const fault = `fetch(${JSON.stringify(other)} + "/local/faults/startOutage", { method: "POST", body: '{"kind":"down"}' })
      .then(async ({ status }) => console.log(status, ...(await Promise.all(${JSON.stringify([`${url}/contoso`, `${other}/external`])}
        .map(async (each) => (await fetch(each + "/discovery/v2.0/keys")).status)))))`;
    expect((await run(["--eval", fault], trust)).stdout).toBe("200 200 503\n");
  });

  it.each([
    [["default"], '--authority "default" must be a name in lower case other than default, such as customers'],
    [["customers", "customers"], "--authority customers is there twice"],
  ])("refuses the names %j", async (names, message) => {
    const { code, stderr } = await run([command, "entra", "--authority", ...names]);
    expect([code, stderr]).toEqual([3, `error: ${message}\n`]);
  });

  it("is refused by a program that does not trust it", async () => {
    const { stderr } = await run(["--eval", `fetch(${JSON.stringify(url)})`]);
    expect(stderr).toContain("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
    const token = await run([command, "token", "--entra", url]);
    expect([token.code, token.stderr]).toEqual([
      3,
      `error: this command does not trust the certificate of ${url}: set NODE_EXTRA_CA_CERTS as entra-gate entra --https prints it\n`,
    ]);
  });

  it("lists the tenants, users and apps of its configuration, with links to sign in and lines for a shell", async () => {
    const { status, body } = await ask("/");
    expect(status).toBe(200);
    for (const text of [
      "This is a local stand-in for Microsoft Entra ID",
      "<b>contoso</b>",
      "<b>member</b>",
      "<b>shop</b>",
    ]) {
      expect(body).toContain(text);
    }
    const [, link = ""] = /<a href="([^"]+)">Sign in to https:\/\/shop\.example\//.exec(body) ?? [];
    const page = await ask(link.replaceAll("&amp;", "&"));
    expect([page.status, page.body.includes('name="persona" value="member"')]).toEqual([200, true]);
    const [line = ""] = /^curl .*client_credentials.*$/m.exec(body) ?? [];
    const trust = { ...process.env, CURL_CA_BUNDLE: findAuthorityCertificate(findAuthorityFolder(env)) };
    const { stdout } = await runFile("sh", ["-c", line], { env: trust });
    expect(JSON.parse(stdout)).toMatchObject({ token_type: "Bearer" });
  });

  it("answers pages of the redirect URIs of a SPA, except at its control API", async () => {
    const statuses = async (origin: string) => {
      const headers = { origin };
      const token = await ask("/contoso/oauth2/v2.0/token", headers, "POST");
      const closed = ["/local/keys", "/%6cocal/keys", "/loc%61l/token", "/"];
      return [token.status, ...(await Promise.all(closed.map(async (each) => (await ask(each, headers)).status)))];
    };
    expect(await statuses("https://shop.example")).toEqual([400, 403, 403, 403, 403]);
    expect(await statuses("https://other.example")).toEqual([403, 403, 403, 403, 403]);
    // Without a page, the encoded path is the same one: the refusal is what keeps pages out.
    expect((await ask("/%6cocal/keys")).status).toBe(200);
  });

  it("keeps its signing keys in a file that only the user can read", async () => {
    const readKids = (body: string) => JSON.parse(body).map(({ kid }: { kid: string }) => kid);
    const kids = readKids((await ask("/local/keys")).body);
    expect(statSync(keys).mode & 0o777).toBe(0o600);
    const second = await startLauncher(["--keys", keys], { command: [command, "entra"], env });
    const [, address = ""] = /^Local Entra (\S+)$/m.exec(second.output()) ?? [];
    expect(readKids(await (await fetch(`${address}/local/keys`)).text())).toEqual(kids);
    await second.stop();
    chmodSync(keys, 0o640);
    const { code, stderr } = await run([command, "entra", "--keys", keys]);
    expect([code, stderr]).toEqual([
      3,
      `error: other users can read ${keys}, which has signing keys: run chmod 600 ${keys}\n`,
    ]);
    chmodSync(keys, 0o600);
    writeFileSync(keys, "{}");
    expect((await run([command, "entra", "--keys", keys])).stderr).toMatch(
      /has no signing keys of a local Entra .*: remove it/,
    );
  });

  it("refuses a faulty configuration, and starts nothing", async () => {
    const config = path.join(data, "faulty.yaml");
    writeFileSync(config, "users:\n  rosa: { tenant: nowhere }\napps: []\n");
    const { code, stdout, stderr } = await run([command, "entra", "--config", config]);
    expect([code, stdout, stderr.split("\n")]).toEqual([
      3,
      "",
      [
        "error: the configuration has 2 faults:",
        `  ${config}:2:11 users.rosa.tenant: there is no tenant "nowhere": use one of contoso, fabrikam, msa`,
        `  ${config}:3:1 apps: must be a mapping, such as {}`,
        "",
      ],
    ]);
  });

  it("leaves nothing after --forget", async () => {
    const other = mkdtempSync(path.join(tmpdir(), "entra-"));
    const own = { HOME: other, XDG_DATA_HOME: other, LOCALAPPDATA: other };
    const folder = findAuthorityFolder(own);
    expect((await run([command, "entra", "--forget"], own)).stdout).toBe(`There is no authority in ${folder}.\n`);
    const second = await startLauncher(["--https"], { command: [command, "entra"], env: own });
    await second.stop();
    expect(existsSync(findAuthorityCertificate(folder))).toBe(true);
    expect((await run([command, "entra", "--forget"], own)).stdout).toContain(`Removed the authority of ${folder}.`);
    expect(existsSync(folder)).toBe(false);
    rmSync(other, { recursive: true });
  });
});

it("is what dev --entra-only starts at the port after the given one, or at the next free one", async () => {
  const port = await findPort(20_000 + Math.floor(Math.random() * 10_000));
  const blocker = createServer().listen(port + 1, "127.0.0.1");
  await once(blocker, "listening");
  const alone = await startLauncher(["--entra-only", "--port", String(port)], { cwd: data, env });
  blocker.close();
  const [, address = ""] = /^Local Entra (\S+)$/m.exec(alone.output()) ?? [];
  expect(Number(new URL(address).port)).toBeGreaterThan(port + 1);
  expect(alone.errors()).toBe(`Port ${port + 1} is taken: the local Entra uses ${new URL(address).port}.\n`);
  expect(alone.output()).toContain(`ENTRA_AUTHORITY=${address}\n`);
  expect(await (await fetch(`${address}/local/token`)).text()).toMatch(/^ey/);
  await alone.stop();
  const mixed = await run([command, "dev", "--entra-only", "--origin", "http://127.0.0.1:3000"]);
  expect([mixed.code, mixed.stderr]).toEqual([3, expect.stringContaining("--entra-only")]);
});

it("refuses a port that is taken or no port", async () => {
  const { port, stop } = await startServer(createServer());
  const taken = await run([command, "entra", "--port", String(port)]);
  await stop();
  expect([taken.code, taken.stderr]).toEqual([
    3,
    `error: port ${port} is taken: stop the program that uses it, or pass --port 0 for any free port\n`,
  ]);
  const wrong = await run([command, "entra", "--port", "70000"]);
  expect(wrong.stderr).toBe("error: --port 70000 must be a port from 1 to 65535, or 0 for any free port\n");
});
