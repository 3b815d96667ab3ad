import { spawnSync } from "node:child_process";
import { createServer } from "node:http";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { openClient } from "../../../lab/client.ts";
import { createReader, writeRequest } from "../../../lab/connection.ts";
import { type Line, lines } from "../../../lab/lines.ts";
import { createReport, describeGoals, describeLines } from "../../../lab/report.ts";
import { bootstrap, median, trimmedMean } from "../../../lab/statistics.ts";
import { startServer } from "../../support/server.ts";

const line = (name: string, against: string, goal?: number): Line => ({
  name,
  against,
  worker: "noop",
  path: "/me",
  tokens: "none",
  status: 200,
  jobs: 1,
  ...(goal !== undefined && { goal }),
});
const repeat = (round: Record<string, number>) => Array.from({ length: 10 }, () => round);

describe("the benchmark", () => {
  it("compares every line with another line of the table", () => {
    const names = lines.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(lines.filter(({ against }) => !names.includes(against))).toEqual([]);
  });

  it("divides the time of the other line by the line's own", () => {
    const report = createReport([line("peer", "peer"), line("gate", "peer")], [repeat({ peer: 80, gate: 100 })]);
    expect(report[1]).toMatchObject({
      us: { value: 100, low: 100, high: 100 },
      ratio: { value: 0.8, low: 0.8, high: 0.8 },
    });
  });

  it("says whether a goal is reached beyond the noise", () => {
    const noisy = Array.from({ length: 10 }, (_, index) => ({
      peer: 80,
      same: index % 2 === 0 ? 70 : 90,
      slow: 100,
      near: 81,
    }));
    const table = [line("peer", "peer"), line("same", "peer", 1), line("slow", "peer", 0.9), line("near", "peer", 0.9)];
    expect(describeGoals(createReport(table, [noisy])).split("\n")).toEqual([
      expect.stringMatching(/^same: goal 1 (?:reached|missed), within the noise$/),
      "slow: goal 0.9 missed",
      "near: goal 0.9 reached",
    ]);
  });

  it("writes a table that Markdown can show", () => {
    const table = describeLines(
      createReport([line("peer", "peer"), line("gate", "peer")], [repeat({ peer: 80, gate: 100 })]),
    );
    expect(table).toBe(`| line | us | share | of |
| --- | --- | --- | --- |
| peer | 80.0 (80.0 to 80.0) |  |  |
| gate | 100.0 (100.0 to 100.0) | 0.80 (0.80 to 0.80) | peer |`);
  });

  it("runs in plain workerd, and prints each table", () => {
    const options = ["--quick", "--only", "^gate, known token|^gate, new token of|^gate, the cache has"];
    const { stdout, stderr, status } = spawnSync("node", ["lab/run.ts", ...options], { encoding: "utf8" });
    expect(status, stderr).toBe(0);
    const cell = String.raw`\d+\.\d+ \(\d+\.\d+ to \d+\.\d+\)`;
    const row = (...columns: readonly string[]) => new RegExp(`^\\| ${columns.join(" \\| ")} \\|$`, "m");
    expect(stdout).toMatch(row("plain Hono", cell, "", ""));
    expect(stdout).toMatch(row("gate, known token", cell, cell, "plain Hono"));
    expect(stdout).toMatch(row("gate, new token of 11 KB", cell, cell, "Hono with jose, new token of 11 KB"));
    expect(stdout).toMatch(row("gate, new token of 11 KB", cell));
    expect(stdout).toMatch(row("gate, the cache has the keys", cell, cell));
    expect(stdout).toMatch(/^gate, known token: goal 0\.88 (?:reached|missed)/m);
  });
});

describe("the statistics", () => {
  it("omit a fifth of the values at each end", () => {
    expect(trimmedMean([1_000, 1, 2, 3, -1_000])).toBe(2);
    expect(median([3, 1, 2])).toBe(2);
  });

  it("resample processes as well as rounds", () => {
    const { value, low, high } = bootstrap(
      [
        [1, 1, 1],
        [3, 3, 3],
      ],
      trimmedMean,
    );
    expect([value, low, high]).toEqual([2, 1, 3]);
  });
});

describe("the client", () => {
  const read = (...chunks: readonly string[]) => {
    const reader = createReader();
    return chunks.map((chunk) => reader(Buffer.from(chunk)));
  };

  it("finds the end of a response with a length, in chunks of any size", () => {
    expect(read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")).toEqual([200]);
    expect(read("HTTP/1.1 401 No\r\nconte", "nt-length: 5\r\n\r", "\nhe", "llo")).toEqual([
      undefined,
      undefined,
      undefined,
      401,
    ]);
    expect(read("HTTP/1.1 204 No Content\r\nA: b\r\n\r\n")).toEqual([204]);
    expect(() => read("HTTP/1.1 200 OK\r\nA: b\r\n\r\n")).toThrow("neither a length nor chunks");
  });

  it("reads one response after another", () => {
    const response = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    expect(read(response, "HTTP/1.1 401 No\r\nContent-Length: 1\r\n\r\n", "a", response)).toEqual([
      200,
      undefined,
      401,
      200,
    ]);
  });

  it("finds the last chunk", () => {
    expect(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", "0\r", "\n\r\n")).toEqual([
      undefined,
      undefined,
      200,
    ]);
  });

  it("fails if the server has closed a connection between two requests", async () => {
    const { port, stop } = await startServer(createServer((_, response) => response.end("x")));
    const client = await openClient(port, 1);
    const job = [writeRequest({ path: "/" })];
    await client.send([job], 200);
    await stop();
    // The client learns it before it sends again.
    await setTimeout(50);
    await expect(client.send([job], 200)).rejects.toThrow(`port ${port} closed a connection`);
    client.close();
  });
});
