import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findAuthorityCertificate, findAuthorityFolder } from "../../../cli/entra/authority-files.ts";
import { type Launcher, startLauncher } from "../../support/launcher.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const command = path.join(root, "cli/entra-gate.js");
const runFile = promisify(execFile);
let data: string;
let launcher: Launcher;
let env: Record<string, string>;
let url: string;

beforeAll(async () => {
  // The folder of a user on Linux: tests of the paths on other systems are in authority.test.ts.
  data = mkdtempSync(path.join(tmpdir(), "entra command-"));
  env = { HOME: data, XDG_DATA_HOME: data, LOCALAPPDATA: data };
  launcher = await startLauncher(["--https"], { command: [command, "entra"], env });
  url = /^Local Entra (\S+)$/m.exec(launcher.output())?.[1] ?? "";
});
afterAll(async () => {
  await launcher.stop();
  rmSync(data, { recursive: true });
});

const run = (args: readonly string[], more: Record<string, string> = {}) =>
  runFile(process.execPath, args, { env: { ...process.env, ...env, ...more } }).catch((error) => error);

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

  it("is refused by a program that does not trust it", async () => {
    const { stderr } = await run(["--eval", `fetch(${JSON.stringify(url)})`]);
    expect(stderr).toContain("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
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

it("refuses a port that is taken or no port", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const taken = await run([command, "entra", "--port", String(port)]);
  other.close();
  expect([taken.code, taken.stderr]).toEqual([
    3,
    `error: port ${port} is taken: stop the program that uses it, or pass --port 0 for any free port\n`,
  ]);
  const wrong = await run([command, "entra", "--port", "70000"]);
  expect(wrong.stderr).toBe("error: --port 70000 must be a port from 1 to 65535, or 0 for any free port\n");
});
