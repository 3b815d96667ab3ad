import { describe, expect, it } from "vitest";
import { readBounded } from "../../../src/base/http/bounded-body.ts";

describe("a bounded body", () => {
  const chunks = (...parts: readonly Uint8Array[]) =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (const part of parts) controller.enqueue(part);
        controller.close();
      },
    });
  const bytes = (text: string) => new TextEncoder().encode(text);

  it("is read to its last byte, with characters across chunks, without its byte order mark", async () => {
    const [front, back] = [bytes("\ufeffa\u00e9").slice(0, 5), bytes("\ufeffa\u00e9").slice(5)];
    expect(await readBounded(chunks(front, back), 6)).toBe("a\u00e9");
  });

  it("is too large one byte above the limit, and then not read further", async () => {
    let cancelled = false;
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(bytes("xxxx")),
      cancel() {
        cancelled = true;
      },
    });
    expect(await readBounded(chunks(bytes("1234"), bytes("56")), 6)).toBe("123456");
    expect(await readBounded(chunks(bytes("1234"), bytes("567")), 6)).toBeUndefined();
    expect(await readBounded(endless, 10)).toBeUndefined();
    expect(cancelled).toBe(true);
  });

  it("may be absent", async () => {
    expect(await readBounded(null, 6)).toBeUndefined();
  });

  it.each([[Uint8Array.of(0xff)], [Uint8Array.of(0xc3)]])(
    "fails if it is not UTF-8, unless the decoder replaces the bytes: %o",
    async (part) => {
      await expect(readBounded(chunks(part), 6)).rejects.toThrow();
      expect(await readBounded(chunks(part), 6, new TextDecoder())).toBe("\ufffd");
    },
  );
});
