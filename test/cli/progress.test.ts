import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { serve } from "../../cli/common/loopback.ts";
import { startProgress, withProgress } from "../../cli/common/progress.ts";
import { root } from "../support/docs/pages.ts";

const erase = "\r\u001b[K";

describe("progress", () => {
  let written: string[];
  const output = { isTTY: true, write: (text: string) => written.push(text) };
  beforeEach(() => {
    written = [];
    vi.useFakeTimers();
    vi.stubEnv("TERM", "xterm");
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
  });

  it("appears after a second, counts, and disappears", () => {
    const end = startProgress("Loading", output);
    vi.advanceTimersByTime(999);
    expect(written).toEqual([]);
    vi.advanceTimersByTime(1_001);
    end();
    end();
    vi.advanceTimersByTime(5_000);
    expect(written).toEqual([`${erase}Loading, 1 s`, `${erase}Loading, 2 s`, erase]);
  });

  it("does not appear for a short step", () => {
    startProgress("Loading", output)();
    vi.advanceTimersByTime(5_000);
    expect(written).toEqual([]);
  });

  it("disappears if the step fails", async () => {
    const failing = withProgress("Loading", () => new Promise((_, reject) => setTimeout(reject, 1_500, "no")), output);
    const outcome = expect(failing).rejects.toBe("no");
    await vi.advanceTimersByTimeAsync(9_000);
    await outcome;
    expect(written).toEqual([`${erase}Loading, 1 s`, erase]);
  });

  it.each([
    ["a pipe", { ...output, isTTY: false }, "xterm"],
    ["a terminal without escape sequences", output, "dumb"],
  ])("does not appear on %s", (_name, place, term) => {
    vi.stubEnv("TERM", term);
    const end = startProgress("Loading", place);
    vi.advanceTimersByTime(5_000);
    end();
    expect(written).toEqual([]);
  });
});

const cli = [process.execPath, path.join(root, "cli/entra-gate.js")];
const isScriptInstalled = existsSync("/usr/bin/script");

/** Runs a program in a folder without a configuration, and returns its output and its errors. */
function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const [program = "", ...rest] = args;
  const child = spawn(program, rest, {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, TERM: "xterm-256color", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk) => {
      output += chunk;
    });
  }
  return new Promise((resolve) => child.on("close", () => resolve(output)));
}

function runOnTerminal(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  return run(["script", "--quiet", "--command", args.join(" "), "/dev/null"], env);
}

describe.runIf(isScriptInstalled)("a command on a terminal", () => {
  it("says what it waits for", async () => {
    const server = await serve((_, response) => setTimeout(() => response.writeHead(400).end("no\n"), 2_500));
    const token = [...cli, "token", "--entra", server.url];
    expect(await runOnTerminal(token)).toContain(`${erase}Waiting for the local Entra, 1 s`);
    expect(await run(token)).toBe("error: no\n");
    await server.stop();
  });
});

describe("colors", () => {
  const command = [...cli, "explain", "a.b.c", "--no-verify"];
  const env = {
    ENTRA_TENANT_ID: "4b1c6e0a-93d7-4f58-8a26-e1d07c35b9f2",
    ENTRA_API_AUDIENCE: "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a",
  };
  const plain = /^Refused {2}/m;
  const colored = /\[1m.*\[31mRefused/;

  it("are absent in a pipe, unless FORCE_COLOR asks for them", async () => {
    expect(await run(command, env)).toMatch(plain);
    expect(await run(command, { ...env, FORCE_COLOR: "1" })).toMatch(colored);
  });

  it.runIf(isScriptInstalled)("are present on a terminal, unless NO_COLOR refuses them", async () => {
    expect(await runOnTerminal(command, env)).toMatch(colored);
    expect(await runOnTerminal(command, { ...env, NO_COLOR: "1" })).not.toMatch(/\[\d+m/);
  });
});
