import { describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import {
  createTrace,
  drawDigits,
  readTraceParent,
  readTraceState,
  writeTraceParent,
} from "../../../src/extensions/trace/trace-parent.ts";
import { createFakeIo } from "../../support/io.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";
const good = `00-${traceId}-${spanId}-01`;

describe("readTraceParent", () => {
  it.each([
    ["sampled", good, "01"],
    ["not sampled", `00-${traceId}-${spanId}-00`, "00"],
    ["random, not sampled", `00-${traceId}-${spanId}-02`, "02"],
    ["random, sampled", `00-${traceId}-${spanId}-03`, "03"],
    ["unknown flags too", `00-${traceId}-${spanId}-ff`, "03"],
    ["only unknown flags", `00-${traceId}-${spanId}-fc`, "00"],
    ["a later version", `01-${traceId}-${spanId}-03`, "03"],
    ["the longest header", `01-${traceId}-${spanId}-01-${"x".repeat(limits.traceParentCharacters - 56)}`, "01"],
    ["a later version with more members", `cc-${traceId}-${spanId}-01-what.the.future`, "01"],
  ])("reads: %s", (_what, value, flags) => {
    const sampled = ["01", "03"].includes(flags);
    const random = ["02", "03"].includes(flags);
    expect(readTraceParent(value)).toEqual({ traceId, spanId, sampled, random });
    expect(writeTraceParent({ traceId, spanId, sampled, random })).toBe(`00-${traceId}-${spanId}-${flags}`);
  });

  it.each([
    ["absent", null],
    ["empty", ""],
    ["upper case", good.toUpperCase()],
    ["zeros as trace ID", `00-${"0".repeat(32)}-${spanId}-01`],
    ["zeros as parent ID", `00-${traceId}-${"0".repeat(16)}-01`],
    ["all zeros", `00-${"0".repeat(32)}-${"0".repeat(16)}-00`],
    ["version ff", `ff-${traceId}-${spanId}-01`],
    ["twice", `${good}, ${good}`],
    ["twice in a later version", `01-${traceId}-${spanId}-01-x, ${good}`],
    ["10 KB", `01-${traceId}-${spanId}-01-${"x".repeat(10_240)}`],
    ["more members in version 00", `${good}-more`],
    ["a dash at the end of version 00", `${good}-`],
    ["a longer flag in a later version", `01-${traceId}-${spanId}-011`],
    ["a short trace ID", `00-${traceId.slice(1)}-${spanId}-01`],
    ["white space", ` ${good}`],
    ["white space before a later version", ` 01${good.slice(2)}`],
    [
      "a character more than a header may have",
      `01-${traceId}-${spanId}-01-${"x".repeat(limits.traceParentCharacters - 55)}`,
    ],
    ["a line feed at the end", `${good}\n`],
  ])("reads nothing: %s", (_what, value) => {
    expect(readTraceParent(value)).toBeUndefined();
  });

  it("every value of the digits that the random flag covers is equally likely, also zero", () => {
    const io = createFakeIo();
    io.setRandom(0);
    expect(createTrace(io, true).traceId).toBe(`${"1".padStart(16, "0")}${"0".repeat(16)}`);
  });

  it("reads what writeTraceParent writes", () => {
    for (const random of [0, 0.5, 1 - 2 ** -53]) {
      const io = createFakeIo();
      io.setRandom(random);
      for (const isSampled of [true, false]) {
        const trace = createTrace(io, isSampled);
        expect(trace.random).toBe(true);
        expect(readTraceParent(writeTraceParent(trace))).toEqual(trace);
      }
    }
  });
});

describe("drawDigits", () => {
  it.each([
    [0, 1, "0000000000000001"],
    [0, 0, "0000000000000000"],
    [0.5, 1, "8000000080000000"],
    [0.5, 0, "8000000080000000"],
    [1 - 2 ** -53, 1, "ffffffffffffffff"],
    [1 - 2 ** -53, 0, "ffffffffffffffff"],
  ] as const)("uses the whole range: %d, from %d", (random, lowest, digits) => {
    const io = createFakeIo();
    io.setRandom(random);
    expect(drawDigits(io, lowest)).toBe(digits);
  });
});

describe("readTraceState", () => {
  const list = (count: number) => Array.from({ length: count }, (_, index) => `k${index}=v`).join(",");

  it.each([
    ["one member", "rojo=00f067aa0ba902b7"],
    ["two, with white space", "rojo=00f067aa0ba902b7 ,\tcongo=t61rcWkgMzE"],
    ["an empty member", "rojo=1,,congo=2"],
    ["a key of two parts", "0tenant@system=1"],
    ["a space in a value", "a=b c"],
    ["32 members", list(32)],
    ["512 characters", `${"a".repeat(256)}=${"b".repeat(255)}`],
  ])("takes: %s", (_what, value) => {
    expect(readTraceState(value)).toBe(value);
  });

  it.each([
    ["at once", "rojo=1,rojo=2", "rojo=1"],
    ["after others, with white space", "rojo=1 ,congo=2,\trojo=3 , alpha=4", "rojo=1,congo=2,alpha=4"],
    ["with the same value", "rojo=1,rojo=1", "rojo=1"],
  ])("keeps the first of a key that is there twice: %s", (_what, value, kept) => {
    expect(readTraceState(value)).toBe(kept);
  });

  it.each([
    ["absent", null],
    ["empty", ""],
    ["commas only", ",,"],
    ["33 members of one key", Array.from({ length: 33 }, () => "rojo=1").join()],
    ["a malformed member after its key", "rojo=1,rojo"],
    ["33 members", list(33)],
    ["100 members", list(100)],
    ["513 characters", `${"a".repeat(256)}=${"b".repeat(256)}`],
    ["no value", "rojo"],
    ["an equals sign in a value", "rojo=a=b"],
    ["a key in upper case", "Rojo=1"],
    ["a key that begins with another character", "_rojo=1"],
    ["a letter outside ASCII", "rojo=\u00e9"],
  ])("drops: %s", (_what, value) => {
    expect(readTraceState(value)).toBeUndefined();
  });
});
