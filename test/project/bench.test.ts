import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { drawChart } from "../../bench/chart.ts";
import { type Contender, contenders } from "../../bench/contenders.ts";
import { createReport, median } from "../../bench/report.ts";

const contender = (name: string, against: string): Contender => ({
  name,
  against,
  worker: "noop",
  path: "/me",
  tokens: "none",
  status: 200,
});
const sample = (perSecond: number, cpuUs = 50, memoryMb = 100) => ({ perSecond, cpuUs, memoryMb });

describe("the benchmark", () => {
  it("measures every contender against another one of the table", () => {
    const names = contenders.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(contenders.filter(({ against }) => !names.includes(against))).toEqual([]);
  });

  it("compares the rounds, each with its own, and not the medians", () => {
    const samples = new Map([
      ["peer", [sample(100), sample(1_000), sample(200)]],
      ["gate", [sample(90, 70, 120), sample(800, 60, 130), sample(190, 65, 125)]],
    ]);
    const { lines } = createReport([contender("peer", "peer"), contender("gate", "peer")], samples, {
      tool: "wrk",
      seconds: 1,
    });
    expect(lines).toMatchObject([
      { name: "peer", median: 200, ratio: 1, cpuUs: 50, memoryMb: 100 },
      { name: "gate", median: 190, ratio: 0.9, cpuUs: 65, memoryMb: 125, rounds: [90, 800, 190] },
    ]);
  });

  it("draws a bar for each, as long as its figure says", () => {
    const samples = new Map([
      ["peer", [sample(1_000)]],
      ["gate, known token", [sample(750)]],
    ]);
    const report = createReport([contender("peer", "peer"), contender("gate, known token", "peer")], samples, {
      tool: "wrk",
      seconds: 1,
    });
    const svg = drawChart(report);
    const widths = [...svg.matchAll(/<rect [^>]*\bwidth="([\d.]+)"/g)].map(([, width]) => Number(width));
    expect(widths).toEqual([540, 405]);
    for (const text of ["peer", "1,000", "gate, known token", "750", report.machine])
      expect(svg).toContain(`>${text}<`);
    expect(svg).toContain("prefers-color-scheme: dark");
  });

  it("finds the median", () => {
    expect(median([3, 1, 2])).toBe(2);
  });

  it("runs, in raw workerd, and prints a line for each contender", () => {
    const options = ["--rounds", "1", "--only", "gate, known token"];
    const { stdout, stderr, status } = spawnSync("node", ["bench/run.ts", ...options], { encoding: "utf8" });
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^plain Hono +\d+\/s .*1\.00 of plain Hono$/m);
    expect(stdout).toMatch(/^gate, known token +\d+\/s .*\d us +\d+ MB +\d\.\d\d of plain Hono \(target 0\.95\)$/m);
  }, 60_000);
});
