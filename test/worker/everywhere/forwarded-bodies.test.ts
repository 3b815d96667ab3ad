// Runtimes: workerd, node
import { describe, expect, it } from "vitest";
import { startOriginServer } from "../../support/origin-server.ts";
import { startOriginStack } from "../../support/origin-stack.ts";

/** Large enough that the gate allocates a MiB for it. */
const large = JSON.stringify({ note: "n".repeat(600_000) });
const sharesOfBudget = 32;

describe("bodies of pending requests to the origin", () => {
  it("use the memory limit for bodies until the origin responds", { tags: "upload-memory" }, async () => {
    const waiting: (() => void)[] = [];
    const origin = await startOriginServer((_, response) => {
      waiting.push(() => response.end());
    });
    const entry = "test/gates/bodies.ts";
    const stack = await startOriginStack({ entry, vars: { ORIGIN_URL: origin.url } });
    const post = async (body: string) => {
      const answer = await stack.send("/orders", {
        method: "POST",
        body,
        headers: { "content-type": "application/json" },
      });
      await answer.body?.cancel();
      return answer.status;
    };
    try {
      const pending: Promise<number>[] = [];
      for (let count = 1; count <= sharesOfBudget; count += 1) {
        pending.push(post(large));
        await expect.poll(() => waiting.length).toBe(count);
      }
      expect(await post(large)).toBe(503);
      expect(waiting).toHaveLength(sharesOfBudget);

      for (const answer of waiting) answer();
      expect(new Set(await Promise.all(pending))).toEqual(new Set([200]));
      const last = post(large);
      await expect.poll(() => waiting.length).toBe(sharesOfBudget + 1);
      waiting.at(-1)?.();
      expect(await last).toBe(200);
    } finally {
      await Promise.all([stack.stop(), origin.stop()]);
    }
  });
});
