import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, expect, it } from "vitest";

const startFile = path.resolve(import.meta.dirname, "../../dev/start.ts");
const runFile = promisify(execFile);

let launcher: ChildProcess | undefined;

/** Gently: a launcher that is killed cannot stop its workers. */
afterEach(async () => {
  if (launcher?.kill("SIGTERM")) await once(launcher, "exit");
  launcher = undefined;
});

/** Runs the launcher and gives what it printed up to its last line. */
async function start(...options: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [startFile, ...options], { stdio: ["ignore", "pipe", "inherit"] });
  launcher = child;
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  await expect.poll(() => output, { timeout: 30_000 }).toContain("Ctrl-C stops.");
  return output;
}

function readTrials(output: string): readonly { title: string; status: number; command: string }[] {
  return [...output.matchAll(/^# (.+): (\d+)\n(curl .+)$/gm)].map(([, title, status, command]) => ({
    title: title!,
    status: Number(status),
    command: command!,
  }));
}

it.each([
  [[], [200, 401, 403, 401, 403]],
  [["--downstream"], [200, 401, 403, 401, 403, 200, 200, 403, 401]],
])("prints requests that get the answers it promises: %j", async (options, statuses) => {
  const trials = readTrials(await start("--port", "0", ...options));
  expect(trials.map(({ status }) => status)).toEqual(statuses);
  for (const { title, status, command } of trials) {
    const quiet = command.replace("curl -i", "curl -s -o /dev/null -w '%{http_code}'");
    const { stdout } = await runFile("sh", ["-c", quiet]);
    expect(`${title}: ${stdout}`).toBe(`${title}: ${status}`);
  }
});

it("starts a real MCP server behind the gate, and prints requests that get the answers it promises", async () => {
  const trials = readTrials(await start("--mcp", "--port", String(await findPorts())));
  expect(trials.map(({ status }) => status)).toEqual([401, 403]);
  for (const { title, status, command } of trials) {
    const quiet = command.replace("curl -i", "curl -s -o /dev/null -w '%{http_code}'");
    const { stdout } = await runFile("sh", ["-c", quiet]);
    expect(`${title}: ${stdout}`).toBe(`${title}: ${status}`);
  }
});

it("says that an MCP server needs a port", async () => {
  const failure = await runFile(process.execPath, [startFile, "--mcp", "--port=0"]).catch((error) => error);
  expect(failure).toMatchObject({ code: 1, stderr: expect.stringContaining("--mcp needs a port") });
});

/** The first of three ports that are free now. */
async function findPorts(): Promise<number> {
  for (;;) {
    const servers = [createServer().listen(0, "127.0.0.1")];
    await once(servers[0]!, "listening");
    const { port } = servers[0]!.address() as { port: number };
    servers.push(...[port + 1, port + 2].map((next) => createServer().listen(next, "127.0.0.1")));
    const started = await Promise.all(
      servers.slice(1).map((server) => once(server, "listening").catch(() => undefined)),
    );
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    if (port < 65_000 && started.every((event) => event !== undefined)) return port;
  }
}

it.each(["SIGINT", "SIGTERM"] as const)("ends with 0 on %s and leaves nothing behind", async (signal) => {
  const output = await start("--port", "0");
  const urls = output.match(/http:\/\/127\.0\.0\.1:\d+$/gm)!;
  expect(new Set(urls).size).toBe(3);
  const ended = once(launcher!, "exit");
  launcher!.kill(signal);
  expect(await ended).toEqual([0, null]);
  for (const url of urls) await expect(fetch(url)).rejects.toThrow();
});

it("names a taken port and how to choose another, in one line", async () => {
  const blocker = createServer().listen(0, "127.0.0.1");
  await once(blocker, "listening");
  const { port } = blocker.address() as { port: number };
  const failure = await runFile(process.execPath, [startFile, "--port", String(port)]).catch((error) => error);
  blocker.close();
  expect(failure).toMatchObject({ code: 1, stdout: "" });
  const [, named] = /^Port (\d+) is taken\. .*--port N.*\n$/.exec(failure.stderr) ?? [];
  // Somebody else may have the two ports beside it.
  expect([port, port + 1, port + 2].map(String)).toContain(named);
});

it.each(["x", "-1", "65535"])("refuses --port=%s", async (port) => {
  const failure = await runFile(process.execPath, [startFile, `--port=${port}`]).catch((error) => error);
  expect(failure).toMatchObject({ code: 1, stderr: `--port ${port} is not a port\n` });
});
